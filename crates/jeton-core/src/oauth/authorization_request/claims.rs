//! The `claims` parameter (OpenID Connect Core, section 5.5): single claims that a client asks for.
//!
//! Only asks: nothing that stands here is ever a value of a claim.

use super::{Told, invalid};
use crate::{limits, strict_json};
use serde_json::{Map, Value};

/// The members that mean something; others are ignored, as the specification wants it.
const MEMBERS: [&str; 2] = ["userinfo", "id_token"];

/// Reads the parameter; what is kept has nothing in it but `userinfo` and `id_token`.
pub fn parse_claims(text: &str) -> Result<Value, Told> {
    if text.len() > limits::CLAIMS_PARAMETER_MAX {
        return Err(invalid(format!("`claims` is longer than {} bytes", limits::CLAIMS_PARAMETER_MAX)));
    }
    let read = strict_json::object(text.as_bytes(), limits::CLAIMS_PARAMETER_DEPTH_MAX);
    let mut read = read.map_err(|fault| invalid(format!("`claims` is no JSON object that can be read: {fault}")))?;
    let mut kept = Map::new();
    for name in MEMBERS {
        match read.remove(name) {
            None | Some(Value::Null) => {}
            Some(Value::Object(asked)) if asked.values().all(is_question) => {
                kept.insert(name.to_owned(), Value::Object(asked));
            }
            Some(_) => return Err(invalid(format!("`claims`: `{name}` must be an object whose members are `null` or objects"))),
        }
    }
    Ok(Value::Object(kept))
}

fn is_question(value: &Value) -> bool {
    matches!(value, Value::Null | Value::Object(_))
}

/// The authentication context classes of which one must be reached (section 5.5.1.1); empty where none must.
pub fn essential_acr(claims: &Value) -> Vec<String> {
    let Some(asked) = claims.pointer("/id_token/acr") else { return Vec::new() };
    if asked.get("essential").and_then(Value::as_bool) != Some(true) {
        return Vec::new();
    }
    let one = asked.get("value").and_then(Value::as_str);
    let several = asked.get("values").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    one.into_iter().chain(several).take(limits::ACR_VALUES_MAX).map(str::to_owned).collect()
}
