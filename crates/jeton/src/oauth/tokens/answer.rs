//! The answer of the token endpoint (RFC 6749, section 5.1): the one place where the texts of tokens leave.

use super::{Terms, Wanted};
use crate::http::respond::{self, REVISION};
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use jeton_core::{binding::Binding, change::Revision, jose::PlainJwt};
use serde::Serialize;
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

/// The members of the answer.
#[derive(Serialize)]
struct Members<'m> {
    access_token: &'m str,
    expires_in: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<&'m str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    issued_token_type: Option<&'m str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'m str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'m str>,
    token_type: &'static str,
}

/// Room for the names of the members and what else is short.
const BESIDES: usize = 256;

impl TokenAnswer {
    pub(super) fn of(wanted: &Wanted<'_>, terms: &Terms, access: &str, refresh: Option<&str>, id_token: Option<&PlainJwt>) -> Self {
        let scope = wanted.scopes.to_spaced();
        let members = Members {
            access_token: access,
            expires_in: terms.access_seconds(wanted.actor.at),
            id_token: id_token.map(PlainJwt::expose),
            issued_token_type: wanted.issued_token_type,
            refresh_token: refresh,
            scope: Some(scope.as_str()).filter(|scope| !scope.is_empty()),
            token_type: if matches!(wanted.binding, Some(Binding::Dpop(_))) { "DPoP" } else { "Bearer" },
        };
        let room = BESIDES + access.len() + refresh.map_or(0, str::len) + members.id_token.map_or(0, str::len) + scope.len();
        let mut body = Zeroizing::new(Vec::with_capacity(room));
        // Written in place: no copy of a secret is left behind. Texts and a number can be written.
        let _written = serde_json::to_writer(&mut *body, &members);
        Self(body)
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
