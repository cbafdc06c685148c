//! Every problem that is not a denial, and the one table from it to what the caller is told. Never a wildcard arm.

use http::StatusCode;

/// What kind of problem it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemCode {
    /// The body is not JSON that is read here.
    BadJson,
    /// A field breaks a rule.
    BadField,
    /// A query parameter breaks a rule.
    BadQuery,
    /// A header breaks a rule.
    BadHeader,
    /// The body is over its limit.
    TooLarge,
    /// The body is not declared as JSON.
    WrongMediaType,
    /// Nothing of this name here.
    NotFound,
    /// The path is known, the method is not.
    MethodNotAllowed,
    /// There is one of this name already.
    Exists,
    /// It is not in a state in which this can be done, or somebody else was first.
    Conflict,
    /// An idempotency key was used for another request.
    KeyReused,
    /// It has another version than the caller says.
    PreconditionFailed,
    /// The caller must say which version it changes.
    PreconditionRequired,
    /// More is asked for than the caller holds itself.
    WiderThanCaller,
    /// The organisation's policy is against it.
    AgainstPolicy,
    /// The body did not come in time.
    Timeout,
    /// The store does not answer.
    Unavailable,
    /// A fault of the program.
    Internal,
}

/// What is told of a code.
#[derive(Clone, Copy, Debug)]
pub struct Told {
    /// The stable code.
    pub code: &'static str,
    /// The status.
    pub status: StatusCode,
    /// The kind of problem in a few words.
    pub title: &'static str,
    /// What to do.
    pub fix: &'static str,
}

const fn told(code: &'static str, status: StatusCode, title: &'static str, fix: &'static str) -> Told {
    Told { code, status, title, fix }
}

impl ProblemCode {
    /// The table.
    pub const fn told(self) -> Told {
        match self {
            Self::BadJson => told(
                "bad_json",
                StatusCode::BAD_REQUEST,
                "the body is not usable JSON",
                "send one JSON object as `/v1/openapi.json` describes it",
            ),
            Self::BadField => {
                told("bad_field", StatusCode::BAD_REQUEST, "a field breaks a rule", "change the field that `field` names, as `detail` says")
            }
            Self::BadQuery => told(
                "bad_query",
                StatusCode::BAD_REQUEST,
                "a query parameter breaks a rule",
                "change the parameter that `field` names, as `detail` says",
            ),
            Self::BadHeader => told(
                "bad_header",
                StatusCode::BAD_REQUEST,
                "a header breaks a rule",
                "change the header that `field` names, as `detail` says",
            ),
            Self::TooLarge => told(
                "too_large",
                StatusCode::PAYLOAD_TOO_LARGE,
                "the body is over its limit",
                "send less, or split it into several requests",
            ),
            Self::WrongMediaType => told(
                "wrong_media_type",
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "the body is not declared as JSON",
                "send `Content-Type: application/json`",
            ),
            Self::NotFound => told("not_found", StatusCode::NOT_FOUND, "there is no such thing", "check the address and the id"),
            Self::MethodNotAllowed => told(
                "method_not_allowed",
                StatusCode::METHOD_NOT_ALLOWED,
                "this path does not know the method",
                "use one of the methods that the `Allow` header names",
            ),
            Self::Exists => told("exists", StatusCode::CONFLICT, "there is one already", "use the one that is there, or another name"),
            Self::Conflict => told(
                "conflict",
                StatusCode::CONFLICT,
                "it is not in a state in which this can be done",
                "look at it as it is now and decide again",
            ),
            Self::KeyReused => told(
                "idempotency_key_reused",
                StatusCode::UNPROCESSABLE_ENTITY,
                "the idempotency key belongs to another request",
                "send a new key with each new request",
            ),
            Self::PreconditionFailed => told(
                "precondition_failed",
                StatusCode::PRECONDITION_FAILED,
                "it was changed since it was read",
                "read it again and send its new `ETag` in `If-Match`",
            ),
            Self::PreconditionRequired => told(
                "precondition_required",
                StatusCode::PRECONDITION_REQUIRED,
                "the change must say which version it is for",
                "send the `ETag` of what was read in `If-Match`, or its `version` in the body",
            ),
            Self::WiderThanCaller => told(
                "wider_than_caller",
                StatusCode::FORBIDDEN,
                "nobody can give what he does not hold",
                "ask for less, or use a management token that holds it",
            ),
            Self::AgainstPolicy => told(
                "against_policy",
                StatusCode::FORBIDDEN,
                "the organisation's policy is against it",
                "keep to the rule that `detail` names, or ask an owner or operator to change the policy",
            ),
            Self::Timeout => {
                told("timeout", StatusCode::REQUEST_TIMEOUT, "the body did not come in time", "send the whole body without pauses")
            }
            Self::Unavailable => told(
                "unavailable",
                StatusCode::SERVICE_UNAVAILABLE,
                "this cannot be done at present",
                "try again shortly; if it lasts, tell the operator",
            ),
            Self::Internal => told(
                "internal",
                StatusCode::INTERNAL_SERVER_ERROR,
                "the server failed",
                "tell the operator the `request_id`; trying again does no harm where an `Idempotency-Key` was sent",
            ),
        }
    }
}
