//! Errors as RFC 6749, section 5.2, and its descendants want them: JSON with `error` and `error_description`. Never problem details,
//! never a secret, never a character that these fields may not have.

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderName, HeaderValue, StatusCode, header};
use jeton_store::StoreError;
use serde_json::json;

/// The registered error codes that are used here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OAuthCode {
    /// RFC 6749, section 5.2.
    InvalidRequest,
    /// RFC 6749, section 5.2.
    InvalidClient,
    /// RFC 6749, section 5.2.
    InvalidGrant,
    /// RFC 6749, section 5.2.
    UnauthorizedClient,
    /// RFC 6749, section 5.2.
    UnsupportedGrantType,
    /// RFC 6749, section 4.1.2.1.
    UnsupportedResponseType,
    /// RFC 6749, section 5.2.
    InvalidScope,
    /// RFC 6749, section 4.1.2.1.
    AccessDenied,
    /// RFC 6749, section 4.1.2.1.
    ServerError,
    /// RFC 6749, section 4.1.2.1.
    TemporarilyUnavailable,
    /// RFC 8707, section 2.
    InvalidTarget,
    /// RFC 8628, section 3.5.
    AuthorizationPending,
    /// RFC 8628, section 3.5.
    SlowDown,
    /// RFC 8628, section 3.5.
    ExpiredToken,
    /// RFC 9449, section 5.
    InvalidDpopProof,
    /// RFC 9449, section 8.
    UseDpopNonce,
    /// RFC 9101, section 6.
    InvalidRequestObject,
    /// RFC 9101, section 6.
    InvalidRequestUri,
    /// OpenID Connect Core, section 3.1.2.6.
    RequestUriNotSupported,
    /// OpenID Connect Core, section 3.1.2.6.
    RequestNotSupported,
    /// OpenID Connect Core, section 3.1.2.6.
    LoginRequired,
    /// OpenID Connect Core, section 3.1.2.6.
    ConsentRequired,
    /// OpenID Connect Core, section 3.1.2.6.
    InteractionRequired,
    /// OpenID Connect Core, section 3.1.2.6.
    AccountSelectionRequired,
    /// OpenID Connect Core Unmet Authentication Requirements 1.0.
    UnmetAuthenticationRequirements,
    /// RFC 7009, section 2.2.1.
    UnsupportedTokenType,
    /// RFC 7591, section 3.2.2.
    InvalidRedirectUri,
    /// RFC 7591, section 3.2.2.
    InvalidClientMetadata,
    /// RFC 6750, section 3.1.
    InvalidToken,
    /// RFC 6750, section 3.1.
    InsufficientScope,
}

/// A refusal on its way out.
#[derive(Clone, Debug)]
pub struct OAuthError {
    /// The code.
    pub code: OAuthCode,
    /// What is wrong and what to do, for the client's developer.
    pub description: String,
    status: StatusCode,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl OAuthCode {
    /// As it stands in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::InvalidScope => "invalid_scope",
            Self::AccessDenied => "access_denied",
            Self::ServerError => "server_error",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::InvalidTarget => "invalid_target",
            Self::AuthorizationPending => "authorization_pending",
            Self::SlowDown => "slow_down",
            Self::ExpiredToken => "expired_token",
            Self::InvalidDpopProof => "invalid_dpop_proof",
            Self::UseDpopNonce => "use_dpop_nonce",
            Self::InvalidRequestObject => "invalid_request_object",
            Self::InvalidRequestUri => "invalid_request_uri",
            Self::RequestUriNotSupported => "request_uri_not_supported",
            Self::RequestNotSupported => "request_not_supported",
            Self::LoginRequired => "login_required",
            Self::ConsentRequired => "consent_required",
            Self::InteractionRequired => "interaction_required",
            Self::AccountSelectionRequired => "account_selection_required",
            Self::UnmetAuthenticationRequirements => "unmet_authentication_requirements",
            Self::UnsupportedTokenType => "unsupported_token_type",
            Self::InvalidRedirectUri => "invalid_redirect_uri",
            Self::InvalidClientMetadata => "invalid_client_metadata",
            Self::InvalidToken => "invalid_token",
            Self::InsufficientScope => "insufficient_scope",
        }
    }
    /// The status where nothing else is said.
    const fn status(self) -> StatusCode {
        match self {
            Self::InvalidClient | Self::InvalidToken => StatusCode::UNAUTHORIZED,
            Self::AccessDenied | Self::InsufficientScope => StatusCode::FORBIDDEN,
            Self::ServerError => StatusCode::INTERNAL_SERVER_ERROR,
            Self::TemporarilyUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

impl OAuthError {
    /// An error of a code, with what is wrong and what to do.
    pub fn new(code: OAuthCode, description: impl Into<String>) -> Self {
        Self { code, description: printable(&description.into()), status: code.status(), headers: Vec::new() }
    }
    /// What the store could not do just now.
    pub fn unavailable() -> Self {
        Self::new(OAuthCode::TemporarilyUnavailable, "this cannot be done at present: try again shortly")
            .with_header(header::RETRY_AFTER, HeaderValue::from_static("1"))
    }
    /// What would be one too many of what waits: a fault of nobody's that time mends (RFC 9126, section 2.3).
    pub fn too_many(description: impl Into<String>) -> Self {
        Self::new(OAuthCode::TemporarilyUnavailable, description).with_status(StatusCode::TOO_MANY_REQUESTS)
    }
    /// Another status than the code's own.
    #[must_use]
    pub const fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }
    /// A header besides.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }
    /// The status.
    pub const fn status(&self) -> StatusCode {
        self.status
    }
}

/// Only what `error_description` may have (RFC 6749, section 5.2); all else becomes `?`, quotes become accents.
fn printable(text: &str) -> String {
    let shown = |c: char| match c {
        '"' => '\'',
        ' '..='[' | ']'..='~' => c,
        _ => '?',
    };
    text.chars().take(jeton_core::limits::COMMENT_MAX).map(shown).collect()
}

impl From<StoreError> for OAuthError {
    /// Whatever the memory cannot do is nobody's fault but its own here: use cases look at the errors that callers can cause.
    fn from(error: StoreError) -> Self {
        tracing::warn!(%error, "an OAuth request could not be served");
        Self::unavailable()
    }
}

impl IntoResponse for OAuthError {
    fn into_response(self) -> Response {
        let body = json!({ "error": self.code.as_str(), "error_description": self.description });
        let mut response = Response::new(Body::from(body.to_string()));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        for (name, value) in self.headers {
            headers.append(name, value);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_too_many_is_no_fault_of_the_server() {
        let error = OAuthError::too_many("too many wait");
        assert_eq!((error.status().as_u16(), error.code), (429, OAuthCode::TemporarilyUnavailable));
    }

    #[test]
    fn a_description_stays_within_its_characters() {
        let error = OAuthError::new(OAuthCode::InvalidRequest, "a \"b\" \\ c\r\nd \u{e9}");
        assert_eq!(error.description, "a 'b' ? c??d ?");
    }
}
