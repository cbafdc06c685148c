//! The answer of the token endpoint (RFC 6749, section 5.1): the one place where the texts of tokens leave.

use super::{Terms, Wanted};
use crate::http::respond::{self, REVISION};
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use jeton_core::{binding::Binding, change::Revision, jose::PlainJwt};
use serde_json::{Value, json};
use zeroize::Zeroizing;

/// The JSON body, secrets included. `Debug` shows nothing of it.
#[derive(Clone)]
pub struct TokenAnswer(Zeroizing<Vec<u8>>);

/// An answer that may be given: what it holds is durable.
#[derive(Clone, Debug)]
pub struct Issued {
    /// The answer.
    pub answer: TokenAnswer,
    /// The place in the change log from which on it holds.
    pub revision: Revision,
}

impl TokenAnswer {
    pub(super) fn of(wanted: &Wanted<'_>, terms: &Terms, access: &str, refresh: Option<&str>, id_token: Option<&PlainJwt>) -> Self {
        let token_type = if matches!(wanted.binding, Some(Binding::Dpop(_))) { "DPoP" } else { "Bearer" };
        let mut body = json!({
            "access_token": access, "token_type": token_type, "expires_in": terms.access_seconds(wanted.actor.at),
        });
        if let Value::Object(members) = &mut body {
            let scope = Some(wanted.scopes.to_spaced()).filter(|scope| !scope.is_empty());
            let texts = [
                ("scope", scope.as_deref()),
                ("refresh_token", refresh),
                ("id_token", id_token.map(PlainJwt::expose)),
                ("issued_token_type", wanted.issued_token_type),
            ];
            members.extend(texts.into_iter().filter_map(|(name, text)| Some((name.to_owned(), Value::from(text?)))));
        }
        Self(Zeroizing::new(body.to_string().into_bytes()))
    }
    /// An answer that was given before, as it was sealed.
    pub const fn again(body: Zeroizing<Vec<u8>>) -> Self {
        Self(body)
    }
    /// The body: for the answer that gives it, and for sealing.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Debug for TokenAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenAnswer(redacted)")
    }
}

impl Issued {
    /// The answer over HTTP.
    pub fn render(&self) -> Response {
        let mut response = respond::bytes(StatusCode::OK, Bytes::copy_from_slice(self.answer.expose()));
        let headers = response.headers_mut();
        headers.insert(REVISION, HeaderValue::from(self.revision.0));
        headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
        response
    }
}
