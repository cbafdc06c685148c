//! The device grant (RFC 8628): what a device asks for, which device waits behind a code, and what the person decided.
//!
//! Never says yes by a code alone: a person who is signed in sees the app and what it wants, and confirms it.

mod guesses;

pub use guesses::Guesses;

use super::{OAuthCode, OAuthError, audiences, clients, grant::authorization_code, reach, role_scopes};
use crate::{
    authority::Authority,
    http::Context,
    pages::consent::{ScopeGroup, consented},
    session::SignedIn,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jeton_core::{
    oauth::{
        authorization::Authorization, device::DeviceRequest, grant_type::GrantType, parameters::Parameters, scope_words,
        user_code::UserCode,
    },
    scope::ScopeSet,
    timestamp::{Span, Timestamp},
};
use jeton_store::{
    StoreError,
    audit::Actor,
    client::{Client, ClientState},
    device::{DeviceAnswer, NewDevice},
};
use std::sync::Arc;
use zeroize::Zeroizing;

/// How often a user code is drawn that another device has.
const DRAWS: usize = 8;

/// The codes that a device is given. Holds secrets; has no `Debug`.
pub struct DeviceCodes {
    /// What it asks with.
    pub device_code: Zeroizing<String>,
    /// What the person types.
    pub user_code: UserCode,
    /// When both end.
    pub expires_at: Timestamp,
}

/// What the person is asked about a device that waits.
#[derive(Debug)]
pub struct DeviceQuestion {
    /// The app.
    pub client: Arc<Client>,
    /// The code as it is shown on the device.
    pub user_code: String,
    /// What is asked for.
    pub groups: Vec<ScopeGroup>,
}

/// Why nothing was asked or decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceFault {
    /// No device waits with this code.
    Unknown,
    /// Too many codes were tried.
    TooMany(Span),
    /// What is needed does not answer.
    Unavailable,
}

impl DeviceFault {
    /// A client whose own metadata cannot be had is no failure of this server, and no client to be let in.
    fn of_client(error: OAuthError) -> Self {
        if error.status().is_server_error() { Self::Unavailable } else { Self::Unknown }
    }
}

impl From<StoreError> for DeviceFault {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound(_) | StoreError::Conflict(_) => Self::Unknown,
            error => {
                tracing::warn!(%error, "a device could not be answered");
                Self::Unavailable
            }
        }
    }
}

/// Begins the flow for a device of `client`: what it asks for must be something that the client can have.
pub async fn begin(authority: &Authority, client: &Client, form: &Parameters, actor: Actor) -> Result<DeviceCodes, OAuthError> {
    if !client.registration.grant_types.contains(&GrantType::DeviceCode) {
        let words = format!("the client is not registered for the grant type `{}`", GrantType::DeviceCode.as_str());
        return Err(OAuthError::new(OAuthCode::UnauthorizedClient, words));
    }
    let scopes = reach::scopes(client, form)?;
    let (chosen, words) = reach::choose(authority, client, &scopes, &reach::resources(form)?, true)?;
    let of_apis = chosen.iter().flat_map(|(_, scopes)| scopes.iter());
    let request = DeviceRequest {
        organisation: client.organisation,
        client: client.id,
        client_id: client.client_id.clone(),
        scopes: ScopeSet::from_scopes(of_apis.chain(words.iter()).cloned().collect()),
        resources: chosen.iter().map(|(api, _)| api.audience.clone()).collect(),
    };
    let device_code = Zeroizing::new(URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>()));
    let expires_at = actor.at.plus(authority.config.oauth.device_code.0);
    let digest = authorization_code::digest_of(&device_code);
    for _ in 0..DRAWS {
        let user_code = UserCode::from_random(rand::random());
        let new = NewDevice { digest, user_code: user_code.clone(), request: request.clone(), expires_at };
        match authority.store.insert_device(new, actor.clone()).await {
            Ok(()) => return Ok(DeviceCodes { device_code, user_code, expires_at }),
            Err(StoreError::Exists(_)) => {}
            Err(StoreError::Conflict(words)) => return Err(OAuthError::too_many(words)),
            Err(error) => return Err(error.into()),
        }
    }
    Err(OAuthError::unavailable())
}

/// The device that waits with a code.
pub async fn lookup(authority: &Authority, user_code: &str, signed_in: &SignedIn, context: Context) -> Result<DeviceQuestion, DeviceFault> {
    let (code, waiting) = find(authority, user_code, signed_in, context).await?;
    let before = authority.store.find_consent(signed_in.user, waiting.client.id).await?;
    let groups = groups(authority, &waiting, before.as_ref())?;
    Ok(DeviceQuestion { client: waiting.client, user_code: code.expose(), groups })
}

/// Carries out what the person decided.
pub async fn decide(
    authority: &Authority,
    user_code: &str,
    signed_in: &SignedIn,
    allowed: bool,
    context: Context,
) -> Result<(), DeviceFault> {
    let (code, waiting) = find(authority, user_code, signed_in, context).await?;
    let actor = signed_in.actor(authority.now(), context);
    if !allowed {
        authority.store.answer_device(code, DeviceAnswer::Deny, actor).await?;
        return Ok(());
    }
    let groups = groups(authority, &waiting, None)?;
    // A client that came by its metadata document is stored now that somebody lets it in; one that cannot be is nobody's device.
    clients::keep(authority, &waiting.client).await.map_err(DeviceFault::of_client)?;
    let authorization = Box::new(authorization(&waiting, signed_in));
    authority.store.answer_device(code, DeviceAnswer::Approve(authorization), actor.clone()).await?;
    // Remembered like every consent, so that the person finds the app again and can disconnect it.
    authority.store.give_consent(signed_in.organisation, signed_in.user, waiting.client.id, consented(&groups), actor).await?;
    Ok(())
}

/// A device that waits, for a person who may answer it.
struct Waiting {
    client: Arc<Client>,
    request: DeviceRequest,
}

/// Every way to find nothing is one: a mistyped code, one that is over, one of another organisation, of a client that is shut.
async fn find(authority: &Authority, typed: &str, signed_in: &SignedIn, context: Context) -> Result<(UserCode, Waiting), DeviceFault> {
    let now = authority.now();
    let guesses = &authority.user_code_guesses;
    if let Some(wait) = guesses.wait_at(signed_in.user, context.client_ip, now) {
        return Err(DeviceFault::TooMany(wait));
    }
    let found = match UserCode::parse(typed) {
        Ok(code) => look(authority, &code, signed_in, now).await?.map(|waiting| (code, waiting)),
        Err(_) => None,
    };
    if found.is_none() {
        guesses.count_at(signed_in.user, context.client_ip, now);
        metrics::counter!("jeton_user_code_misses_total").increment(1);
    }
    found.ok_or(DeviceFault::Unknown)
}

async fn look(authority: &Authority, code: &UserCode, signed_in: &SignedIn, now: Timestamp) -> Result<Option<Waiting>, DeviceFault> {
    let Some(waiting) = authority.store.find_device_at(code, now).await? else { return Ok(None) };
    let mut request = waiting.request;
    if request.organisation != signed_in.organisation {
        return Ok(None);
    }
    // By its name in the protocol: a client that came by its metadata document may not be stored yet.
    let client = clients::find(authority, &request.client_id).await.map_err(DeviceFault::of_client)?;
    let own = client.filter(|client| client.id == request.client && client.state == ClientState::Approved);
    let Some(client) = own else { return Ok(None) };
    narrow_to_role(authority, signed_in, &mut request).await?;
    Ok(Some(Waiting { client, request }))
}

/// Of the management interface nobody can give more than his role may.
async fn narrow_to_role(authority: &Authority, signed_in: &SignedIn, request: &mut DeviceRequest) -> Result<(), DeviceFault> {
    if !request.resources.iter().any(|resource| authority.is_management(resource)) {
        return Ok(());
    }
    let user = authority.store.show_user(signed_in.organisation, signed_in.user).await?;
    let words = request.scopes.iter().filter(|scope| scope_words::is_scope_word(scope)).cloned();
    let given = role_scopes::given_by(user.role, &request.scopes);
    request.scopes = ScopeSet::from_scopes(words.chain(given.iter().cloned()).collect());
    Ok(())
}

/// What is asked for, in the words of the APIs' owners.
fn groups(
    authority: &Authority,
    waiting: &Waiting,
    before: Option<&jeton_store::consent::Consent>,
) -> Result<Vec<ScopeGroup>, DeviceFault> {
    let DeviceRequest { scopes, resources, .. } = &waiting.request;
    let mut groups = Vec::new();
    for resource in resources {
        // An API that is gone by now cannot be allowed.
        let api = authority.gate.api(resource.as_str()).ok_or(DeviceFault::Unknown)?;
        let known = ScopeSet::from_scopes(scopes.iter().filter(|scope| api.knows(scope)).cloned().collect());
        groups.push(ScopeGroup::of_api(&api, &known, before));
    }
    let words = ScopeSet::from_scopes(scopes.iter().filter(|scope| scope_words::is_scope_word(scope)).cloned().collect());
    if !words.is_empty() {
        let userinfo = audiences::userinfo(authority).map_err(|_| DeviceFault::Unavailable)?;
        groups.push(ScopeGroup::of_openid(userinfo, &words, before));
    }
    Ok(groups)
}

/// The browser's session ends without the device: it is not named.
fn authorization(waiting: &Waiting, signed_in: &SignedIn) -> Authorization {
    Authorization {
        organisation: waiting.request.organisation,
        client: waiting.request.client,
        user: signed_in.user,
        session: None,
        authenticated_at: signed_in.authenticated_at,
        methods: signed_in.methods.clone(),
        acr: signed_in.acr.clone(),
        scopes: waiting.request.scopes.clone(),
        resources: waiting.request.resources.clone(),
        nonce: None,
        claims: None,
        redirect_uri: None,
        code_challenge: None,
        dpop_jkt: None,
    }
}
