//! A client's keys: inline or by address, never both (RFC 7591, section 2), and there where something must be checked with them.

use super::{
    AuthMethod, MetadataFault, Registration,
    members::{Members, fault},
};
use crate::{
    jose::{Algorithm, KeySet},
    limits,
    oauth::client_uri,
};
use serde_json::{Map, Value};

/// Members that only private and symmetric keys have.
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// Reads `jwks` or `jwks_uri`.
pub(super) fn read(members: Members<'_>, read: &mut Registration, development: bool) -> Result<(), MetadataFault> {
    read.jwks_uri = members.text("jwks_uri", |text| client_uri::read_callable(text, development).map(drop))?;
    if let Some(jwks) = members.object("jwks")? {
        if read.jwks_uri.is_some() {
            return Err(fault("jwks", "must not come together with `jwks_uri`"));
        }
        check(jwks, read)?;
        read.jwks = Some(Value::Object(jwks.clone()));
    }
    let method = read.token_endpoint_auth_method;
    let by_keys = matches!(method, AuthMethod::PrivateKeyJwt | AuthMethod::SelfSignedTlsClientAuth);
    if (by_keys || read.require_signed_request_object) && read.jwks.is_none() && read.jwks_uri.is_none() {
        let rule = match by_keys {
            true => format!("or `jwks_uri` is required for `{}`", method.as_str()),
            false => "or `jwks_uri` is required where requests must be signed".to_owned(),
        };
        return Err(fault("jwks", rule));
    }
    Ok(())
}

/// A key set holds public keys only, and at least one that can be used where signatures are to be checked.
fn check(jwks: &Map<String, Value>, read: &Registration) -> Result<(), MetadataFault> {
    let keys = jwks.get("keys").and_then(Value::as_array).ok_or_else(|| fault("jwks", "must have a list `keys`"))?;
    if keys.len() > limits::JWKS_KEYS_MAX {
        return Err(fault("jwks", format!("must hold at most {} keys", limits::JWKS_KEYS_MAX)));
    }
    for key in keys {
        let members = key.as_object().ok_or_else(|| fault("jwks", "must hold JSON objects as its keys"))?;
        if let Some(private) = PRIVATE.iter().find(|name| members.contains_key(**name)) {
            let rule = format!("holds the private part `{private}` of a key: make new ones, and register public keys only");
            return Err(fault("jwks", rule));
        }
    }
    if read.token_endpoint_auth_method == AuthMethod::PrivateKeyJwt || read.require_signed_request_object {
        let algorithm = read.token_endpoint_auth_signing_alg.as_deref().and_then(Algorithm::parse);
        let text = Value::Object(jwks.clone()).to_string();
        let (usable, skipped) = KeySet::parse_for(text.as_bytes(), algorithm).map_err(|broken| fault("jwks", broken.to_string()))?;
        if usable.is_empty() {
            let why = skipped.first().map_or_else(|| "is empty".to_owned(), |skipped| skipped.fault.to_string());
            return Err(fault("jwks", format!("holds no key that can be used here: the first one {why}")));
        }
    }
    Ok(())
}
