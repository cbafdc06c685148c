//! Signing out at an app's wish (OpenID Connect RP-Initiated Logout 1.0), and telling apps that a session has ended.

use super::{OAuthError, clients};
use crate::{authority::Authority, session::SignedIn};
use jeton_core::{
    jose::{VerifiedIdTokenHint, verify_id_token_hint},
    limits,
    oauth::parameters::Parameters,
};
use jeton_store::{client::Client, session::EndedSession};
use std::sync::Arc;
use url::Url;

/// A logout request whose address and hint are good.
#[derive(Debug)]
pub struct LogoutRequest {
    /// The app that asks, where it says so.
    pub client: Option<Arc<Client>>,
    /// A registered address of it to go to.
    pub redirect_uri: Option<String>,
    state: Option<String>,
    hint: Option<VerifiedIdTokenHint>,
}

/// Why a logout request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogoutFault {
    /// The app asked wrongly; in words for its developer.
    Request(String),
    /// What is needed does not answer.
    Unavailable,
}

impl LogoutFault {
    /// A client whose own metadata cannot be had is no failure of this server.
    fn of(error: OAuthError) -> Self {
        if error.status().is_server_error() { Self::Unavailable } else { Self::Request(error.description) }
    }
}

/// Reads a logout request.
pub async fn read(authority: &Authority, fields: &Parameters) -> Result<LogoutRequest, LogoutFault> {
    let bad = |what: &str| Err(LogoutFault::Request(what.to_owned()));
    // One that cannot be verified, be it that its key is long gone, counts as none: then the person is asked.
    let hint = fields.find("id_token_hint").filter(|text| text.len() <= limits::JWT_MAX);
    let hint = hint.and_then(|text| verify_id_token_hint(text.as_bytes(), &authority.keys.public(), &authority.config.issuer).ok());
    let named = fields.find("client_id");
    if let (Some(hint), Some(named)) = (&hint, named)
        && hint.client_id != named
    {
        return bad("`client_id` is not the client that `id_token_hint` was issued to");
    }
    let client = match hint.as_ref().map(|hint| hint.client_id.as_str()).or(named) {
        Some(client_id) => clients::find(authority, client_id).await.map_err(LogoutFault::of)?,
        None => None,
    };
    let redirect_uri = fields.find("post_logout_redirect_uri").map(str::to_owned);
    if let Some(address) = &redirect_uri {
        let is_registered = client.as_ref().is_some_and(|client| client.registration.post_logout_redirect_uris.contains(address));
        if !is_registered {
            return bad(
                "`post_logout_redirect_uri` is not among the `post_logout_redirect_uris` of the client, which must be named by `id_token_hint` or `client_id`",
            );
        }
    }
    Ok(LogoutRequest { client, redirect_uri, state: fields.find("state").map(str::to_owned), hint })
}

impl LogoutRequest {
    /// Whether the app has shown an ID token of this very session, or of this very person.
    pub fn means(&self, authority: &Authority, signed_in: &SignedIn) -> bool {
        let (Some(hint), Some(client)) = (&self.hint, &self.client) else { return false };
        match &hint.session {
            Some(session) => *session == signed_in.session.to_string(),
            // The person as this app knows him.
            None => {
                let subject = authority.subjects.subject_for(&client.registration, signed_in.user);
                subject.is_ok_and(|subject| subject == hint.subject)
            }
        }
    }
    /// Where the browser goes afterwards.
    pub fn address(&self) -> Option<String> {
        let mut url = Url::parse(self.redirect_uri.as_deref()?).ok()?;
        if let Some(state) = &self.state {
            url.query_pairs_mut().append_pair("state", state);
        }
        Some(url.into())
    }
    /// The same request as fields of a form.
    pub fn fields(&self) -> Vec<(&'static str, String)> {
        let client_id = self.client.as_ref().map(|client| client.client_id.clone());
        let pairs = [("client_id", client_id), ("post_logout_redirect_uri", self.redirect_uri.clone()), ("state", self.state.clone())];
        pairs.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}

/// A session has ended. What its apps are told was queued with its end; whoever delivers does so now instead of a little later.
#[expect(clippy::unused_async, reason = "callers wait for it as for every use case")]
pub async fn tell_clients(authority: &Authority, ended: &EndedSession) {
    if !ended.clients.is_empty() {
        authority.logouts.notify_one();
    }
}
