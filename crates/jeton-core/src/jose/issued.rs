//! What the JWTs that are issued have in common. Never signs anything by itself.

use serde_json::{Map, Value};

/// Claims that the protocol gives a meaning. What is known about a user never stands under one of these names.
const PROTOCOL: [&str; 25] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "nbf",
    "jti",
    "auth_time",
    "nonce",
    "acr",
    "amr",
    "azp",
    "at_hash",
    "c_hash",
    "s_hash",
    "sid",
    "cnf",
    "act",
    "scope",
    "client_id",
    "events",
    "status",
    "status_list",
    "token_introspection",
    "sub_id",
];

/// Claims about a user, without those that the protocol uses.
pub(super) fn profile(claims: &Map<String, Value>) -> Map<String, Value> {
    let plain = claims.iter().filter(|(name, _)| !PROTOCOL.contains(&name.as_str()));
    plain.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// The members of an object that was just written down.
pub(super) fn object(value: Value) -> Map<String, Value> {
    if let Value::Object(members) = value { members } else { Map::new() }
}
