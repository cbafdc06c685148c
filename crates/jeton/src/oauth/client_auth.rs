//! Client authentication: one method for each client, and one in each request (RFC 6749, section 2.3; RFC 7523; RFC 8705).
//!
//! Never tells whether a client exists: until somebody has proved to be it, each failure has the same words and the same work.

mod assertion;
mod basic;
mod certificate;
mod offer;
mod secret;
mod signatures;
mod throttle;

pub use signatures::Signatures;
pub use throttle::Throttle;

use super::{OAuthCode, OAuthError, client_keys, clients};
use crate::{authority::Authority, http::Context};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use jeton_core::{
    client_certificate::ClientCertificate,
    oauth::{parameters::Parameters, registration::AuthMethod},
};
use jeton_store::client::{Client, ClientState};
use offer::Offer;
use std::sync::Arc;

/// What of a request can prove a client.
#[derive(Clone, Copy, Debug)]
pub struct Presented<'r> {
    /// The request's header.
    pub headers: &'r HeaderMap,
    /// Its form body.
    pub form: &'r Parameters,
    /// Where it came from, and in which request.
    pub context: Context,
    /// The client's certificate, where it showed one.
    pub certificate: Option<&'r ClientCertificate>,
}

/// A client that has proved itself, or that is public and named itself.
#[derive(Clone, Debug)]
pub struct AuthenticatedClient {
    /// The client; approved.
    pub client: Arc<Client>,
    /// How it proved itself.
    pub method: AuthMethod,
    /// SHA-256 of the certificate that it showed, where it did.
    pub certificate: Option<[u8; 32]>,
}

/// What is told to whoever proved nothing.
const UNPROVED: &str = "the client could not be authenticated: check its `client_id`, its secret, key or certificate, \
                        and that this is its registered `token_endpoint_auth_method`";

/// Why a client is not believed.
#[derive(Debug)]
enum Doubt {
    /// Nothing was proved.
    Unproved,
    /// The client proved itself, and may be told what is wrong.
    Proved(String),
    /// The request itself is wrong, or the store does not answer.
    Other(OAuthError),
}

/// Notes that a client's keys cannot be had: that proves nothing, and is told nobody who has proved nothing.
fn note(client: &Client, error: &OAuthError) {
    tracing::warn!(client = client.client_id, why = error.description, "the keys of a client that wants to authenticate cannot be had");
}

/// Tells which client this is. Any failure is `invalid_client`, in the same words and time whether the client exists or not.
pub async fn authenticate(authority: &Authority, presented: Presented<'_>) -> Result<AuthenticatedClient, OAuthError> {
    let used_header = presented.headers.contains_key(header::AUTHORIZATION);
    let offer = Offer::read(presented).map_err(|doubt| refuse(doubt, used_header))?;
    let (now, from) = (authority.now(), presented.context.client_ip);
    if authority.client_failures.is_over_at(offer.client_id(), from, now) {
        return Err(throttled());
    }
    let is_remembered = clients::is_remembered(authority, offer.client_id());
    match prove(authority, presented, &offer).await {
        Ok(client) => Ok(client),
        Err(doubt) => {
            if matches!(doubt, Doubt::Unproved) && is_remembered {
                Box::pin(clients::look_up(authority, offer.client_id())).await?;
            }
            if !matches!(doubt, Doubt::Other(_)) {
                authority.client_failures.count_at(offer.client_id(), from, now);
                metrics::counter!("jeton_client_authentication_failures_total").increment(1);
            }
            Err(refuse(doubt, used_header))
        }
    }
}

async fn prove(authority: &Authority, presented: Presented<'_>, offer: &Offer) -> Result<AuthenticatedClient, Doubt> {
    let found = clients::find(authority, offer.client_id()).await.map_err(Doubt::Other)?;
    let proved = match offer {
        Offer::Secret { method, secret, .. } => {
            // Compared whether or not there is such a client, so that both take the same work.
            let holder = secret::holder(authority, presented, secret).await?;
            found.filter(|client| registered(client) == *method && holder == Some(client.id.anchor()))
        }
        Offer::Assertion { text, .. } => {
            let signer = found.filter(|client| registered(client) == AuthMethod::PrivateKeyJwt);
            if Box::pin(assertion::verify(authority, signer.as_deref(), text)).await? { signer } else { None }
        }
        Offer::Nothing { .. } => match found {
            Some(client) => Box::pin(is_named_rightly(authority, &client, presented)).await.then_some(client),
            None => None,
        },
    };
    let client = proved.ok_or(Doubt::Unproved)?;
    approved(&client)?;
    let method = registered(&client);
    if !method.is_public() {
        clients::keep(authority, &client).await.map_err(Doubt::Other)?;
    }
    Ok(AuthenticatedClient { client, method, certificate: presented.certificate.map(|shown| shown.thumbprint) })
}

/// Whether a request that only names a client is of it: a public one needs no more, another one its certificate.
async fn is_named_rightly(authority: &Authority, client: &Client, presented: Presented<'_>) -> bool {
    match (registered(client), presented.certificate) {
        (AuthMethod::None, _) => true,
        (AuthMethod::TlsClientAuth, Some(shown)) => certificate::proves(&client.registration, shown),
        (AuthMethod::SelfSignedTlsClientAuth, Some(shown)) => {
            let found = client_keys::have_certificate(authority, client, &shown.thumbprint).await;
            found.map_err(|error| note(client, &error)).unwrap_or(false)
        }
        _ => false,
    }
}

fn registered(client: &Client) -> AuthMethod {
    client.registration.token_endpoint_auth_method
}

/// A client that is not approved is told so where it proved itself; a public one proves nothing.
fn approved(client: &Client) -> Result<(), Doubt> {
    let state = match client.state {
        ClientState::Approved => return Ok(()),
        ClientState::Pending => "waits for somebody's approval",
        ClientState::Rejected => "was rejected",
        ClientState::Suspended => "is suspended",
    };
    if registered(client).is_public() { Err(Doubt::Unproved) } else { Err(Doubt::Proved(format!("the client's registration {state}"))) }
}

fn refuse(doubt: Doubt, used_header: bool) -> OAuthError {
    let error = match doubt {
        Doubt::Unproved => OAuthError::new(OAuthCode::InvalidClient, UNPROVED),
        Doubt::Proved(words) => OAuthError::new(OAuthCode::InvalidClient, words),
        Doubt::Other(error) => return error,
    };
    // RFC 6749, section 5.2: a challenge where the client used the field, and no surprise where it did not.
    if used_header { error.with_header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"jeton\"")) } else { error }
}

fn throttled() -> OAuthError {
    OAuthError::new(OAuthCode::TemporarilyUnavailable, "this client failed to authenticate from this address too often: wait a minute")
        .with_status(StatusCode::TOO_MANY_REQUESTS)
        .with_header(header::RETRY_AFTER, HeaderValue::from_static("60"))
}
