//! Who asks, and what: the client of a request, and the request itself from wherever its parameters come.

use super::{
    Refusal,
    answer::{Answer, code_of},
    consented::Granting,
};
use crate::{
    authority::Authority,
    oauth::{OAuthCode, clients, pushed, request_object},
};
use jeton_core::oauth::{
    authorization_request::{AuthorizationRequest, RequestFault, RequestSource},
    parameters::Parameters,
};
use jeton_store::client::{Client, ClientState};
use std::sync::Arc;

/// A validated request of a client that may be used.
#[derive(Clone, Debug)]
pub struct Received {
    /// The client; approved.
    pub client: Arc<Client>,
    /// The request.
    pub request: AuthorizationRequest,
}

/// Finds the client of a request, and reads the request.
pub async fn receive(authority: &Authority, parameters: &Parameters) -> Result<Received, Refusal> {
    let client_id = parameters.find("client_id");
    let client_id = client_id.ok_or_else(|| Refusal::page(OAuthCode::InvalidRequest, "`client_id` is missing"))?;
    let client = usable(authority, client_id).await?;
    let source = RequestSource::of(parameters).map_err(|fault| refused(authority, fault))?;
    let (inside, pushed_as) = match source {
        RequestSource::Pushed(end) => (pushed::find(authority, &client, end).await?, parameters.find("request_uri")),
        _ => (inside_of(authority, &client, parameters, source).await?, None),
    };
    let mut request = AuthorizationRequest::read(&inside, client_id, &client.registration).map_err(|fault| refused(authority, fault))?;
    if pushed_as.is_none() && (client.registration.require_pushed_authorization_requests || authority.config.oauth.require_pushed_requests)
    {
        let words = "the request must be pushed first (RFC 9126): send it to the pushed authorization request endpoint";
        return Err(Refusal::told(Answer::error(authority, &request.answer_to, OAuthCode::InvalidRequest, words)));
    }
    request.pushed_as = pushed_as.map(str::to_owned);
    Ok(Received { client, request })
}

/// The parameters of a request that was not pushed: its own, or those of its signed object.
pub async fn inside_of(
    authority: &Authority,
    client: &Client,
    parameters: &Parameters,
    source: RequestSource<'_>,
) -> Result<Parameters, Refusal> {
    match source {
        RequestSource::Object(object) => request_object::open(authority, client, parameters, object).await,
        RequestSource::Plain if client.registration.require_signed_request_object => {
            Err(Refusal::page(OAuthCode::InvalidRequest, "this client must send its request signed, as `request` (RFC 9101)"))
        }
        RequestSource::Plain => Ok(parameters.clone()),
        RequestSource::Pushed(_) | RequestSource::Elsewhere => {
            let words = "`request_uri` must be one that the pushed authorization request endpoint gave: addresses are not fetched";
            Err(Refusal::page(OAuthCode::RequestUriNotSupported, words))
        }
    }
}

/// The client of a request that was validated before: it may have been suspended or changed since.
pub(super) async fn again(authority: &Authority, request: &AuthorizationRequest) -> Result<Arc<Client>, Refusal> {
    let client = usable(authority, &request.answer_to.client_id).await?;
    if !client.registration.redirects_to(&request.answer_to.redirect_uri) {
        let words = "the `redirect_uri` of the request is not registered any more";
        return Err(Refusal::page(OAuthCode::InvalidRequest, words));
    }
    Ok(client)
}

/// A page is about to be shown for a request: where it was pushed, it can be gone on with for as long as that takes.
pub(super) async fn opened(authority: &Authority, request: &AuthorizationRequest) -> Result<(), Refusal> {
    match &request.pushed_as {
        Some(uri) => pushed::open(authority, uri).await,
        None => Ok(()),
    }
}

/// The client of this id, where it may be used.
async fn usable(authority: &Authority, client_id: &str) -> Result<Arc<Client>, Refusal> {
    let unknown = || Refusal::page(OAuthCode::InvalidClient, "no client with this `client_id` is registered here");
    let client = clients::find(authority, client_id).await?.ok_or_else(unknown)?;
    let words = match client.state {
        ClientState::Approved => return Ok(client),
        ClientState::Pending => "the registration of this client waits for approval: ask who runs this server",
        ClientState::Rejected => "the registration of this client was rejected: ask who runs this server",
        ClientState::Suspended => "this client is suspended: ask who runs this server",
    };
    Err(Refusal::page(OAuthCode::UnauthorizedClient, words))
}

/// A fault of a request as a refusal.
pub(super) fn refused(authority: &Authority, fault: RequestFault) -> Refusal {
    match fault {
        RequestFault::NeverRedirect(words) => Refusal::page(OAuthCode::InvalidRequest, words),
        RequestFault::Redirect(fault) => Refusal::told(Answer::error(authority, &fault.answer_to, code_of(fault.code), fault.description)),
    }
}

/// Whether a request of this client could be granted to anybody, as far as that can be said before a person is there.
pub fn receivable(authority: &Authority, client: &Client, inside: &Parameters) -> Result<(), Refusal> {
    let request = AuthorizationRequest::read(inside, &client.client_id, &client.registration).map_err(|fault| refused(authority, fault))?;
    Granting::check(authority, client, &request)
}
