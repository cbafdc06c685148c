//! Reading an answer: as much as is wanted and no more, and how long it may be held.

use super::FetchFault;
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, header};
use jeton_core::{limits, timestamp::Span};
use std::time::Duration;

/// Whether the content type is JSON, or one that ends in `+json`.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

/// How long an answer may be held: what its server says, within bounds.
pub(super) fn life(headers: &HeaderMap) -> Duration {
    let values = headers.get_all(header::CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    let mut said = None;
    for word in values.flat_map(|value| value.split(',')).map(|word| word.trim().to_ascii_lowercase()) {
        match word.split_once('=') {
            None if word == "no-store" || word == "no-cache" => return seconds(limits::FETCHED_LIFE_MIN),
            Some(("max-age", age)) => said = age.trim_matches('"').parse().ok().map(Duration::from_secs),
            _ => {}
        }
    }
    said.unwrap_or_else(|| seconds(limits::FETCHED_LIFE_DEFAULT))
        .clamp(seconds(limits::FETCHED_LIFE_MIN), seconds(limits::FETCHED_LIFE_MAX))
}

fn seconds(span: Span) -> Duration {
    Duration::from_secs(span.as_seconds_up().unsigned_abs())
}

/// Reads the body; what is longer than `most` is given up at once.
pub(super) async fn read(mut response: reqwest::Response, most: usize) -> Result<Bytes, FetchFault> {
    if response.content_length().is_some_and(|length| length > most as u64) {
        return Err(FetchFault::TooLong(most));
    }
    let mut body = BytesMut::new();
    while let Some(part) = response.chunk().await.map_err(super::unreachable)? {
        if body.len() + part.len() > most {
            return Err(FetchFault::TooLong(most));
        }
        body.extend_from_slice(&part);
    }
    Ok(body.freeze())
}
