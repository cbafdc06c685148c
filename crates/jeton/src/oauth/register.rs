//! Dynamic registration (RFC 7591) and its management (RFC 7592), by the configured rule; and the answer that operators get, too, when
//! they register a client.
//!
//! Never gives a stranger's client what an operator must look at first, and never shows a secret twice.

mod answer;
mod change;
mod pace;
mod sector;

pub use answer::Registered;
pub(crate) use change::new_secret;
pub use change::{remove, show, update};
pub use pace::Pace;
pub(crate) use sector::check as check_sector;

use super::{
    OAuthCode, OAuthError,
    clients::{Settled, settle},
};
use crate::{authority::Authority, caller::Caller, config::RegistrationRule, http::Context};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jeton_core::{
    change::Revision,
    id::{ClientId, OrganisationId},
    kind::TokenKind,
    limits,
    name::Name,
    oauth::{client_policy::ClientPolicy, registration::MetadataFault, registration::Registration},
    scope::ScopeSet,
    token_text::PlainToken,
};
use jeton_store::{
    StoreError,
    audit::Actor,
    client::{Client, ClientSecret, ClientSource, ClientState, NewClient},
};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

/// A secret text with what is kept of it.
pub(crate) struct Fresh<T> {
    /// The text, shown once.
    pub(crate) text: Zeroizing<String>,
    /// What is kept.
    pub(crate) kept: T,
}

/// Registers a client that comes by itself. `holder` is who brought an initial access token.
pub async fn register(
    authority: &Authority,
    context: Context,
    holder: Option<Caller>,
    metadata: &Map<String, Value>,
) -> Result<Registered, OAuthError> {
    let state = match (authority.config.oauth.registration, &holder) {
        (RegistrationRule::Off, _) => {
            return Err(OAuthError::new(OAuthCode::AccessDenied, "clients cannot register themselves here: ask the operator"));
        }
        (RegistrationRule::InitialAccessToken, None) => return Err(needs_token()),
        (RegistrationRule::Approval, None) => ClientState::Pending,
        (RegistrationRule::Open, None) | (_, Some(_)) => ClientState::Approved,
    };
    if holder.is_none() {
        paced(authority, context)?;
    }
    let organisation = holder.as_ref().map_or_else(|| main(authority), |holder| Ok(holder.organisation()))?;
    let wanted = validate(authority, metadata).await?;
    let settled = settle(authority, organisation, wanted, &ScopeSet::empty());
    let actor = holder.as_ref().map_or_else(|| stranger(authority, context), |holder| holder.actor(authority.now()));
    let access = access_token();
    let mut new = new_client(authority, organisation, settled, ClientSource::Dynamic, state);
    new.client.client.registration_digest = Some(access.kept);
    new.client.uninvited_max = Some(limits::UNINVITED_CLIENTS_MAX);
    let (client, _) = authority.store.insert_client(new.client, actor).await.map_err(refused)?;
    Ok(Registered { client, secret: new.secret, access: Some(access.text) })
}

/// Counts a registration, or a change of one: either has documents fetched and rows written for a stranger.
fn paced(authority: &Authority, context: Context) -> Result<(), OAuthError> {
    if authority.clients.pace.admit(context.client_ip) {
        return Ok(());
    }
    let words = "too many clients were registered or changed from this network: try again later";
    Err(OAuthError::new(OAuthCode::TemporarilyUnavailable, words)
        .with_status(http::StatusCode::TOO_MANY_REQUESTS)
        .with_header(http::header::RETRY_AFTER, http::HeaderValue::from_static("60")))
}

/// A client about to be registered, with the text of its secret.
pub(crate) struct Prepared {
    pub(crate) client: NewClient,
    pub(crate) secret: Option<Zeroizing<String>>,
}

/// Prepares a client whose metadata is settled.
pub(crate) fn new_client(
    authority: &Authority,
    organisation: OrganisationId,
    settled: Settled,
    source: ClientSource,
    state: ClientState,
) -> Prepared {
    let id = ClientId::from_random(rand::random());
    let secret = settled.now.token_endpoint_auth_method.has_secret().then(|| fresh_secret(authority, id));
    let (text, kept) = secret.map_or((None, None), |secret| (Some(secret.text), Some(secret.kept)));
    let now = authority.now();
    let client = Client {
        id,
        client_id: id.to_string(),
        organisation,
        name: name_of(&settled.now),
        state,
        source,
        registration: settled.now,
        policy: ClientPolicy::default(),
        pending: settled.waiting,
        reason: None,
        registration_digest: None,
        created_at: now,
        changed_at: now,
        version: 1,
        revision: Revision(0),
    };
    Prepared { client: NewClient { client, secret: kept, uninvited_max: None }, secret: text }
}

/// Another secret of a client.
pub(crate) fn fresh_secret(authority: &Authority, id: ClientId) -> Fresh<ClientSecret> {
    let secret = Zeroizing::new(rand::random::<[u8; 32]>());
    let plain = PlainToken::from_random(authority.brand.as_ref(), TokenKind::Cls, id.anchor(), &secret);
    let kept = ClientSecret { digest: plain.digest(), hint: plain.hint().to_owned() };
    Fresh { text: Zeroizing::new(plain.expose().to_owned()), kept }
}

/// A registration access token (RFC 7592, section 3).
fn access_token() -> Fresh<[u8; 32]> {
    let random = Zeroizing::new(rand::random::<[u8; 32]>());
    let text = Zeroizing::new(BASE64_URL_SAFE_NO_PAD.encode(*random));
    let kept = digest_of(&text);
    Fresh { text, kept }
}

/// What is kept of a registration access token.
fn digest_of(text: &str) -> [u8; 32] {
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    hash.as_ref().first_chunk().copied().unwrap_or_default()
}

/// Validates metadata, and looks at the sector that it names.
async fn validate(authority: &Authority, metadata: &Map<String, Value>) -> Result<Registration, OAuthError> {
    let wanted = Registration::validate(metadata, authority.config.oauth.development).map_err(|fault| metadata_fault(&fault))?;
    check_sector(authority, &wanted).await.map_err(|fault| metadata_fault(&fault))?;
    Ok(wanted)
}

/// A fault of metadata as RFC 7591, section 3.2.2 tells it.
fn metadata_fault(fault: &MetadataFault) -> OAuthError {
    let code = if fault.is_of_redirects() { OAuthCode::InvalidRedirectUri } else { OAuthCode::InvalidClientMetadata };
    OAuthError::new(code, fault.to_string())
}

/// What the store refuses.
fn refused(error: StoreError) -> OAuthError {
    match error {
        StoreError::Conflict(why) => OAuthError::new(OAuthCode::AccessDenied, why).with_status(http::StatusCode::FORBIDDEN),
        StoreError::Outdated { .. } => OAuthError::new(OAuthCode::InvalidRequest, "the client was changed meanwhile: read it again")
            .with_status(http::StatusCode::CONFLICT),
        StoreError::NotFound(_) => unknown(),
        error => error.into(),
    }
}

/// There is no such client, or the token is not its own (RFC 7592, section 2).
fn unknown() -> OAuthError {
    OAuthError::new(OAuthCode::InvalidToken, "the registration access token is not known")
        .with_header(http::header::WWW_AUTHENTICATE, http::HeaderValue::from_static("Bearer error=\"invalid_token\""))
}

fn needs_token() -> OAuthError {
    OAuthError::new(OAuthCode::InvalidToken, "registering a client takes an initial access token: ask the operator for one")
        .with_header(http::header::WWW_AUTHENTICATE, http::HeaderValue::from_static("Bearer scope=\"clients:register\""))
}

fn main(authority: &Authority) -> Result<OrganisationId, OAuthError> {
    authority.gate.api(&authority.config.issuer).map(|api| api.organisation).ok_or_else(OAuthError::unavailable)
}

fn stranger(authority: &Authority, context: Context) -> Actor {
    Actor { who: "stranger".to_owned(), at: authority.now(), request: Some(context.request), client_ip: context.client_ip }
}

/// The name of a client for people.
pub(crate) fn name_of(registration: &Registration) -> Name {
    registration.client_name.as_deref().and_then(|name| Name::parse(name).ok()).unwrap_or_else(unnamed)
}

/// The name of a client that gives none.
pub(crate) fn unnamed() -> Name {
    #[expect(clippy::expect_used, reason = "a constant that follows its rule")]
    Name::parse("Unnamed app").expect("a name")
}
