//! Clients whose id is the address of their metadata (Client ID Metadata Documents): fetched safely, held as long as their server allows,
//! and theirs alone to change. What an operator laid down about one stays.

use super::{id_of, settle};
use crate::{
    authority::Authority,
    fetch::FetchFault,
    oauth::{OAuthCode, OAuthError},
};
use jeton_core::{
    change::Revision,
    limits,
    name::Name,
    oauth::{
        client_policy::ClientPolicy,
        client_uri,
        registration::{AuthMethod, Registration},
    },
    scope::ScopeSet,
    strict_json,
};
use jeton_store::{
    StoreError,
    audit::Actor,
    client::{Client, ClientEdit, ClientSource, ClientState},
};
use serde_json::Value;
use std::sync::Arc;

/// Members that say that there is a secret, which a document that everybody can read cannot hold.
const SECRETS: [&str; 2] = ["client_secret", "client_secret_expires_at"];

/// The client of this address; `stored` is what is known of it. `None` where such clients are not taken, or the address is none.
pub(super) async fn find(authority: &Authority, client_id: &str, stored: Option<Arc<Client>>) -> Result<Option<Arc<Client>>, OAuthError> {
    let development = authority.config.oauth.development;
    let Ok(url) = client_uri::read_document_address(client_id, development) else { return Ok(None) };
    if !authority.config.oauth.metadata_documents {
        return Ok(None);
    }
    // What was suspended stays so, whatever its document says.
    if stored.as_ref().is_some_and(|client| client.state != ClientState::Approved) {
        return Ok(stored);
    }
    let clients = &authority.clients;
    let read = |body: &[u8]| read(body, client_id, development);
    let fetcher = stored.as_deref().map_or(&clients.fetcher, |client| clients.fetcher_of(client));
    match clients.documents.get(fetcher, &url, limits::METADATA_DOCUMENT_MAX, read).await {
        Ok(document) => as_said(authority, client_id, stored, &document).await.map(Some),
        Err(fault) if fault.is_passing() && stored.is_some() => Ok(stored),
        Err(fault) => Err(refusal(&fault)),
    }
}

/// Reads a document. Its `client_id` is its own address, byte for byte.
fn read(body: &[u8], client_id: &str, development: bool) -> Result<Registration, String> {
    let members = strict_json::object(body, limits::JSON_DEPTH_MAX).map_err(|fault| fault.to_string())?;
    if members.get("client_id").and_then(Value::as_str) != Some(client_id) {
        return Err("does not have its own address as its `client_id`".to_owned());
    }
    if let Some(secret) = SECRETS.into_iter().find(|name| members.contains_key(*name)) {
        return Err(format!("holds `{secret}`, which nobody who is published can have"));
    }
    let mut members = members;
    // The default of RFC 7591 is a secret.
    members.entry("token_endpoint_auth_method").or_insert_with(|| Value::from(AuthMethod::None.as_str()));
    let read = Registration::validate(&members, development).map_err(|fault| format!("is not accepted: {fault}"))?;
    if read.token_endpoint_auth_method.has_secret() {
        return Err("asks for a client secret, which nobody who is published can have".to_owned());
    }
    Ok(read)
}

/// The client as its document says: what is stored is brought up to date.
async fn as_said(
    authority: &Authority,
    client_id: &str,
    stored: Option<Arc<Client>>,
    document: &Registration,
) -> Result<Arc<Client>, OAuthError> {
    let Some(stored) = stored else { return fresh(authority, client_id, document).map(Arc::new) };
    let approved = if stored.is_vouched_for() { stored.registration.scopes() } else { ScopeSet::empty() };
    let settled = settle(authority, stored.organisation, document.clone(), &approved);
    // A change that was rejected is not asked for again and again.
    let was_rejected = stored.pending.is_none() && stored.reason.is_some();
    let waiting = settled.waiting.filter(|_| !was_rejected);
    if settled.now == stored.registration && waiting == stored.pending {
        return Ok(stored);
    }
    let edit = ClientEdit {
        name: Some(name(document, client_id)),
        registration: Some(settled.now),
        pending: Some(waiting),
        ..ClientEdit::default()
    };
    let actor = Actor::system(authority.now());
    match authority.store.edit_client(stored.organisation, stored.id, stored.version, edit, actor).await {
        Ok((edited, _)) => Ok(Arc::new(edited)),
        Err(StoreError::Outdated { .. } | StoreError::NotFound(_)) => {
            let now = super::find_stored(authority, stored.id).await?;
            now.ok_or_else(|| OAuthError::new(OAuthCode::InvalidClient, "the client was removed"))
        }
        Err(error) => Err(error.into()),
    }
}

/// A client that is not stored: it will be when it is used with success.
fn fresh(authority: &Authority, client_id: &str, document: &Registration) -> Result<Client, OAuthError> {
    let unavailable = || OAuthError::unavailable();
    let organisation = authority.gate.api(&authority.config.issuer).map(|api| api.organisation).ok_or_else(unavailable)?;
    let settled = settle(authority, organisation, document.clone(), &ScopeSet::empty());
    let now = authority.now();
    Ok(Client {
        id: id_of(client_id).ok_or_else(unavailable)?,
        client_id: client_id.to_owned(),
        organisation,
        name: name(document, client_id),
        state: ClientState::Approved,
        source: ClientSource::MetadataDocument,
        registration: settled.now,
        policy: ClientPolicy::default(),
        pending: settled.waiting,
        reason: None,
        registration_digest: None,
        created_at: now,
        changed_at: now,
        version: 0,
        revision: Revision(0),
    })
}

/// The name that the document gives, else its host.
fn name(document: &Registration, client_id: &str) -> Name {
    let host = url::Url::parse(client_id).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
    let host: String = host.chars().take(limits::NAME_MAX).collect();
    let given = document.client_name.as_deref().and_then(|name| Name::parse(name).ok());
    given.or_else(|| Name::parse(&host).ok()).unwrap_or_else(super::super::register::unnamed)
}

/// What the app's developer is told.
fn refusal(fault: &FetchFault) -> OAuthError {
    if fault.is_passing() {
        let words = format!("the client's metadata document {fault}: try again shortly");
        // It is not this server that fails.
        return OAuthError::new(OAuthCode::TemporarilyUnavailable, words).with_status(http::StatusCode::BAD_REQUEST);
    }
    let words = format!("the client's metadata document {fault}");
    OAuthError::new(OAuthCode::InvalidClient, words).with_status(http::StatusCode::BAD_REQUEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "https://app.example/oauth/client.json";

    fn read_as(body: &str) -> Result<Registration, String> {
        read(body.as_bytes(), ID, false)
    }

    #[test]
    fn a_document_names_itself_and_holds_no_secret() {
        let good = format!("{{\"client_id\":\"{ID}\",\"client_name\":\"App\",\"redirect_uris\":[\"https://app.example/back\"],\"x\":1}}");
        let document = read_as(&good).expect("read");
        assert_eq!(document.token_endpoint_auth_method, AuthMethod::None);
        for (bad, why) in [
            (good.replace(ID, "https://app.example/oauth/client.json/"), "own address"),
            (good.replace(ID, "https://APP.example/oauth/client.json"), "own address"),
            (good.replace("\"x\":1", "\"client_secret\":\"x\""), "client_secret"),
            (good.replace("\"x\":1", "\"token_endpoint_auth_method\":\"client_secret_post\""), "client secret"),
            (good.replace("\"x\":1", "\"token_endpoint_auth_method\":\"client_secret_basic\""), "client secret"),
            (good.replace("\"x\":1", "\"client_id\":\"https://evil.example/\""), "twice"),
            (good.replace("https://app.example/back", "http://app.example/back"), "redirect_uris"),
            ("[]".to_owned(), "JSON object"),
            ("<html>".to_owned(), "JSON"),
            (String::new(), "JSON"),
        ] {
            let fault = read_as(&bad).expect_err(&bad);
            assert!(fault.contains(why), "{bad}: {fault}");
        }
    }
}
