//! The answer to an authorization request (RFC 6749, sections 4.1.2 and 4.1.2.1; RFC 9207): what goes to the client's address.
//!
//! Always carries `iss`, and `state` where the request had one. Redirects by `303`, never by a status that repeats a post.

use super::shown;
use crate::{
    authority::Authority,
    oauth::{OAuthCode, OAuthError},
};
use axum::{body::Body, response::Response};
use http::{HeaderValue, StatusCode, header};
use jeton_core::oauth::authorization_request::{AnswerTo, RequestCode, ResponseMode};

/// What goes to a registered address. `Debug` shows no code.
#[derive(Clone)]
pub struct Answer {
    to: AnswerTo,
    issuer: String,
    outcome: Outcome,
}

#[derive(Clone)]
enum Outcome {
    Code(String),
    Error(OAuthError),
}

impl Answer {
    /// A code.
    pub(super) fn code(authority: &Authority, to: &AnswerTo, code: String) -> Self {
        Self { to: to.clone(), issuer: authority.config.issuer.clone(), outcome: Outcome::Code(code) }
    }
    /// An error.
    pub(super) fn error(authority: &Authority, to: &AnswerTo, code: OAuthCode, words: impl Into<String>) -> Self {
        Self { to: to.clone(), issuer: authority.config.issuer.clone(), outcome: Outcome::Error(OAuthError::new(code, words)) }
    }
    /// The error in it, for who asks without a browser.
    pub(super) fn into_error(self) -> OAuthError {
        match self.outcome {
            Outcome::Error(error) => error.with_status(StatusCode::BAD_REQUEST),
            Outcome::Code(_) => OAuthError::unavailable(),
        }
    }
    fn fields(&self) -> Vec<(&str, &str)> {
        let mut fields: Vec<(&str, &str)> = match &self.outcome {
            Outcome::Code(code) => vec![("code", code)],
            Outcome::Error(error) => vec![("error", error.code.as_str()), ("error_description", &error.description)],
        };
        fields.extend(self.to.state.as_deref().map(|state| ("state", state)));
        fields.push(("iss", &self.issuer));
        fields
    }
    /// As an answer to the browser, which carries it on.
    pub fn render(self) -> Response {
        if let Outcome::Error(error) = &self.outcome {
            tracing::info!(client = self.to.client_id, code = error.code.as_str(), words = error.description, "a client was told an error");
        }
        let fields = self.fields();
        match self.to.response_mode {
            ResponseMode::FormPost => shown::form_post(&self.to.redirect_uri, &fields),
            ResponseMode::Query => see_other(&with_query(&self.to.redirect_uri, &fields)),
        }
    }
}

/// An address with these fields behind whatever query it has; that query stays as it was registered.
fn with_query(address: &str, fields: &[(&str, &str)]) -> String {
    let mut added = url::form_urlencoded::Serializer::new(String::new());
    added.extend_pairs(fields);
    let separator = match address.split_once('?') {
        None => "?",
        Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
        Some(_) => "&",
    };
    format!("{address}{separator}{}", added.finish())
}

fn see_other(address: &str) -> Response {
    let Ok(location) = HeaderValue::try_from(address) else { return shown::unavailable() };
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    response.headers_mut().insert(header::LOCATION, location);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The registered code of a fault of a request.
pub(super) const fn code_of(code: RequestCode) -> OAuthCode {
    match code {
        RequestCode::InvalidRequest => OAuthCode::InvalidRequest,
        RequestCode::UnsupportedResponseType => OAuthCode::UnsupportedResponseType,
        RequestCode::UnauthorizedClient => OAuthCode::UnauthorizedClient,
        RequestCode::InvalidScope => OAuthCode::InvalidScope,
        RequestCode::InvalidTarget => OAuthCode::InvalidTarget,
    }
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.outcome {
            Outcome::Code(_) => write!(f, "Answer(code to {})", self.to.client_id),
            Outcome::Error(error) => write!(f, "Answer({error:?} to {})", self.to.client_id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_that_was_registered_stays() {
        for (address, whole) in [
            ("https://a.example/cb", "https://a.example/cb?code=a%26b"),
            ("https://a.example/cb?x=%2F", "https://a.example/cb?x=%2F&code=a%26b"),
            ("https://a.example/cb?", "https://a.example/cb?code=a%26b"),
            ("com.example.app:/cb", "com.example.app:/cb?code=a%26b"),
        ] {
            assert_eq!(with_query(address, &[("code", "a&b")]), whole);
        }
    }
}
