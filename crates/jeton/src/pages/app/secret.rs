//! `GET` and `POST /dashboard/apps/{id}/secret`: making an app's secret, or another one. The answer shows it, this once.

use super::{
    edit::open,
    id_of,
    settings::{self, Setting},
};
use crate::{
    authority::{Authority, Shared},
    clients::RotateSecretRequest,
    own_apps::{self, OwnApp},
    pages::{
        error,
        filled::Filled,
        form::Form,
        frame::{Frame, Page, render},
        instant::Instant,
        navigation::Place,
        token::Snippet,
        visitor::Visitor,
    },
    problem::{Problem, ProblemCode},
};
use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use http::StatusCode;
use jeton_store::token::TokenDetail;
use zeroize::Zeroizing;

/// The overlaps to choose from: value and words.
pub const OVERLAPS: [(&str, &str); 4] =
    [("86400", "For a day"), ("604800", "For a week"), ("3600", "For an hour"), ("0", "Not at all: it leaked")];

#[derive(Template)]
#[template(path = "app/secret.html")]
struct SecretPage<'p> {
    frame: Frame,
    id: String,
    name: &'p str,
    generation: i64,
    has_one: bool,
    running_until: Option<Instant>,
    filled: Filled,
    csrf: &'p str,
}

#[derive(Template)]
#[template(path = "app/made.html")]
struct MadePage {
    frame: Frame,
    id: String,
    name: String,
    secret: Zeroizing<String>,
    words: String,
    settings: Vec<Setting>,
    snippets: Vec<Snippet>,
}

impl Page for SecretPage<'_> {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

impl Page for MadePage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

/// Where an app's secrets lie.
async fn anchor(authority: &Authority, own: &OwnApp) -> Result<TokenDetail, Problem> {
    Ok(authority.store.show_token(own.client.organisation, own.client.id.anchor()).await?)
}

fn secret_page(
    authority: &Authority,
    visitor: &Visitor,
    own: &OwnApp,
    anchor: &TokenDetail,
    filled: Filled,
    status: StatusCode,
) -> Response {
    let running = anchor.record.secrets.previous.map(|(_, until)| until).filter(|until| *until > authority.now());
    let page = SecretPage {
        frame: visitor.frame(format!("Secret of {}", own.client.name), Place::MyApps),
        id: own.client.id.to_string(),
        name: own.client.name.as_str(),
        generation: anchor.generation,
        has_one: !anchor.hint.is_empty(),
        running_until: running.map(Instant::from),
        filled,
        csrf: &visitor.csrf,
    };
    render(status, &page, &[])
}

/// `GET /dashboard/apps/{id}/secret`.
pub async fn ask_secret(State(authority): State<Shared>, Path(id): Path<String>, visitor: Visitor) -> Response {
    let own = match open(&authority, &visitor, &id).await {
        Ok(own) => own,
        Err(answer) => return answer,
    };
    match anchor(&authority, &own).await {
        Ok(anchor) => secret_page(&authority, &visitor, &own, &anchor, Filled::with([("overlap", "86400")]), StatusCode::OK),
        Err(problem) => error::problem(&visitor, &problem),
    }
}

/// `POST /dashboard/apps/{id}/secret`: answered with the secret, this once.
pub async fn make_secret(State(authority): State<Shared>, Path(id): Path<String>, form: Form) -> Response {
    let visitor = match form.person(&authority).await {
        Ok(visitor) => visitor,
        Err(answer) => return answer,
    };
    let own = match open(&authority, &visitor, &id).await {
        Ok(own) => own,
        Err(answer) => return answer,
    };
    let before = match anchor(&authority, &own).await {
        Ok(anchor) => anchor,
        Err(problem) => return error::problem(&visitor, &problem),
    };
    let filled = Filled::again(&form.fields);
    // A form that is sent again makes no other secret.
    if form.field("generation").parse() != Ok(before.generation) {
        let told = Problem::new(
            ProblemCode::Conflict,
            "a secret was made meanwhile, and it is not shown again: make another one where it is lost",
        );
        return secret_page(&authority, &visitor, &own, &before, filled.refused(&told, &[]), told.status());
    }
    let word = form.field("overlap");
    let overlap_seconds = if before.hint.is_empty() { 0 } else { word.parse().unwrap_or(0) };
    let end_running_overlap = form.field("end_running_overlap") == "yes";
    let asked = RotateSecretRequest { overlap_seconds, end_running_overlap };
    let id = match id_of(&visitor, &id) {
        Ok(id) => id,
        Err(answer) => return answer,
    };
    match own_apps::make_secret(&authority, &visitor.caller, id, asked).await {
        Ok((made, _)) => {
            let issuer = authority.config.issuer.trim_end_matches('/');
            let registration = &own.client.registration;
            let words = match overlap_seconds {
                0 => "Copy it now and keep it where secrets are kept: it is shown this once.".to_owned(),
                _ => {
                    format!("Copy it now: it is shown this once. The one before works until {}.", Instant::from(made.previous_until).people)
                }
            };
            let page = MadePage {
                frame: visitor.frame("The secret", Place::MyApps),
                id: id.to_string(),
                name: own.client.name.as_str().to_owned(),
                secret: made.secret,
                words,
                settings: settings::settings(issuer, &own.client.client_id, registration),
                snippets: settings::snippets(issuer, &own.client.client_id, registration),
            };
            render(StatusCode::OK, &page, &[])
        }
        Err(problem) => secret_page(&authority, &visitor, &own, &before, filled.refused(&problem, &[]), problem.status()),
    }
}
