//! Suspending, resuming and revoking one token: a page that asks, and the form that it sends. Each is done when its answer comes.

use super::{
    id_of,
    rotate::{open, place_of},
};
use crate::{
    authority::Shared,
    own_tokens::{self, Act},
    pages::{
        confirm::{self, Question},
        error,
        form::Form,
        frame::see_other,
        visitor::Visitor,
    },
    transition::TransitionRequest,
};
use axum::{
    extract::{Path, State},
    response::Response,
};
use jeton_core::facts::TokenState;

/// Why a token is revoked: value and words.
const REASONS: [(&str, &str); 5] = [
    ("unused", "Nobody needs it any more"),
    ("leaked", "It leaked, or may have"),
    ("replaced", "Another one replaces it"),
    ("owner_left", "Who had it is gone"),
    ("other", "Something else"),
];

/// What is asked and done.
struct Deed {
    act: Act,
    to: TokenState,
    verb: &'static str,
    button: &'static str,
    meaning: &'static str,
    done: &'static str,
}

const SUSPEND: Deed = Deed {
    act: Act::Suspend,
    to: TokenState::Suspended,
    verb: "suspend",
    button: "Suspend",
    meaning: "It is refused from the next request on, and whatever was derived from it, until it is resumed.",
    done: "suspended",
};
const RESUME: Deed = Deed {
    act: Act::Resume,
    to: TokenState::Active,
    verb: "resume",
    button: "Resume",
    meaning: "It works again at once, and whatever was derived from it.",
    done: "resumed",
};
const REVOKE: Deed = Deed {
    act: Act::Revoke,
    to: TokenState::Revoked,
    verb: "revoke",
    button: "Revoke",
    meaning: "It is refused from the next request on, and whatever was derived from it. Nothing brings it back: what still needs it needs another token.",
    done: "revoked",
};

/// `GET /dashboard/tokens/{id}/suspend`.
pub async fn ask_suspend(State(authority): State<Shared>, Path(id): Path<String>, visitor: Visitor) -> Response {
    SUSPEND.ask(&authority, &id, &visitor).await
}

/// `POST /dashboard/tokens/{id}/suspend`.
pub async fn suspend(State(authority): State<Shared>, Path(id): Path<String>, form: Form) -> Response {
    SUSPEND.make(&authority, &id, &form).await
}

/// `GET /dashboard/tokens/{id}/resume`.
pub async fn ask_resume(State(authority): State<Shared>, Path(id): Path<String>, visitor: Visitor) -> Response {
    RESUME.ask(&authority, &id, &visitor).await
}

/// `POST /dashboard/tokens/{id}/resume`.
pub async fn resume(State(authority): State<Shared>, Path(id): Path<String>, form: Form) -> Response {
    RESUME.make(&authority, &id, &form).await
}

/// `GET /dashboard/tokens/{id}/revoke`.
pub async fn ask_revoke(State(authority): State<Shared>, Path(id): Path<String>, visitor: Visitor) -> Response {
    REVOKE.ask(&authority, &id, &visitor).await
}

/// `POST /dashboard/tokens/{id}/revoke`.
pub async fn revoke(State(authority): State<Shared>, Path(id): Path<String>, form: Form) -> Response {
    REVOKE.make(&authority, &id, &form).await
}

impl Deed {
    async fn ask(&self, authority: &Shared, id: &str, visitor: &Visitor) -> Response {
        let detail = match open(authority, visitor, id, self.act).await {
            Ok(detail) => detail,
            Err(answer) => return answer,
        };
        let back = format!("/dashboard/tokens/{}", detail.record.id);
        let question = Question {
            heading: &format!("{} “{}”?", self.button, detail.name),
            meaning: &[self.meaning.to_owned()],
            action: &format!("{back}/{}", self.verb),
            fields: &[],
            reasons: if self.act == Act::Revoke { &REASONS } else { &[] },
            with_comment: self.act != Act::Resume,
            button: self.button,
            is_danger: self.act == Act::Revoke,
            back: &back,
        };
        confirm::page(visitor, place_of(visitor, &detail), &question)
    }
    async fn make(&self, authority: &Shared, id: &str, form: &Form) -> Response {
        let visitor = match form.person(authority).await {
            Ok(visitor) => visitor,
            Err(answer) => return answer,
        };
        let id = match id_of(&visitor, id) {
            Ok(id) => id,
            Err(answer) => return answer,
        };
        let text = |name: &str| Some(form.field(name).trim().to_owned()).filter(|text| !text.is_empty());
        let asked = TransitionRequest { reason: text("reason"), comment: text("comment"), ..TransitionRequest::default() };
        match own_tokens::transition(authority, &visitor.caller, id, self.to, asked).await {
            Ok(_) => see_other(&format!("/dashboard/tokens/{id}?done={}", self.done)),
            Err(problem) => error::problem(&visitor, &problem),
        }
    }
}
