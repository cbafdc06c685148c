//! ID tokens that come back as `id_token_hint` (OpenID Connect Core, section 3.1.2.1; RP-Initiated Logout, section 2).
//!
//! A hint says whom a client means. It authenticates nobody, and an expired one is as good as any.

use super::{BroughtFault, KeySet, UnverifiedJwt, claims, header, id_token};
use crate::{denial::JwtFault, timestamp::Timestamp};

/// An ID token that was issued here. Made only by [`verify_id_token_hint`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedIdTokenHint {
    /// `sub`: as the client knows the user, pairwise where it is so.
    pub subject: String,
    /// `aud`: the client that it was issued to.
    pub client_id: String,
    /// `sid`, where it has one.
    pub session: Option<String>,
    /// `iat`.
    pub issued_at: Timestamp,
    /// `exp`, which may have come.
    pub expires_at: Timestamp,
}

/// Verifies that an ID token was issued here, whenever that was. `keys` are the keys of `issuer`.
pub fn verify_id_token_hint(text: &[u8], keys: &KeySet, issuer: &str) -> Result<VerifiedIdTokenHint, BroughtFault> {
    let jwt = UnverifiedJwt::parse(text).map_err(BroughtFault::Jwt)?;
    let kid = jwt.kid().ok_or(BroughtFault::Jwt(JwtFault::NoKeyId))?;
    let key = keys.find(kid).ok_or(BroughtFault::Jwt(JwtFault::UnknownKey))?;
    jwt.verify_signature(key).map_err(BroughtFault::Jwt)?;
    // The other JWTs that are issued here have other types, or (signed userinfo) no `exp`.
    if !jwt.typ().is_some_and(|typ| header::media_type_is(typ, id_token::TYPE)) {
        return Err(BroughtFault::WrongType);
    }
    let members = jwt.unverified_claims().map_err(BroughtFault::Jwt)?;
    let text = |name: &'static str| claims::text(&members, name).map_err(|_| BroughtFault::Claim(name));
    let instant = |name: &'static str| claims::instant(&members, name).map_err(|_| BroughtFault::Claim(name));
    if text("iss")? != issuer {
        return Err(BroughtFault::WrongIssuer);
    }
    let session = claims::optional_text(&members, "sid").map_err(|_| BroughtFault::Claim("sid"))?;
    Ok(VerifiedIdTokenHint {
        subject: text("sub")?.to_owned(),
        client_id: text("aud")?.to_owned(),
        session: session.map(str::to_owned),
        issued_at: instant("iat")?,
        expires_at: instant("exp")?,
    })
}
