//! The HTTP form of a decision: the answer to a refused request, and the fields that go with a permitted one. Repeats nothing
//! that a caller sent, so nothing can be smuggled into a header.

mod challenge;
mod rate_limit;

use crate::{
    check::{Passed, Refused},
    dpop,
    settings::{Disclosure, Settings},
};
use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Response, StatusCode,
    header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
};
use jeton_core::{
    denial::{Answer, Denial},
    id::DecisionId,
    limits,
};

/// Names the decision.
pub const DECISION: HeaderName = HeaderName::from_static("jeton-decision");
/// Whom the token speaks for.
pub const SUBJECT: HeaderName = HeaderName::from_static("jeton-subject");
/// The OAuth client that the token was issued to.
pub const CLIENT_ID: HeaderName = HeaderName::from_static("jeton-client-id");
/// The token's public id.
pub const TOKEN_ID: HeaderName = HeaderName::from_static("jeton-token-id");
/// The token's scopes, space-separated.
pub const SCOPES: HeaderName = HeaderName::from_static("jeton-scopes");
/// How many seconds ago what a permit rests on was known to be up to date; only where that is longer than it should be.
pub const STALE: HeaderName = HeaderName::from_static("jeton-stale");
/// When the token ends, RFC 3339; only when that is soon.
pub const TOKEN_EXPIRES: HeaderName = HeaderName::from_static("jeton-token-expires");
/// The limits.
pub const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
/// How they stand.
pub const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// What the caller of a refused request is told, as the operator's disclosure allows.
pub fn told(denial: &Denial, disclosure: Disclosure) -> Answer {
    let answer = denial.answer();
    match disclosure {
        Disclosure::Minimal if answer.error == Some("invalid_token") => Denial::Unknown.answer(),
        Disclosure::Full | Disclosure::Minimal => answer,
    }
}

/// The whole answer to a refused request.
pub fn refusal(refused: &Refused, settings: &Settings) -> Response<Bytes> {
    let told = told(&refused.denial, settings.disclosure);
    let status = StatusCode::from_u16(told.status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    let body = problem(&told, status, refused);
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    put(headers, DECISION, &refused.decision.to_string());
    for challenge in challenge::challenges(&told, refused, settings) {
        headers.append(WWW_AUTHENTICATE, HeaderValue::try_from(challenge).unwrap_or_else(|_| HeaderValue::from_static("")));
    }
    if let (Denial::UseDpopNonce | Denial::BadProof(_), Some(key)) = (&refused.denial, &settings.dpop_nonce) {
        put_owned(headers, dpop::NONCE, key.fresh_at(refused.at));
    }
    if let Some(wait) = refused.denial.retry_after() {
        put(headers, RETRY_AFTER, &wait.as_seconds_up().max(1).to_string());
    }
    if let Some(limits) = &refused.limits {
        rate_limit::put(headers, limits);
    }
    response
}

/// The same answer for a `HEAD`: all its fields, the length of the body included, and no body.
#[must_use]
pub fn without_body(mut response: Response<Bytes>) -> Response<Bytes> {
    let length = response.body().len();
    response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
    *response.body_mut() = Bytes::new();
    response
}

/// Tells whoever answers the request whose token it came with. Replaces what the caller may have sent under these names.
pub fn identify(passed: &Passed, headers: &mut HeaderMap) {
    let token = &passed.token;
    put(headers, SUBJECT, token.subject());
    put(headers, TOKEN_ID, token.id().digits());
    put_owned(headers, SCOPES, token.scopes().to_spaced());
    headers.remove(CLIENT_ID);
    if let Some(client_id) = token.client_id() {
        put(headers, CLIENT_ID, client_id);
    }
}

/// Sees to it that nobody is named to whoever answers the request.
pub(crate) fn unidentify(headers: &mut HeaderMap) {
    for name in [SUBJECT, TOKEN_ID, SCOPES, CLIENT_ID] {
        headers.remove(name);
    }
}

/// Names a decision.
pub(crate) fn name_decision(decision: DecisionId, headers: &mut HeaderMap) {
    put(headers, DECISION, &decision.to_string());
}

/// Tells the caller of a permitted request how its limits stand, when its token ends if that is soon, and the nonce for its next
/// proof if it needs another.
pub fn decorate(passed: &Passed, headers: &mut HeaderMap) {
    rate_limit::put(headers, &passed.limits);
    let end = passed.permit.expires_at().filter(|end| end.since(passed.at) < limits::EXPIRY_NOTICE);
    if let Some(end) = end {
        put(headers, TOKEN_EXPIRES, &end.to_string());
    }
    if let Some(nonce) = &passed.next_nonce {
        put(headers, dpop::NONCE, nonce);
    }
    if let Some(age) = passed.stale {
        put(headers, STALE, &age.as_secs().max(1).to_string());
    }
    if let Some(decision) = passed.decision {
        name_decision(decision, headers);
    }
}

/// Sets a field; what no header can hold empties it, so that never a caller's own value is left standing.
fn put(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    headers.insert(name, HeaderValue::from_str(value).unwrap_or_else(|_| HeaderValue::from_static("")));
}

/// The same with a text of our own, which becomes the field without another copy.
fn put_owned(headers: &mut HeaderMap, name: HeaderName, value: String) {
    headers.insert(name, HeaderValue::try_from(value).unwrap_or_else(|_| HeaderValue::from_static("")));
}

/// Problem details (RFC 9457).
fn problem(told: &Answer, status: StatusCode, refused: &Refused) -> String {
    let mut problem = serde_json::json!({
        "type": format!("/problems/{}", told.code),
        "title": status.canonical_reason().unwrap_or_default().to_ascii_lowercase(),
        "status": told.status,
        "detail": told.description,
        "code": told.code,
        "fix": told.fix,
        "decision_id": refused.decision,
    });
    if let (Some("insufficient_scope"), Some(members)) = (told.error, problem.as_object_mut()) {
        members.insert("scope".into(), refused.scopes.as_ref().into());
    }
    if let (Some(sign_in), Some(members)) = (&refused.sign_in, problem.as_object_mut()) {
        members.extend(sign_in.members());
    }
    problem.to_string()
}

#[cfg(test)]
mod tests;
