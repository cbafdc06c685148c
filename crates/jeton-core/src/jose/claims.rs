//! Reading single claims with their types. Absent and mistyped are one fault: the claim is not there as it must be.

use crate::{denial::JwtFault, timestamp::Timestamp};
use serde_json::{Map, Value};

/// A required claim that is a text.
pub(super) fn text<'m>(claims: &'m Map<String, Value>, name: &'static str) -> Result<&'m str, JwtFault> {
    claims.get(name).and_then(Value::as_str).ok_or(JwtFault::Claim(name))
}

/// A text that may be absent, but not be of another type.
pub(super) fn optional_text<'m>(claims: &'m Map<String, Value>, name: &'static str) -> Result<Option<&'m str>, JwtFault> {
    claims.get(name).map(|value| value.as_str().ok_or(JwtFault::Claim(name))).transpose()
}

/// A required instant.
pub(super) fn instant(claims: &Map<String, Value>, name: &'static str) -> Result<Timestamp, JwtFault> {
    claims.get(name).and_then(numeric_date).ok_or(JwtFault::Claim(name))
}

/// An instant that may be absent, but not be of another type; `null` is another type.
pub(super) fn optional_instant(claims: &Map<String, Value>, name: &'static str) -> Result<Option<Timestamp>, JwtFault> {
    claims.get(name).map(|value| numeric_date(value).ok_or(JwtFault::Claim(name))).transpose()
}

/// `aud`: one text, or a list of 1 or more of them.
pub(super) fn audiences(claims: &Map<String, Value>) -> Result<Vec<&str>, JwtFault> {
    let found: Option<Vec<&str>> = match claims.get("aud") {
        Some(Value::String(one)) => Some(vec![one.as_str()]),
        Some(Value::Array(list)) if !list.is_empty() => list.iter().map(Value::as_str).collect(),
        _ => None,
    };
    found.filter(|list| list.iter().all(|one| !one.is_empty())).ok_or(JwtFault::Claim("aud"))
}

/// A `NumericDate` (RFC 7519, section 2): seconds since the epoch, fractions allowed, from 1970 to 9999.
pub(super) fn numeric_date(value: &Value) -> Option<Timestamp> {
    const LAST: i64 = Timestamp::MAX.as_seconds();
    if let Some(seconds) = value.as_i64() {
        return (0..=LAST).contains(&seconds).then(|| Timestamp::from_seconds(seconds));
    }
    let seconds = value.as_f64().filter(|seconds| (0.0..=LAST as f64).contains(seconds))?;
    Some(Timestamp::from_micros((seconds * 1e6) as i64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn instants_are_finite_and_bounded() {
        assert_eq!(numeric_date(&json!(1_300_819_380)), Some(Timestamp::from_seconds(1_300_819_380)));
        assert_eq!(numeric_date(&json!(1.5)), Some(Timestamp::from_micros(1_500_000)));
        assert_eq!(numeric_date(&json!(1.3e9)), Some(Timestamp::from_seconds(1_300_000_000)));
        for bad in [json!(-1), json!(-0.5), json!(1e300), json!(u64::MAX), json!(253_402_300_800_i64), json!("1"), json!(null), json!(true)]
        {
            assert_eq!(numeric_date(&bad), None, "{bad}");
        }
    }

    #[test]
    fn audiences_are_texts() {
        let of = |aud: Value| audiences(&Map::from_iter([("aud".to_owned(), aud)])).map(|list| list.len());
        assert_eq!(of(json!("a")), Ok(1));
        assert_eq!(of(json!(["a", "b"])), Ok(2));
        for bad in [json!([]), json!(""), json!(["a", 1]), json!(["a", ["b"]]), json!(null), json!({"a": "b"}), json!([""])] {
            assert_eq!(of(bad), Err(JwtFault::Claim("aud")));
        }
    }
}
