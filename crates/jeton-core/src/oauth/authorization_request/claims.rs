//! The `claims` parameter (OpenID Connect Core, section 5.5): single claims that a client asks for.
//!
//! Only asks: nothing that stands here is ever a value of a claim.

use super::{Told, invalid};
use crate::{
    limits,
    scope::{Scope, ScopeSet},
    strict_json,
};
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

/// The words of OpenID Connect that cover the single claims which are asked for, of ID tokens or of userinfo: a person is asked for
/// them as for any other scope. Claims that are not known here are ignored (section 5.5.1).
pub(super) fn words_of_claims(claims: &Value) -> ScopeSet {
    let asked = MEMBERS.iter().filter_map(|place| claims.get(place).and_then(Value::as_object)).flatten();
    let words = asked.filter_map(|(name, _)| match name.as_str() {
        "name" | "preferred_username" | "updated_at" => Scope::parse("profile").ok(),
        "email" | "email_verified" => Scope::parse("email").ok(),
        _ => None,
    });
    ScopeSet::from_scopes(words.collect())
}

/// The subject that alone will do (Core, section 3.1.2.2): nobody else may be told to the client.
pub fn wanted_subject(claims: &Value) -> Option<&str> {
    claims.pointer("/id_token/sub/value").and_then(Value::as_str)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn single_claims_are_asked_for_in_words() {
        let of = |text: &str| words_of_claims(&parse_claims(text).expect("read")).to_spaced();
        assert_eq!(of(r#"{"userinfo":{"email":null}}"#), "email");
        assert_eq!(of(r#"{"id_token":{"email_verified":{"essential":true}},"userinfo":{"updated_at":null}}"#), "email profile");
        assert_eq!(of(r#"{"userinfo":{"given_name":null,"sub":null,"openid":null,"admin":null},"other":{"email":null}}"#), "");
    }

    #[test]
    fn one_subject_alone_will_do() {
        let of = |text: &str| wanted_subject(&parse_claims(text).expect("read")).map(str::to_owned);
        assert_eq!(of(r#"{"id_token":{"sub":{"value":"usr_x"}}}"#).as_deref(), Some("usr_x"));
        for other in [r#"{"id_token":{"sub":null}}"#, r#"{"id_token":{"sub":{"value":7}}}"#, r#"{"userinfo":{"sub":{"value":"usr_x"}}}"#] {
            assert_eq!(of(other), None, "{other}");
        }
    }
}
