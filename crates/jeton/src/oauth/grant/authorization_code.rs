//! `authorization_code` (RFC 6749, section 4.1.3) with PKCE (RFC 7636), always.
//!
//! A code is good once. Its second use by its client ends what came of the first, whatever else is wrong with that request; a use
//! by another client is no use at all. A request that is refused for its verifier, its address or its key does not use the code
//! up: nobody who lacks these can keep the rightful client from it.

use super::{TokenRequest, invalid_grant};
use crate::{
    authority::Authority,
    oauth::{
        OAuthCode, OAuthError, given,
        tokens::{self, Issued, OpenId, Parent, Refresh, Wanted, aim},
    },
};
use aws_lc_rs::digest;
use jeton_core::{
    binding::{Binding, thumbprint_text},
    id::TokenId,
    name::{Audience, Subject},
    oauth::{
        authorization::Authorization,
        grant_context::GrantContext,
        grant_type::GrantType,
        pkce,
        registration::{ApplicationType, Registration},
        scope_words,
    },
    scope::ScopeSet,
};
use jeton_store::grant::{Redeemed, Redemption};

const UNKNOWN: &str = "the code is not one that was given to this client, or it was not used in time";
const REPLAYED: &str = "the code was used before: what it was exchanged for is revoked";

/// Redeems a code.
pub(super) async fn grant(authority: &Authority, request: &TokenRequest<'_>) -> Result<Issued, OAuthError> {
    let digest = digest_of(request.required("code")?);
    let found = authority.store.find_code(digest).await?;
    let own = found.filter(|code| code.authorization.client == request.client.client.id);
    let code = own.ok_or_else(|| invalid_grant(UNKNOWN))?;
    if code.redeemed_at.is_some() {
        return Err(replayed(authority, request, code.grant).await);
    }
    if code.expires_at <= request.now {
        return Err(invalid_grant(UNKNOWN));
    }
    let authorization = code.authorization;
    prove(request, &authorization)?;
    let wanted = wanted(authority, request, &authorization).await?;
    let prepared = tokens::prepare(authority, wanted).await?;
    let grant = prepared.new_grant().ok_or_else(OAuthError::unavailable)?;
    request.spend_proof(authority).await?;
    let redemption = Redemption { digest, client: request.client.client.id, grant };
    match authority.store.redeem_code(redemption, request.actor()).await.map_err(tokens::over)? {
        Redeemed::Now(revision) => Ok(prepared.finish(authority, revision)),
        Redeemed::Replayed { .. } => Err(invalid_grant(REPLAYED)),
        Redeemed::Unknown | Redeemed::Expired => Err(invalid_grant(UNKNOWN)),
    }
}

/// SHA-256 of a code's text, under which it is kept.
pub fn digest_of(code: &str) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, code.as_bytes()).as_ref());
    hash
}

async fn replayed(authority: &Authority, request: &TokenRequest<'_>, grant: Option<TokenId>) -> OAuthError {
    let Some(grant) = grant else { return invalid_grant(REPLAYED) };
    match authority.store.revoke_grant(grant, "code_replayed", request.actor()).await {
        Ok(_) => invalid_grant(REPLAYED),
        Err(error) => error.into(),
    }
}

/// Whether the request comes from whoever began the flow: verifier, address and key.
fn prove(request: &TokenRequest<'_>, authorization: &Authorization) -> Result<(), OAuthError> {
    let form = request.form;
    match (&authorization.code_challenge, form.find("code_verifier")) {
        (Some(challenge), Some(verifier)) if pkce::verifies(challenge, verifier) => {}
        (Some(_), Some(_)) => return Err(invalid_grant("`code_verifier` is not the one that the `code_challenge` was made of")),
        (Some(_), None) => return Err(invalid_grant("`code_verifier` is missing: the code has a `code_challenge`")),
        // A verifier without a challenge is a sign that somebody took the challenge away (RFC 9700, section 4.8.2).
        (None, Some(_)) => return Err(invalid_grant("`code_verifier` was sent, and the code has no `code_challenge`")),
        (None, None) => return Err(invalid_grant(UNKNOWN)),
    }
    match (&authorization.redirect_uri, form.find("redirect_uri")) {
        (Some(own), Some(sent)) if own != sent => {
            return Err(invalid_grant("`redirect_uri` must be the one of the authorization request, byte for byte"));
        }
        // OAuth 2.1 wants it no longer; where it comes it must fit.
        (Some(_), _) | (None, None) => {}
        (None, Some(sent)) if request.client.client.registration.redirect_uris.iter().any(|own| own == sent) => {}
        (None, Some(_)) => return Err(invalid_grant("`redirect_uri` is none that the client registered")),
    }
    match (&authorization.dpop_jkt, request.proof) {
        (Some(jkt), Some(proof)) if *jkt == thumbprint_text(&proof.thumbprint()) => Ok(()),
        (Some(_), _) => Err(OAuthError::new(OAuthCode::InvalidDpopProof, "the code is bound to another DPoP key by `dpop_jkt`")),
        (None, _) => Ok(()),
    }
}

async fn wanted<'r>(authority: &Authority, request: &'r TokenRequest<'_>, authorization: &Authorization) -> Result<Wanted<'r>, OAuthError> {
    let binding: Option<Binding> = request.binding()?;
    let aim = aim::take(authority, &authorization.resources, &authorization.scopes, request.form, None)?;
    let is_openid = aim::is_openid(&authorization.scopes);
    let refresh = if may_refresh(&request.client.client.registration, &authorization.scopes) { Refresh::New } else { Refresh::No };
    let subject = Subject::parse(&authorization.user.to_string()).map_err(|_| OAuthError::unavailable())?;
    let aim = given::today(authority, &request.client.client, &subject, aim).await?;
    Ok(Wanted {
        grant_type: GrantType::AuthorizationCode,
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
        refresh,
        openid: is_openid.then(|| OpenId { nonce: authorization.nonce.clone() }),
        act: None,
        issued_token_type: None,
        actor: request.actor(),
    })
}

/// Whether what a person allowed comes with a refresh token: the client must be registered for them, and where it asked for
/// OpenID Connect it must have asked for `offline_access` too (Core, section 11). Apps on a person's own machine and requests of
/// plain OAuth, such as those of agents, get them by their registration alone: nothing else would say that they want them.
pub fn may_refresh(registration: &Registration, granted: &ScopeSet) -> bool {
    let is_offline = granted.iter().any(|scope| scope.as_str() == scope_words::OFFLINE_ACCESS);
    registration.grant_types.contains(&GrantType::RefreshToken)
        && (is_offline || registration.application_type == ApplicationType::Native || !aim::is_openid(granted))
}

/// The audience of the first API, for the refreshes to come: kept as the family's own.
pub fn first_api<'a>(audiences: &'a [Audience], userinfo: &Audience) -> Option<&'a Audience> {
    audiences.iter().find(|own| *own != userinfo)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(grant_types: &[GrantType], application_type: ApplicationType) -> Registration {
        Registration { grant_types: grant_types.to_vec(), application_type, ..Registration::default() }
    }

    #[test]
    fn refresh_tokens_are_for_those_who_registered_and_asked() {
        let both = [GrantType::AuthorizationCode, GrantType::RefreshToken];
        let scopes = |text| ScopeSet::parse_spaced(text).expect("scopes");
        let (web, native) = (client(&both, ApplicationType::Web), client(&both, ApplicationType::Native));
        let without = client(&both[..1], ApplicationType::Native);
        for (client, granted, may) in [
            (&web, "openid orders:read", false),
            (&web, "openid offline_access", true),
            (&web, "orders:read", true),
            (&native, "openid orders:read", true),
            (&without, "openid offline_access", false),
            (&without, "orders:read", false),
        ] {
            assert_eq!(may_refresh(client, &scopes(granted)), may, "{granted}");
        }
    }
}
