//! Pushed authorization requests (RFC 9126): taken from an authenticated client, kept under a random name, used up by one code.

use super::{
    OAuthCode, OAuthError,
    authorize::{Refusal, inside_of, receivable},
    client_auth::AuthenticatedClient,
};
use crate::authority::Authority;
use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jeton_core::{
    limits,
    oauth::{
        authorization_request::{REQUEST_URI_PREFIX, RequestSource},
        parameters::Parameters,
    },
};
use jeton_store::{StoreError, client::Client, request::NewPushedRequest};

/// What the client is told.
#[derive(Clone, Debug)]
pub struct Pushed {
    /// Under which name the request is kept.
    pub request_uri: String,
    /// For how many seconds it can be opened in a browser.
    pub expires_in: i64,
}

/// Keeps a request. `jkt` is the thumbprint of the key that a DPoP proof of this very request proved.
pub async fn push(
    authority: &Authority,
    by: &AuthenticatedClient,
    parameters: &Parameters,
    jkt: Option<&str>,
) -> Result<Pushed, OAuthError> {
    let client = &by.client;
    if parameters.find("client_id").is_some_and(|named| named != client.client_id) {
        return Err(OAuthError::new(OAuthCode::InvalidRequest, "`client_id` is not the client that authenticated"));
    }
    if parameters.contains("request_uri") {
        return Err(OAuthError::new(OAuthCode::InvalidRequest, "`request_uri` must not be pushed"));
    }
    let source = RequestSource::of(parameters).map_err(|_| OAuthError::new(OAuthCode::InvalidRequest, "the request comes two ways"))?;
    let inside = inside_of(authority, client, parameters, source).await.map_err(Refusal::into_error)?;
    let inside = bound(&inside, jkt)?;
    receivable(authority, client, &inside).map_err(Refusal::into_error)?;
    let end = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
    let life = authority.config.oauth.pushed_request.0;
    let expires_at = authority.now().plus(life);
    let body = inside.to_encoded();
    if body.len() > limits::PUSHED_REQUEST_MAX {
        let words = format!("a pushed request can be at most {} bytes long", limits::PUSHED_REQUEST_MAX);
        return Err(OAuthError::new(OAuthCode::InvalidRequest, words).with_status(http::StatusCode::PAYLOAD_TOO_LARGE));
    }
    let new = NewPushedRequest { digest: digest_of(&end), client: client.id, body, expires_at };
    authority.store.insert_pushed_request_at(new, authority.now()).await.map_err(too_many)?;
    metrics::counter!("jeton_pushed_requests_total").increment(1);
    Ok(Pushed { request_uri: format!("{REQUEST_URI_PREFIX}{end}"), expires_in: life.as_seconds_up() })
}

/// RFC 9126, section 2.3: too many requests are 429.
fn too_many(error: StoreError) -> OAuthError {
    match error {
        StoreError::Conflict(words) => OAuthError::too_many(words),
        error => error.into(),
    }
}

/// The parameters without what proved the client, and with the key that was proved (RFC 9449, section 10.1).
fn bound(inside: &Parameters, jkt: Option<&str>) -> Result<Parameters, OAuthError> {
    const OF_THE_CLIENT: [&str; 4] = ["client_secret", "client_assertion", "client_assertion_type", "dpop_jkt"];
    let named = inside.find("dpop_jkt");
    if let (Some(named), Some(proved)) = (named, jkt)
        && named != proved
    {
        return Err(OAuthError::new(OAuthCode::InvalidRequest, "`dpop_jkt` is not the thumbprint of the key of the DPoP proof"));
    }
    let own = inside.iter().filter(|(name, _)| !OF_THE_CLIENT.contains(name)).map(|(name, value)| (name.to_owned(), value.to_owned()));
    let key = jkt.or(named).map(|jkt| ("dpop_jkt".to_owned(), jkt.to_owned()));
    Parameters::of(own.chain(key)).map_err(|fault| OAuthError::new(OAuthCode::InvalidRequest, fault.to_string()))
}

/// The parameters of a pushed request of this client.
pub async fn find(authority: &Authority, client: &Client, end: &str) -> Result<Parameters, Refusal> {
    let over = || {
        let words = "the `request_uri` is not known, was used before, or is too old: the app has to push its request again";
        Refusal::page(OAuthCode::InvalidRequestUri, words)
    };
    let found = authority.store.find_pushed_request_at(digest_of(end), authority.now()).await?;
    let found = found.filter(|request| request.client == client.id).ok_or_else(over)?;
    Parameters::parse(found.body.as_bytes()).map_err(|_| over())
}

/// A page is shown for a pushed request.
pub async fn open(authority: &Authority, request_uri: &str) -> Result<(), Refusal> {
    let Some(digest) = digest_of_uri(request_uri) else { return Ok(()) };
    let now = authority.now();
    Ok(authority.store.open_pushed_request_at(digest, now, now.plus(limits::PUSHED_REQUEST_OPEN)).await?)
}

/// What a pushed request is kept under.
pub fn digest_of_uri(request_uri: &str) -> Option<[u8; 32]> {
    request_uri.strip_prefix(REQUEST_URI_PREFIX).map(digest_of)
}

fn digest_of(end: &str) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest::digest(&digest::SHA256, end.as_bytes()).as_ref());
    bytes
}
