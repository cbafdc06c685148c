//! The JOSE header: what in it is refused whatever else it says (RFC 7515, section 4; RFC 8725).

use super::{Algorithm, jwk::is_kid};
use crate::{denial::JwtFault, limits, strict_json};
use serde_json::{Map, Value};

/// A header that holds nothing dangerous. Nothing in it is verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) alg: String,
    pub(super) kid: Option<String>,
    pub(super) typ: Option<String>,
}

/// Members that change what the rest means, and that are not understood here.
pub(super) const CRITICAL: [&str; 3] = ["crit", "b64", "zip"];
/// Members that bring a key or say where to fetch one.
pub(super) const EMBEDDED: [&str; 4] = ["jwk", "jku", "x5u", "x5c"];

/// Reads a decoded header.
pub(super) fn parse(json: &[u8]) -> Result<Header, JwtFault> {
    read(&strict_json::object(json, limits::JWT_DEPTH_MAX).map_err(|_| JwtFault::BadHeader)?)
}

pub(super) fn read(members: &Map<String, Value>) -> Result<Header, JwtFault> {
    if CRITICAL.into_iter().any(|name| members.contains_key(name)) {
        return Err(JwtFault::Critical);
    }
    if EMBEDDED.into_iter().any(|name| members.contains_key(name)) {
        return Err(JwtFault::EmbeddedKey);
    }
    if is_nested(members) {
        return Err(JwtFault::Nested);
    }
    let alg = members.get("alg").and_then(Value::as_str).ok_or(JwtFault::WrongAlgorithm)?;
    if Algorithm::parse(alg).is_none() {
        return Err(JwtFault::WrongAlgorithm);
    }
    let kid = optional(members, "kid", JwtFault::NoKeyId)?;
    if kid.is_some_and(|kid| !is_kid(kid)) {
        return Err(JwtFault::NoKeyId);
    }
    let typ = optional(members, "typ", JwtFault::WrongType)?;
    Ok(Header { alg: alg.to_owned(), kid: kid.map(str::to_owned), typ: typ.map(str::to_owned) })
}

/// Whether the header says that the claims are another JWT, or encrypted.
pub(super) fn is_nested(members: &Map<String, Value>) -> bool {
    let content = members.get("cty");
    members.contains_key("enc")
        || content
            .is_some_and(|content| content.as_str().is_none_or(|content| media_type_is(content, "jwt") || media_type_is(content, "jwe")))
}

fn optional<'m>(members: &'m Map<String, Value>, name: &str, fault: JwtFault) -> Result<Option<&'m str>, JwtFault> {
    members.get(name).map(|value| value.as_str().ok_or(fault)).transpose()
}

/// Compares media types as RFC 7515, section 4.1.9 has it: without case, and `application/` may be left out.
pub(super) fn media_type_is(found: &str, wanted: &str) -> bool {
    let bare = |text: &str| -> String {
        let text = text.to_ascii_lowercase();
        match text.strip_prefix("application/") {
            Some(rest) if !rest.contains('/') => rest.to_owned(),
            _ => text,
        }
    };
    bare(found) == bare(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_types_compare_without_case_and_prefix() {
        for same in ["at+jwt", "AT+JWT", "application/at+jwt", "Application/At+Jwt"] {
            assert!(media_type_is(same, "at+jwt"), "{same}");
        }
        for other in ["", "JWT", "at+jwt ", "text/at+jwt", "application/application/at+jwt", "at+jwt;v=1"] {
            assert!(!media_type_is(other, "at+jwt"), "{other}");
        }
    }
}
