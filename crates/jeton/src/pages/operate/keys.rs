//! `/dashboard/keys`: the keys that sign JWTs: their stage and age, and making the next one.

use crate::{
    authority::Shared,
    http::{
        guard::{KeysRead, KeysWrite},
        organisations, view,
    },
    keys::Takeover,
    pages::{
        badge::{Badge, Tone},
        confirm, error,
        form::Form,
        frame::{Frame, Page, render, see_other},
        instant::Instant,
        navigation::Place,
        visitor::Allowed,
        words,
    },
    problem::{Problem, ProblemCode},
};
use askama::Template;
use axum::{extract::State, response::Response};
use http::StatusCode;

#[derive(Template)]
#[template(path = "operate/keys.html")]
struct KeysPage {
    frame: Frame,
    rows: Vec<KeyRow>,
    rotate_every: String,
    may_rotate: bool,
}

struct KeyRow {
    kid: String,
    algorithm: String,
    stage: Badge,
    published: Instant,
    signs_from: Instant,
    removed: Option<Instant>,
}

impl Page for KeysPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

fn stage(word: &str) -> Badge {
    let (words, tone) = match word {
        "signing" => ("Signs", Tone::Good),
        "published" => ("Published, signs later", Tone::New),
        "verifying" => ("Verifies what it signed", Tone::Quiet),
        _ => ("Removed", Tone::Quiet),
    };
    Badge { words, tone }
}

/// `GET /dashboard/keys`.
pub(super) async fn show_keys(State(authority): State<Shared>, allowed: Allowed<KeysRead>) -> Response {
    let visitor = allowed.visitor;
    let rows = view::key::show(authority.keys.list(), authority.now()).into_iter().map(|key| KeyRow {
        stage: stage(key.stage),
        kid: key.kid,
        algorithm: key.algorithm,
        published: key.published_at.into(),
        signs_from: key.signs_from.into(),
        removed: key.removed_at.map(Instant::from),
    });
    let page = KeysPage {
        frame: visitor.frame("Signing keys", Place::Keys),
        rows: rows.collect(),
        rotate_every: words::life(authority.config.signing.rotate_every.0),
        may_rotate: visitor.may::<KeysWrite>() && organisations::only_main(&authority, &visitor.caller).is_ok(),
    };
    render(StatusCode::OK, &page, &[])
}

/// `GET /dashboard/keys/rotate`: asks.
pub(super) async fn ask_rotate(allowed: Allowed<KeysWrite>) -> Response {
    let meaning = [
        "A new key is made and published now. It begins to sign when everybody who verifies has had time to fetch it.".to_owned(),
        "The present key goes on verifying until the last token that it signed has ended. Nothing stops working.".to_owned(),
    ];
    let question = confirm::Question {
        heading: "Make the next signing key?",
        meaning: &meaning,
        action: "/dashboard/keys/rotate",
        fields: &[],
        reasons: &[],
        with_comment: false,
        button: "Make it",
        is_danger: false,
        back: "/dashboard/keys",
    };
    confirm::page(&allowed.visitor, Place::Keys, &question)
}

/// `POST /dashboard/keys/rotate`.
pub(super) async fn rotate(State(authority): State<Shared>, form: Form) -> Response {
    let visitor = match form.visitor::<KeysWrite>(&authority).await {
        Ok(visitor) => visitor,
        Err(refusal) => return refusal,
    };
    if let Err(problem) = organisations::only_main(&authority, &visitor.caller) {
        return error::problem(&visitor, &problem);
    }
    let now = authority.now();
    match authority.keys.rotate_at(&visitor.caller.actor(now), None, Takeover::Published, now).await {
        Ok(_) => see_other("/dashboard/keys?done=rotated"),
        Err(fault) => {
            tracing::error!(%fault, "the signing keys could not be rotated");
            error::problem(&visitor, &Problem::new(ProblemCode::Unavailable, "the signing keys cannot be rotated at present"))
        }
    }
}
