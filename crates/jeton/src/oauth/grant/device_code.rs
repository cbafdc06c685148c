//! `urn:ietf:params:oauth:grant-type:device_code` (RFC 8628, section 3.4): a device asks whether somebody has let it in. The code is
//! good once; what a device of another client presents is no code.

use super::{TokenRequest, authorization_code, invalid_grant};
use crate::{
    authority::Authority,
    oauth::{
        OAuthCode, OAuthError, given,
        tokens::{self, Issued, OpenId, Parent, Refresh, Wanted, aim},
    },
};
use jeton_core::{
    name::Subject,
    oauth::{authorization::Authorization, grant_context::GrantContext, grant_type::GrantType},
};
use jeton_store::device::{DeviceTaking, Polled};

const USED: &str = "the device code was used before";

/// Answers a device.
pub(super) async fn grant(authority: &Authority, request: &TokenRequest<'_>) -> Result<Issued, OAuthError> {
    let digest = authorization_code::digest_of(request.required("device_code")?);
    // A request that lacks its key learns so at once, not when somebody has said yes.
    request.binding()?;
    let told = |code, words: &str| Err(OAuthError::new(code, words));
    match authority.store.poll_device(digest, request.client.client.id, request.actor()).await? {
        Polled::Pending => told(OAuthCode::AuthorizationPending, "nobody has answered yet: ask again after the interval"),
        Polled::TooSoon => told(OAuthCode::SlowDown, "this was too soon: wait five seconds longer from now on"),
        Polled::Denied => {
            told(OAuthCode::AccessDenied, "somebody said no").map_err(|error| error.with_status(http::StatusCode::BAD_REQUEST))
        }
        Polled::Expired => told(OAuthCode::ExpiredToken, "the device code is over: begin again"),
        Polled::Unknown => Err(invalid_grant("the device code is not one that was given to this client")),
        Polled::Used => Err(invalid_grant(USED)),
        Polled::Approved(authorization) => take(authority, request, digest, &authorization).await,
    }
}

/// Uses the code and issues for it, both or neither.
async fn take(authority: &Authority, request: &TokenRequest<'_>, digest: [u8; 32], allowed: &Authorization) -> Result<Issued, OAuthError> {
    let prepared = tokens::prepare(authority, wanted(authority, request, allowed).await?).await?;
    let grant = prepared.new_grant().ok_or_else(OAuthError::unavailable)?;
    request.spend_proof(authority).await?;
    let taking = DeviceTaking { digest, client: request.client.client.id, grant };
    let taken = authority.store.take_device(taking, request.actor()).await.map_err(tokens::over)?;
    taken.map(|revision| prepared.finish(authority, revision)).ok_or_else(|| invalid_grant(USED))
}

async fn wanted<'r>(authority: &Authority, request: &'r TokenRequest<'_>, authorization: &Authorization) -> Result<Wanted<'r>, OAuthError> {
    let binding = request.binding()?;
    let aim = aim::take(authority, &authorization.resources, &authorization.scopes, request.form, None)?;
    let subject = Subject::parse(&authorization.user.to_string()).map_err(|_| OAuthError::unavailable())?;
    let aim = given::today(authority, &request.client.client, &subject, aim).await?;
    let may_refresh = authorization_code::may_refresh(&request.client.client.registration, &authorization.scopes);
    Ok(Wanted {
        grant_type: GrantType::DeviceCode,
        client: &request.client,
        subject,
        parent: Parent::NewGrant {
            audiences: aim::all(authority, &authorization.resources, &authorization.scopes)?,
            scopes: authorization.scopes.clone(),
            context: GrantContext::of(authorization),
        },
        audiences: aim.audiences,
        scopes: aim.scopes,
        binding,
        life_max: None,
        refresh: if may_refresh { Refresh::New } else { Refresh::No },
        openid: aim::is_openid(&authorization.scopes).then(OpenId::default),
        act: None,
        issued_token_type: None,
        actor: request.actor(),
    })
}
