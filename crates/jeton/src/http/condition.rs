//! Conditions of a change: which version it is meant for, and which key makes a repeated one the same. Never guesses a version.

use crate::problem::{Problem, ProblemCode};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use jeton_core::limits;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The version that the caller read, from `If-Match` or the body's own `version`; one of them must be there.
pub fn expected_version(headers: &HeaderMap, in_body: Option<i64>) -> Result<i64, Problem> {
    let mut values = headers.get_all(header::IF_MATCH).iter();
    let in_header = values.next().map(read_tag).transpose()?;
    if values.next().is_some() {
        return Err(bad("If-Match", "must stand once and name one version"));
    }
    match (in_header, in_body) {
        (Some(one), Some(other)) if one != other => {
            let rule = "must be the version that `If-Match` names, where both come";
            Err(Problem::field("version", &jeton_core::fault::Invalid::new(rule)))
        }
        (Some(version), _) | (None, Some(version)) => Ok(version),
        (None, None) => {
            Err(Problem::new(ProblemCode::PreconditionRequired, "the change does not say which version it is for").at("If-Match"))
        }
    }
}

/// The tag of a version, as in `ETag`.
pub fn tag(version: i64) -> HeaderValue {
    HeaderValue::try_from(format!("\"{version}\"")).unwrap_or_else(|_| HeaderValue::from_static("\"0\""))
}

/// The refusal of a change that was meant for another version.
pub fn outdated(version: i64) -> Problem {
    Problem::new(ProblemCode::PreconditionFailed, format!("it is at version {version} by now")).with_header(header::ETAG, tag(version))
}

/// The key that makes a repeated request the same, where one came.
pub fn idempotency_key(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let mut values = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let text = value
        .to_str()
        .ok()
        .filter(|text| (1..=limits::IDEMPOTENCY_KEY_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()));
    match (text, values.next()) {
        (Some(text), None) => Ok(Some(text)),
        _ => {
            let rule = format!("must stand once and be 1 to {} visible ASCII characters", limits::IDEMPOTENCY_KEY_MAX);
            Err(bad("Idempotency-Key", &rule))
        }
    }
}

fn read_tag(value: &HeaderValue) -> Result<i64, Problem> {
    let text = value.to_str().unwrap_or_default();
    let inner = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let number = inner.filter(|inner| inner.len() <= 18 && inner.bytes().all(|byte| byte.is_ascii_digit()));
    number.and_then(|inner| inner.parse().ok()).ok_or_else(|| bad("If-Match", "must be one `ETag` as it was answered, such as `\"3\"`"))
}

fn bad(header: &str, rule: &str) -> Problem {
    Problem::new(ProblemCode::BadHeader, format!("`{header}` {rule}")).at(header)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            map.append(*name, HeaderValue::from_static(value));
        }
        map
    }

    #[test]
    fn the_version_comes_from_one_place_or_two_that_agree() {
        assert_eq!(expected_version(&headers(&[("if-match", "\"3\"")]), None).ok(), Some(3));
        assert_eq!(expected_version(&headers(&[]), Some(4)).ok(), Some(4));
        assert_eq!(expected_version(&headers(&[("if-match", "\"4\"")]), Some(4)).ok(), Some(4));
        assert_eq!(expected_version(&headers(&[]), None).expect_err("none").status(), 428);
        for bad in ["3", "*", "W/\"3\"", "\"3\", \"4\"", "\"\"", "\"-1\"", "\"99999999999999999999\""] {
            assert_eq!(expected_version(&headers(&[("if-match", bad)]), None).expect_err(bad).status(), 400, "{bad}");
        }
        assert!(expected_version(&headers(&[("if-match", "\"3\"")]), Some(4)).is_err());
        assert!(expected_version(&headers(&[("if-match", "\"3\""), ("if-match", "\"3\"")]), None).is_err());
    }

    #[test]
    fn idempotency_keys_are_bounded() {
        assert_eq!(idempotency_key(&headers(&[])).ok(), Some(None));
        assert_eq!(idempotency_key(&headers(&[("idempotency-key", "a-1")])).ok(), Some(Some("a-1")));
        assert!(idempotency_key(&headers(&[("idempotency-key", "")])).is_err());
        assert!(idempotency_key(&headers(&[("idempotency-key", "a b")])).is_err());
        assert!(idempotency_key(&headers(&[("idempotency-key", "a"), ("idempotency-key", "a")])).is_err());
        let long = HeaderValue::try_from("a".repeat(limits::IDEMPOTENCY_KEY_MAX + 1)).expect("value");
        assert!(idempotency_key(&HeaderMap::from_iter([(IDEMPOTENCY_KEY, long)])).is_err());
    }
}
