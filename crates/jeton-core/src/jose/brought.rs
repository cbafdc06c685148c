//! JWTs that others sign and bring: the way that all of them are verified. Signature first, under a key of the one party whose
//! keys were given; then the type; then each claim that its kind asks for.
//!
//! The kinds differ in their rules only: `client_assertion`, `bearer_assertion`, `request_object`. Nothing here fetches keys.

use super::{Algorithm, BroughtFault, KeySet, UnverifiedJwt, VerifyingKey, claims, header};
use crate::{denial::JwtFault, limits, timestamp::Span, timestamp::Timestamp};
use serde_json::{Map, Value};

/// A JWT whose signature and type are in order, and whose claims are still to be judged.
pub(super) struct Brought {
    pub(super) claims: Map<String, Value>,
}

/// Verifies the signature of `text` under one of `keys`, whose owner registered `algorithm`, where he did. `types` are those
/// that it may have; it may also have none.
pub(super) fn open(text: &[u8], keys: &KeySet, algorithm: Option<Algorithm>, types: &[&str]) -> Result<Brought, BroughtFault> {
    let jwt = UnverifiedJwt::parse(text).map_err(BroughtFault::Jwt)?;
    let key = choose(&jwt, keys)?;
    if algorithm.is_some_and(|registered| registered != key.algorithm()) {
        return Err(BroughtFault::NotRegisteredAlgorithm);
    }
    jwt.verify_signature(key).map_err(BroughtFault::Jwt)?;
    if jwt.typ().is_some_and(|typ| !types.iter().any(|wanted| header::media_type_is(typ, wanted))) {
        return Err(BroughtFault::WrongType);
    }
    Ok(Brought { claims: jwt.unverified_claims().map_err(BroughtFault::Jwt)? })
}

/// The key by `kid`; without one, the only key of the set with this algorithm.
fn choose<'k>(jwt: &UnverifiedJwt<'_>, keys: &'k KeySet) -> Result<&'k VerifyingKey, BroughtFault> {
    let fits = |key: &&VerifyingKey| key.algorithm().is_named(jwt.alg());
    if let Some(kid) = jwt.kid() {
        let named = keys.find(kid).ok_or(BroughtFault::Jwt(JwtFault::UnknownKey))?;
        return Some(named).filter(fits).ok_or(BroughtFault::Jwt(JwtFault::WrongAlgorithm));
    }
    let mut fitting = keys.iter().filter(fits);
    match (fitting.next(), fitting.next()) {
        (Some(key), None) => Ok(key),
        (None, _) => Err(BroughtFault::NoKey),
        (Some(_), Some(_)) => Err(BroughtFault::SeveralKeys),
    }
}

impl Brought {
    /// A required text.
    pub(super) fn text(&self, name: &'static str) -> Result<&str, BroughtFault> {
        claims::text(&self.claims, name).ok().filter(|text| !text.is_empty()).ok_or(BroughtFault::Claim(name))
    }

    /// `iss` is exactly this.
    pub(super) fn issuer(&self, wanted: &str) -> Result<(), BroughtFault> {
        if self.text("iss")? == wanted { Ok(()) } else { Err(BroughtFault::WrongIssuer) }
    }

    /// `aud` is one of these and nothing besides: a JWT for several can be brought to one of them by another.
    pub(super) fn sole_audience(&self, wanted: &[&str]) -> Result<&str, BroughtFault> {
        let named = claims::audiences(&self.claims).map_err(|_| BroughtFault::Claim("aud"))?;
        match named.as_slice() {
            [one] if wanted.contains(one) => Ok(one),
            [_] => Err(BroughtFault::WrongAudience),
            _ => Err(BroughtFault::SeveralAudiences),
        }
    }

    /// `aud` names this one, if need be among others.
    pub(super) fn audience(&self, wanted: &str) -> Result<(), BroughtFault> {
        let named = claims::audiences(&self.claims).map_err(|_| BroughtFault::Claim("aud"))?;
        if named.contains(&wanted) { Ok(()) } else { Err(BroughtFault::WrongAudience) }
    }

    /// `exp`, which must be there, has not come, and lies at most `ahead` from now.
    pub(super) fn expiry_at(&self, ahead: Span, now: Timestamp) -> Result<Timestamp, BroughtFault> {
        let at = claims::instant(&self.claims, "exp").map_err(|_| BroughtFault::Claim("exp"))?;
        if now >= at {
            return Err(BroughtFault::Expired { at });
        }
        if at > now.plus(ahead).plus(limits::JWT_SKEW_MAX) { Err(BroughtFault::ExpiresTooLate) } else { Ok(at) }
    }

    /// `nbf` and `iat`, where they are there, do not lie ahead of what clocks may differ by.
    pub(super) fn begun_at(&self, now: Timestamp) -> Result<(), BroughtFault> {
        let ahead = now.plus(limits::JWT_SKEW_MAX);
        for (name, fault) in [("nbf", BroughtFault::NotYetValid), ("iat", BroughtFault::IssuedInFuture)] {
            let at = claims::optional_instant(&self.claims, name).map_err(|_| BroughtFault::Claim(name))?;
            if at.is_some_and(|at| at > ahead) {
                return Err(fault);
            }
        }
        Ok(())
    }

    /// `jti`, where it is there: a text of a length that can be remembered.
    pub(super) fn id(&self) -> Result<Option<&str>, BroughtFault> {
        let id = claims::optional_text(&self.claims, "jti").map_err(|_| BroughtFault::Claim("jti"))?;
        if id.is_some_and(|id| id.is_empty() || id.len() > limits::JTI_MAX) { Err(BroughtFault::Claim("jti")) } else { Ok(id) }
    }
}
