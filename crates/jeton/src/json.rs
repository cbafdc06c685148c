//! Reads JSON bodies: bounded in size, depth and time, each member once and known, and every fault named by its field.
//!
//! Never guesses, never reads a body that is not declared as JSON, never repeats a value that came: it may hold a secret.

pub(crate) mod fault;
mod strict;

use crate::problem::{Problem, ProblemCode};
use axum::extract::{FromRequest, OptionalFromRequest, Request};
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, header};
use http_body_util::BodyExt;
use jeton_core::limits;
use serde::de::{DeserializeOwned, IgnoredAny};
use std::collections::BTreeMap;

pub use strict::{Metadata, Nothing, Object, present};

/// A JSON body, read strictly. `MAX` bytes at most.
#[derive(Debug)]
pub struct Json<T, const MAX: usize = { limits::BODY_MAX }>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send, const MAX: usize> FromRequest<S> for Json<T, MAX> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let body = collected(request, MAX).await?;
        parse(&body).map(Self)
    }
}

impl<S: Send + Sync, T: DeserializeOwned + Send, const MAX: usize> OptionalFromRequest<S> for Json<T, MAX> {
    type Rejection = Problem;

    /// No body at all is no fault here; one that is there is read as strictly as any.
    async fn from_request(request: Request, _: &S) -> Result<Option<Self>, Problem> {
        let declared = request.headers().contains_key(header::CONTENT_TYPE);
        if !declared && http_body::Body::is_end_stream(request.body()) {
            return Ok(None);
        }
        let body = collected(request, MAX).await?;
        parse(&body).map(|read| Some(Self(read)))
    }
}

/// A JSON body that was collected and not read yet: for bodies that are read in place, by [`parse`].
#[derive(Clone, Debug)]
pub struct Raw<const MAX: usize = { limits::BODY_MAX }>(pub Bytes);

impl<S: Send + Sync, const MAX: usize> FromRequest<S> for Raw<MAX> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        collected(request, MAX).await.map(Self)
    }
}

impl<S: Send + Sync, const MAX: usize> OptionalFromRequest<S> for Raw<MAX> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Option<Self>, Problem> {
        let declared = request.headers().contains_key(header::CONTENT_TYPE);
        if !declared && http_body::Body::is_end_stream(request.body()) {
            return Ok(None);
        }
        collected(request, MAX).await.map(|body| Some(Self(body)))
    }
}

async fn collected(request: Request, max: usize) -> Result<Bytes, Problem> {
    let (parts, body) = request.into_parts();
    collect(&parts.headers, body, max).await
}

/// The whole body, where it is declared as JSON and within the limit.
pub async fn collect(headers: &HeaderMap, body: impl http_body::Body<Data = Bytes>, max: usize) -> Result<Bytes, Problem> {
    let declared = headers.get(header::CONTENT_TYPE).map(|value| value.as_bytes());
    if !declared.is_some_and(is_json) {
        return Err(Problem::new(ProblemCode::WrongMediaType, "the body must be declared as `application/json`"));
    }
    whole(body, max).await
}

/// The whole body, whatever it is declared as, in time and within the limit.
pub(crate) async fn whole(body: impl http_body::Body<Data = Bytes>, max: usize) -> Result<Bytes, Problem> {
    match tokio::time::timeout(BODY_DEADLINE, read(body, max)).await {
        Err(_) => Err(Problem::new(ProblemCode::Timeout, "the body did not come in time")),
        Ok(read) => read,
    }
}

/// Reads a body; one that comes in one piece is not copied. One over the limit is read on for a while and thrown away, so that
/// its sender gets to see the answer.
async fn read(body: impl http_body::Body<Data = Bytes>, max: usize) -> Result<Bytes, Problem> {
    let mut body = std::pin::pin!(body);
    let (mut first, mut more, mut total) = (Bytes::new(), BytesMut::new(), 0);
    while let Some(frame) = body.as_mut().frame().await {
        let frame = frame.map_err(|_| Problem::new(ProblemCode::BadJson, "the body broke off"))?;
        let Ok(data) = frame.into_data() else { continue };
        total += data.len();
        if total > max.saturating_add(OVERRUN_MAX) {
            break;
        }
        if total > max {
            continue;
        }
        if total == data.len() {
            first = data;
        } else {
            if more.is_empty() {
                more.extend_from_slice(&first);
            }
            more.extend_from_slice(&data);
        }
    }
    if total > max {
        return Err(Problem::new(ProblemCode::TooLarge, format!("the body must not be longer than {max} bytes")));
    }
    Ok(if more.is_empty() { first } else { more.freeze() })
}

/// How much of a body over its limit is read and thrown away.
const OVERRUN_MAX: usize = 1024 * 1024;
/// How long a whole body may take.
const BODY_DEADLINE: std::time::Duration = std::time::Duration::from_secs(10);

/// `application/json`, in any case, with or without parameters.
fn is_json(value: &[u8]) -> bool {
    let essence = value.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    essence.eq_ignore_ascii_case(b"application/json")
}

/// Reads a body that was collected. The plain reading comes first; only a body with a fault is read again, to name the field.
/// No type that is read here has room for deep values, so one that nests too deeply is always one with a fault.
pub fn parse<'a, T: serde::Deserialize<'a>>(body: &'a [u8]) -> Result<T, Problem> {
    if body.trim_ascii_start().first() != Some(&b'{') {
        // What takes an object would take a list too, by the order of its members.
        strict::check_depth(body)?;
        let mut reader = serde_json::Deserializer::from_slice(body);
        let read = serde_path_to_error::deserialize::<_, BTreeMap<String, IgnoredAny>>(&mut reader);
        read.map_err(|error| fault::problem(&error, serde_json::from_slice::<IgnoredAny>(body).is_ok()))?;
    }
    let quick = serde_json::from_slice::<T>(body);
    quick.or_else(|_| {
        strict::check_depth(body)?;
        let mut reader = serde_json::Deserializer::from_slice(body);
        let read = serde_path_to_error::deserialize::<_, T>(&mut reader)
            .map_err(|error| fault::problem(&error, serde_json::from_slice::<IgnoredAny>(body).is_ok()))?;
        reader.end().map_err(|_| Problem::new(ProblemCode::BadJson, "the body must be one JSON value and nothing behind it"))?;
        Ok(read)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jeton_core::{name::Name, network::Networks, scope::ScopeSet};
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        #[expect(dead_code, reason = "only read")]
        name: Name,
        #[serde(default)]
        #[expect(dead_code, reason = "only read")]
        scopes: ScopeSet,
        #[serde(default)]
        #[expect(dead_code, reason = "only read")]
        networks: Networks,
        #[serde(default)]
        #[expect(dead_code, reason = "only read")]
        life: Option<u32>,
        #[serde(default)]
        #[expect(dead_code, reason = "only read")]
        metadata: Metadata,
    }

    fn fault(body: &str) -> (String, String) {
        let problem = parse::<Body>(body.as_bytes()).expect_err(body);
        (problem.field_name().unwrap_or("-").to_owned(), problem.detail().to_owned())
    }

    #[test]
    fn every_fault_names_its_field_and_its_rule() {
        let cases = [
            (r#"{"name": 5}"#, "name", "must be a string, not a number"),
            (r#"{"name": null}"#, "name", "must be a string, not null"),
            (r#"{"name": ""}"#, "name", "must be 1 to 100 characters"),
            (r#"{}"#, "name", "is required"),
            (r#"{"name": "a", "name": "b"}"#, "name", "must stand only once"),
            (r#"{"name": "a", "nmae": "b"}"#, "nmae", "is not known here"),
            (r#"{"name": "a", "scopes": "x"}"#, "scopes", "must be a list, not a string"),
            (r#"{"name": "a", "scopes": [5]}"#, "scopes[0]", "must be a string"),
            (r#"{"name": "a", "scopes": ["a b"]}"#, "scopes", "segments"),
            (r#"{"name": "a", "networks": {"alow": []}}"#, "networks.alow", "is not known here"),
            (r#"{"name": "a", "networks": 5}"#, "networks", "must be a list of networks"),
            (r#"{"name": "a", "life": -1}"#, "life", "must be a whole number"),
            (r#"{"name": "a", "life": 1.5}"#, "life", "must be a whole number"),
            (r#"{"name": "a", "life": 4294967296}"#, "life", "must be a whole number"),
            (r#"{"name": "a", "metadata": {"a": 1}}"#, "metadata.a", "must be a string"),
            (r#"{"name": "a", "metadata": {"a": "1", "a": "2"}}"#, "metadata", "must not hold `a` twice"),
            ("[]", "-", "must be an object"),
            (r#"["a", [], [], 5, {}]"#, "-", "must be an object"),
            ("{", "-", "is not JSON"),
            ("", "-", "is not JSON"),
            (r#"{"name": "a"} x"#, "-", "nothing behind it"),
            ("\u{feff}{}", "-", "is not JSON"),
        ];
        for (body, field, rule) in cases {
            let (named, detail) = fault(body);
            assert_eq!(named, field, "{body}: {detail}");
            assert!(detail.contains(rule), "{body}: {detail}");
        }
    }

    #[test]
    fn no_value_that_came_is_repeated() {
        let secret = "jtn_pat_0123456789ab0123456789012345678901234567890123456789012abcdef";
        for body in [
            format!(r#"{{"name": "a", "scopes": "{secret}"}}"#),
            format!(r#"{{"name": "a", "{secret}": 1}}"#),
            format!(r#"{{"name": "a", "metadata": {{"{secret}": 1}}}}"#),
            format!(r#"{{"name": ["{secret}"]}}"#),
            format!(r#"{{"name": {secret}}}"#),
        ] {
            let problem = parse::<Body>(body.as_bytes()).expect_err("refused");
            let out = String::from_utf8(problem.body(None)).expect("text");
            assert!(!out.contains("0123456789ab012345"), "{out}");
        }
    }

    #[test]
    fn deep_bodies_are_refused_before_they_are_read() {
        let deep = format!(r#"{{"name": {}{}}}"#, "[".repeat(20), "]".repeat(20));
        let (_, detail) = fault(&deep);
        assert!(detail.contains("deep"), "{detail}");
        let brackets_in_text = format!(r#"{{"name": "{}"}}"#, "[".repeat(20));
        assert!(parse::<Body>(brackets_in_text.as_bytes()).is_ok());
    }
}
