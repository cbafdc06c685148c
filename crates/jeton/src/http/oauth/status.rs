//! `GET /oauth/status/{list}` (Token Status List, section 8): open to everybody, from everywhere, and to be kept for its time.

use crate::{
    authority::Shared,
    oauth::{OAuthError, status_lists},
    problem::Problem,
};
use axum::{
    body::Body,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};

/// Where it is.
pub const PATH: &str = "/oauth/status/{list}";
/// Where all of them are named.
pub const AGGREGATION_PATH: &str = "/oauth/status";

/// The media type of a list.
const TYPE: &str = "application/statuslist+jwt";

/// Shows a list.
pub async fn show_status_list(State(authority): State<Shared>, Path(list): Path<String>, headers: HeaderMap) -> Response {
    if !accepts(&headers) {
        return (StatusCode::NOT_ACCEPTABLE, [(header::CONTENT_TYPE, "text/plain")], TYPE).into_response();
    }
    let number = list.parse::<u32>().ok().filter(|number| number.to_string() == list);
    let found = match number {
        Some(number) => status_lists::list(&authority, number).await,
        None => Ok(None),
    };
    match found {
        Ok(Some(list)) => {
            let left = list.time_left_at(authority.now()).as_seconds_up();
            let mut response = Response::new(Body::from(list.token.clone()));
            open(response.headers_mut(), TYPE, left);
            response
        }
        Ok(None) => Problem::not_found("status list").into_response(),
        Err(error) => error.into_response(),
    }
}

/// Names all lists (section 9).
pub async fn show_status_lists(State(authority): State<Shared>) -> Result<Response, OAuthError> {
    let newest = authority.store.newest_status_list().await?;
    let first = newest.saturating_sub(u32::try_from(jeton_core::limits::STATUS_LISTS_KEPT).unwrap_or(u32::MAX));
    let lists: Vec<String> = (first..=newest).map(|list| status_lists::address(&authority, list)).collect();
    let mut response = Response::new(Body::from(serde_json::json!({ "status_lists": lists }).to_string()));
    open(response.headers_mut(), "application/json", 30);
    Ok(response)
}

/// For everybody, from everywhere, for a while.
fn open(headers: &mut HeaderMap, media_type: &'static str, seconds: i64) {
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::VARY, HeaderValue::from_static("accept"));
    if let Ok(value) = HeaderValue::try_from(format!("public, max-age={seconds}")) {
        headers.insert(header::CACHE_CONTROL, value);
    }
}

/// Whether a JWT is what is wanted: where nothing is said, or everything will do, it is.
fn accepts(headers: &HeaderMap) -> bool {
    let mut ranges = headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|range| range.split(';').next().unwrap_or_default().trim())
        .peekable();
    let fits = |range: &str| [TYPE, "application/*", "*/*"].iter().any(|own| own.eq_ignore_ascii_case(range));
    ranges.peek().is_none() || ranges.any(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jwt_is_given_unless_something_else_alone_is_wanted() {
        let of = |value: &'static str| accepts(&HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(value))]));
        assert!(accepts(&HeaderMap::new()));
        assert!(of("application/statuslist+jwt") && of("*/*") && of("text/html, application/*;q=0.1") && of("Application/StatusList+JWT"));
        assert!(!of("application/statuslist+cwt") && !of("application/json"));
    }
}
