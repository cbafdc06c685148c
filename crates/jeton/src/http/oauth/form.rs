//! The form body of a request to an endpoint of the authorization server: of its one content type, bounded, each parameter once.

use crate::oauth::{OAuthCode, OAuthError};
use axum::body::Body;
use http::{HeaderMap, StatusCode, header};
use http_body_util::{BodyExt, Limited};
use jeton_core::{
    limits,
    oauth::parameters::{Parameters, ParametersFault},
};

/// Reads it.
pub async fn read(headers: &HeaderMap, body: Body) -> Result<Parameters, OAuthError> {
    if !is_form(headers) {
        return Err(invalid("the request must be a form: `Content-Type: application/x-www-form-urlencoded`"));
    }
    let too_long = || invalid(&ParametersFault::TooLong.to_string()).with_status(StatusCode::PAYLOAD_TOO_LARGE);
    let whole = Limited::new(body, limits::PARAMETERS_BYTES_MAX).collect().await.map_err(|error| {
        if error.is::<http_body_util::LengthLimitError>() { too_long() } else { invalid("the request's body ended too soon") }
    })?;
    Parameters::parse(&whole.to_bytes()).map_err(|fault| invalid(&fault.to_string()))
}

fn is_form(headers: &HeaderMap) -> bool {
    let mut kinds = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(kind), None) = (kinds.next(), kinds.next()) else { return false };
    let kind = kind.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
    kind.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

fn invalid(words: &str) -> OAuthError {
    OAuthError::new(OAuthCode::InvalidRequest, words)
}
