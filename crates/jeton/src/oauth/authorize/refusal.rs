//! How an authorization request is refused: by a page, or by an answer to the client.

use super::{Answer, shown};
use crate::oauth::{OAuthCode, OAuthError};
use axum::response::Response;
use jeton_store::StoreError;

/// A request that is not granted.
#[derive(Debug)]
pub enum Refusal {
    /// Nobody is sent anywhere; the words are for the client's developer.
    Page(OAuthCode, String),
    /// The client is told.
    Told(Box<Answer>),
    /// It is nobody's fault, and may work in a moment.
    Unavailable(OAuthError),
}

impl Refusal {
    /// A page with words for the client's developer.
    pub fn page(code: OAuthCode, words: impl Into<String>) -> Self {
        Self::Page(code, words.into())
    }
    /// The client is told.
    pub fn told(answer: Answer) -> Self {
        Self::Told(Box::new(answer))
    }
    /// As an answer to the browser.
    pub fn render(self) -> Response {
        match self {
            Self::Page(code, words) => {
                tracing::info!(code = code.as_str(), words, "an authorization request was refused without a redirect");
                shown::fault(code, &words)
            }
            Self::Told(answer) => answer.render(),
            Self::Unavailable(_) => shown::unavailable(),
        }
    }
    /// As an answer to the client itself, where it pushed the request.
    pub fn into_error(self) -> OAuthError {
        match self {
            Self::Page(code, words) => OAuthError::new(code, words).with_status(http::StatusCode::BAD_REQUEST),
            Self::Told(answer) => answer.into_error(),
            Self::Unavailable(error) => error,
        }
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Unavailable(error.into())
    }
}
