//! Problem details (RFC 9457): the one form of every refusal outside OAuth's own. Never repeats a secret, never says more of
//! a foreign organisation's things than that there is none.

pub mod code;

use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use jeton_core::{denial::Denial, fault::Invalid, id::DecisionId, id::RequestId};
use jeton_store::StoreError;
use serde::Serialize;
use std::borrow::Cow;

pub use code::ProblemCode;

/// A refusal on its way out. The request's id is put in where the answer leaves ([`Problem::render`]).
#[derive(Clone, Debug)]
pub struct Problem(Box<Parts>);

#[derive(Clone, Debug)]
struct Parts {
    code: Cow<'static, str>,
    status: StatusCode,
    title: &'static str,
    detail: String,
    fix: Cow<'static, str>,
    field: Option<String>,
    decision_id: Option<DecisionId>,
    headers: HeaderMap,
}

/// The body, as it goes out.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody<'a> {
    /// A relative reference that names the code: `/problems/CODE`.
    #[serde(rename = "type")]
    kind: String,
    /// What this kind of problem is, in a few words.
    title: &'a str,
    /// The HTTP status.
    status: u16,
    /// What is wrong with this request.
    detail: &'a str,
    /// The stable code.
    code: &'a str,
    /// What to do about it.
    fix: &'a str,
    /// The field that breaks a rule, where one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
    /// The decision that refused, where one did: ask for it at `/v1/decisions/{id}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    decision_id: Option<DecisionId>,
    /// The request, as named in the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    request_id: Option<RequestId>,
}

impl Problem {
    /// A problem of a code, with what is wrong with this request in particular.
    pub fn new(code: ProblemCode, detail: impl Into<String>) -> Self {
        let told = code.told();
        Self(Box::new(Parts {
            code: Cow::Borrowed(told.code),
            status: told.status,
            title: told.title,
            detail: detail.into(),
            fix: Cow::Borrowed(told.fix),
            field: None,
            decision_id: None,
            headers: HeaderMap::new(),
        }))
    }
    /// A field that breaks a rule; the rule is the end of a sentence that begins with the field's name.
    pub fn field(field: &str, rule: &Invalid) -> Self {
        let mut problem = Self::new(ProblemCode::BadField, format!("`{field}` {rule}"));
        problem.0.field = Some(field.to_owned());
        problem
    }
    /// Nothing of this name, in this organisation.
    pub fn not_found(what: &str) -> Self {
        Self::new(ProblemCode::NotFound, format!("there is no such {what}"))
    }
    /// A refusal of the gate, for callers of the management interface.
    pub fn denied(denial: &Denial, decision: DecisionId) -> Self {
        let told = denial.answer();
        Self(Box::new(Parts {
            code: Cow::Borrowed(told.code),
            status: StatusCode::from_u16(told.status).unwrap_or(StatusCode::FORBIDDEN),
            title: "the token does not permit this",
            detail: told.description.to_owned(),
            fix: Cow::Borrowed(told.fix),
            field: None,
            decision_id: Some(decision),
            headers: HeaderMap::new(),
        }))
    }
    /// Names the field that is meant.
    #[must_use]
    pub fn at(mut self, field: &str) -> Self {
        self.0.field = Some(field.to_owned());
        self
    }
    /// Says what to do in other words than the code's own.
    #[must_use]
    pub fn fixed_by(mut self, fix: impl Into<Cow<'static, str>>) -> Self {
        self.0.fix = fix.into();
        self
    }
    /// Adds a header to the answer.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.append(name, value);
        self
    }
    /// The status.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }
    /// The stable code.
    pub fn code(&self) -> &str {
        &self.0.code
    }
    /// What kind of problem it is.
    pub fn title(&self) -> &'static str {
        self.0.title
    }
    /// What to do about it.
    pub fn fix(&self) -> &str {
        &self.0.fix
    }
    /// What is wrong.
    pub fn detail(&self) -> &str {
        &self.0.detail
    }
    /// The field that breaks a rule.
    pub fn field_name(&self) -> Option<&str> {
        self.0.field.as_deref()
    }
    /// The body as JSON.
    pub fn body(&self, request: Option<RequestId>) -> Vec<u8> {
        let body = ProblemBody {
            kind: format!("/problems/{}", self.0.code),
            title: self.0.title,
            status: self.0.status.as_u16(),
            detail: &self.0.detail,
            code: &self.0.code,
            fix: &self.0.fix,
            field: self.0.field.as_deref(),
            decision_id: self.0.decision_id,
            request_id: request,
        };
        serde_json::to_vec(&body).unwrap_or_default()
    }
    /// The whole answer.
    pub fn render(&self, request: Option<RequestId>) -> Response {
        let body = Bytes::from(self.body(request));
        let mut response = Response::new(axum::body::Body::from(body));
        *response.status_mut() = self.0.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.extend(self.0.headers.clone());
        response
    }
}

impl IntoResponse for Problem {
    /// Only a marker: the outermost layer renders it with the request's id.
    fn into_response(self) -> Response {
        let mut response = Response::new(axum::body::Body::empty());
        *response.status_mut() = self.0.status;
        response.extensions_mut().insert(self);
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound(what) => Self::not_found(what),
            StoreError::Exists(what) => Self::new(ProblemCode::Exists, format!("there is {what} already")),
            StoreError::Conflict(why) => Self::new(ProblemCode::Conflict, why),
            StoreError::Outdated { found } => crate::http::condition::outdated(found),
            StoreError::BadCursor => Self::new(ProblemCode::BadQuery, "`cursor` must be the `next` of the page before").at("cursor"),
            StoreError::KeyReused => {
                Self::new(ProblemCode::KeyReused, "this `Idempotency-Key` was used before for another request").at("Idempotency-Key")
            }
            StoreError::Unavailable(cause) => {
                tracing::warn!(cause, "the database did not answer a management request");
                Self::unavailable()
            }
            StoreError::RolledBack(cause) | StoreError::Damaged(cause) => {
                tracing::error!(cause, "the store refuses to go on");
                Self::new(ProblemCode::Unavailable, "the store refuses to go on: what is kept outside of it does not fit")
                    .fixed_by("have the operator run `jeton doctor`")
            }
            StoreError::Tampered { table, id } => {
                tracing::error!(table, id, "a row was changed from outside and is not believed");
                Self::new(ProblemCode::Unavailable, "what is stored does not carry its mark and is not believed")
                    .fixed_by("have the operator run `jeton doctor`")
            }
        }
    }
}

impl Problem {
    /// The database does not answer; nothing was done.
    pub fn unavailable() -> Self {
        Self::new(ProblemCode::Unavailable, "the database does not answer at present; nothing was changed")
            .with_header(header::RETRY_AFTER, HeaderValue::from_static("1"))
    }
    /// Something that must not happen; the cause is in the log under the request's id.
    pub fn internal(cause: &str) -> Self {
        tracing::error!(cause, "a request failed inside");
        Self::new(ProblemCode::Internal, "the request failed inside the server; the log has the cause under the request's id")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_field_is_named_with_its_rule() {
        let problem = Problem::field("name", &Invalid::new("must be short"));
        let body: serde_json::Value = serde_json::from_slice(&problem.body(None)).expect("JSON");
        assert_eq!(body["detail"], "`name` must be short");
        assert_eq!(body["field"], "name");
        assert_eq!(body["type"], "/problems/bad_field");
        assert_eq!(body["status"], 400);
    }
}
