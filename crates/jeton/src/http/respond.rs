//! Answers of the management interface: JSON that nobody stores, with the revision and the version where there is one.

use super::condition;
use crate::issue::answer::Issuance;
use axum::{body::Body, response::Response};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode, header};
use jeton_core::change::Revision;
use serde::Serialize;

/// The place of a change in the change log.
pub const REVISION: HeaderName = HeaderName::from_static("jeton-revision");
/// Says that the answer is that of an earlier request with the same key.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// A JSON answer.
pub fn json<T: Serialize>(status: StatusCode, body: &T) -> Response {
    bytes(status, Bytes::from(serde_json::to_vec(body).unwrap_or_default()))
}

/// A JSON answer that is already written.
pub fn bytes(status: StatusCode, body: Bytes) -> Response {
    whole(status, body).map(Body::from)
}

/// The same with its body in one piece.
pub fn whole(status: StatusCode, body: Bytes) -> http::Response<Bytes> {
    let mut response = http::Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.reserve(FIELDS);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Room for the fields of an answer, so that they are not moved while they are put in.
const FIELDS: usize = 10;

/// What was found.
pub fn found<T: Serialize>(body: &T) -> Response {
    json(StatusCode::OK, body)
}

/// What was found, at a version.
pub fn found_at<T: Serialize>(body: &T, version: i64) -> Response {
    let mut response = found(body);
    response.headers_mut().insert(header::ETAG, condition::tag(version));
    response
}

/// What was changed.
pub fn changed<T: Serialize>(status: StatusCode, body: &T, version: Option<i64>, revision: Revision) -> Response {
    let mut response = json(status, body);
    let headers = response.headers_mut();
    headers.insert(REVISION, HeaderValue::from(revision.0));
    if let Some(version) = version {
        headers.insert(header::ETAG, condition::tag(version));
    }
    response
}

/// What is there no more.
pub fn removed(revision: Revision) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response.headers_mut().insert(REVISION, HeaderValue::from(revision.0));
    response
}

/// A token with its text.
pub fn issued(issuance: &Issuance) -> Response {
    let mut response = bytes(StatusCode::CREATED, Bytes::copy_from_slice(&issuance.body));
    let headers = response.headers_mut();
    headers.insert(REVISION, HeaderValue::from(issuance.revision.0));
    headers.insert(header::ETAG, condition::tag(issuance.version));
    if issuance.replayed {
        headers.insert(REPLAYED, HeaderValue::from_static("true"));
    }
    response
}
