//! DPoP proofs (RFC 9449): that whoever sends a request holds a private key, for this one request.
//!
//! The one place where a key that a JWT brings along is read (`dpop/header.rs`). It proves nothing about who holds it: only
//! its thumbprint leaves this file, to be compared with what a token is bound to. A proof's `jti` is good for one use;
//! whoever accepts one remembers it, nothing here does.

mod fault;
mod header;
mod target;

use super::{base64url, claims, compact, sha256};
use crate::{
    limits, strict_json,
    timestamp::{Span, Timestamp},
};
pub use fault::DpopFault;
use serde_json::{Map, Value};

/// The request that a proof must be for.
#[derive(Clone, Copy, Debug)]
pub struct DpopDemand<'a> {
    /// The request's method, byte for byte.
    pub method: &'a str,
    /// The request's address as clients know it. A query or fragment is left out of the comparison.
    pub url: &'a str,
    /// The access token that comes with it, whole; `None` at the token endpoint.
    pub access_token: Option<&'a [u8]>,
    /// The nonces that are good at present; `None` where none is asked for.
    pub nonces: Option<&'a [&'a str]>,
    /// How old `iat` may be: [`limits::DPOP_AGE_MAX`] unless something speaks for less.
    pub age_max: Span,
}

/// A proof that holds. Made only by [`verify_dpop_at`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedDpop {
    thumbprint: [u8; 32],
    id: String,
    issued_at: Timestamp,
    nonce: Option<String>,
}

/// Verifies the value of the one `DPoP` field of a request.
pub fn verify_dpop_at(text: &[u8], demand: &DpopDemand<'_>, now: Timestamp) -> Result<VerifiedDpop, DpopFault> {
    if text.len() > limits::JWT_MAX {
        return Err(DpopFault::TooLong);
    }
    let parts = compact::split(text).ok_or(DpopFault::NotCompact)?;
    let key = header::read(parts.header)?;
    let signature = base64url::decode(parts.signature).ok_or(DpopFault::NotCompact)?;
    key.verify(parts.signing_input, &signature).map_err(|_| DpopFault::BadSignature)?;
    let json = base64url::decode(parts.claims).ok_or(DpopFault::NotCompact)?;
    let members = strict_json::object(&json, limits::JWT_DEPTH_MAX).map_err(|_| DpopFault::BadClaims)?;
    let id = text_of(&members, "jti")?.to_owned();
    if id.len() > limits::JTI_MAX {
        return Err(DpopFault::Claim("jti"));
    }
    is_for(&members, demand)?;
    let nonce = claims::optional_text(&members, "nonce").map_err(|_| DpopFault::Claim("nonce"))?;
    if demand.nonces.is_some_and(|good| !nonce.is_some_and(|nonce| good.contains(&nonce))) {
        return Err(DpopFault::Nonce);
    }
    let issued_at = claims::instant(&members, "iat").map_err(|_| DpopFault::Claim("iat"))?;
    if issued_at < now.minus(demand.age_max) {
        return Err(DpopFault::TooOld);
    }
    if issued_at > now.plus(limits::JWT_SKEW_MAX) {
        return Err(DpopFault::IssuedInFuture);
    }
    Ok(VerifiedDpop { thumbprint: key.thumbprint_bytes(), id, issued_at, nonce: nonce.map(str::to_owned) })
}

/// Method, address and access token are those of the request.
fn is_for(members: &Map<String, Value>, demand: &DpopDemand<'_>) -> Result<(), DpopFault> {
    if text_of(members, "htm")? != demand.method {
        return Err(DpopFault::WrongMethod);
    }
    let named = target::normal(text_of(members, "htu")?).ok_or(DpopFault::Claim("htu"))?;
    if target::normal(demand.url).is_none_or(|wanted| wanted != named) {
        return Err(DpopFault::WrongTarget);
    }
    let Some(token) = demand.access_token else { return Ok(()) };
    let hash = base64url::encode(&sha256(token));
    if text_of(members, "ath")? == hash { Ok(()) } else { Err(DpopFault::WrongToken) }
}

fn text_of<'m>(members: &'m Map<String, Value>, name: &'static str) -> Result<&'m str, DpopFault> {
    claims::text(members, name).ok().filter(|text| !text.is_empty()).ok_or(DpopFault::Claim(name))
}

impl VerifiedDpop {
    /// The thumbprint of the key (RFC 7638): the `jkt` that a token is bound to.
    pub const fn thumbprint(&self) -> [u8; 32] {
        self.thumbprint
    }
    /// `jti`, which must not have been used with this key before, as long as `iat` is young enough.
    pub fn id(&self) -> &str {
        &self.id
    }
    /// `iat`.
    pub const fn issued_at(&self) -> Timestamp {
        self.issued_at
    }
    /// `nonce`, where it has one.
    pub fn nonce(&self) -> Option<&str> {
        self.nonce.as_deref()
    }
}
