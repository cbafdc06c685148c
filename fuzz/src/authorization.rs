//! The one credential of a request: from its `Authorization` fields, a header for keys, and what its query must not hold.

use http::{HeaderMap, HeaderName, HeaderValue, header::AUTHORIZATION};
use jeton_core::token_text;
use jeton_gate::credential::{Credential, CredentialRules, Scheme};

/// Lines `name: value`, and one with `?` in front that is the query. What is found stands alone in the request, and is found
/// again by itself; no query with a token passes.
pub fn run(data: &[u8]) {
    let own = HeaderName::from_static("x-api-key");
    let rules = CredentialRules { api_key_headers: vec![own.clone()] };
    let (headers, query) = request(data);
    let found = Credential::from_request(&headers, query, &rules);
    assert!(found.is_err() || !query.is_some_and(holds_token), "a token in the query passes");
    let Ok(credential) = found else { return };
    assert_eq!(format!("{credential:?}"), "Credential(redacted)");
    assert!(headers.get_all(AUTHORIZATION).iter().count() <= 1, "one of two is taken");
    let said = headers.get(AUTHORIZATION).and_then(|value| under(value.as_bytes()));
    let keys: Vec<_> = headers.get_all(&own).iter().map(HeaderValue::as_bytes).collect();
    let (scheme, text) = match (said, keys.as_slice()) {
        (Some(said), []) => said,
        (None, [key]) => (Scheme::Bearer, *key),
        other => panic!("{} credentials, and one of them is taken", other.1.len() + usize::from(other.0.is_some())),
    };
    let text = std::str::from_utf8(text).expect("a credential is ASCII");
    assert_eq!(Credential::from_text(text).map(|found| found.under(scheme)), Ok(credential), "not what stands there");
    let bare = text.get(..13).filter(|start| start.eq_ignore_ascii_case("secret-token:")).map_or(text, |_| &text[13..]);
    assert!(!bare.is_empty() && bare.bytes().all(|byte| byte.is_ascii_graphic() && !b",;\"\\".contains(&byte)), "{bare:?}");
    let mut alone = HeaderMap::new();
    alone.insert(AUTHORIZATION, format!("{} {bare}", if scheme == Scheme::Dpop { "dpop" } else { "Bearer" }).parse().expect("a field"));
    assert_eq!(Credential::from_request(&alone, None, &rules).as_ref(), Ok(&credential));
    alone.append(AUTHORIZATION, HeaderValue::from_static("Basic YTpi"));
    assert!(Credential::from_request(&alone, None, &rules).is_err(), "a second one is passed over");
}

/// The scheme of ours that a value begins with, and what follows.
fn under(value: &[u8]) -> Option<(Scheme, &[u8])> {
    let at = value.iter().position(|byte| *byte == b' ').unwrap_or(value.len());
    let rest = value.get(at + 1..).unwrap_or_default();
    match value[..at].to_ascii_lowercase().as_slice() {
        b"bearer" => Some((Scheme::Bearer, rest)),
        b"dpop" => Some((Scheme::Dpop, rest)),
        _ => None,
    }
}

fn request(data: &[u8]) -> (HeaderMap, Option<&str>) {
    let (mut headers, mut query) = (HeaderMap::new(), None);
    for line in data.split(|byte| *byte == b'\n') {
        if let Some(rest) = line.strip_prefix(b"?") {
            query = std::str::from_utf8(rest).ok();
        } else if let Some(at) = line.iter().position(|byte| *byte == b':') {
            let name = HeaderName::from_bytes(&line[..at]);
            let value = HeaderValue::from_bytes(line[at + 1..].trim_ascii());
            if let (Ok(name), Ok(value)) = (name, value) {
                let _ = headers.try_append(name, value);
            }
        }
    }
    (headers, query)
}

/// Whether the value of a parameter, read as plainly as can be, is one of our tokens.
fn holds_token(query: &str) -> bool {
    query.split('&').filter_map(|pair| pair.split_once('=')).any(|(_, value)| token_text::parse(value.as_bytes()).is_ok())
}
