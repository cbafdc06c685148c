//! `/dashboard/apis/new` and `/dashboard/apis/{id}/edit`: an API as a form, with a row for each scope, route and limit. Another row comes
//! by a button that sends the form and shows it again, or by a script in its place. Decides nothing: `apis` does.

mod fill;
mod read;
mod rows;

use crate::{
    apis::{self, EditApiRequest},
    authority::Shared,
    http::guard::ApisWrite,
    pages::{
        error,
        filled::Filled,
        form::Form,
        frame::{Frame, Page, render, see_other},
        navigation::Place,
        visitor::{Allowed, Visitor},
    },
    problem::Problem,
    session::{ACR_MULTI_FACTOR, ACR_PASSWORD},
};
use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use fill::fill;
use http::StatusCode;
use jeton_core::{id::ApiId, oauth::grant_lives::LivesByGrant};
use read::{Faults, read};
use rows::Rows;

#[derive(Template)]
#[template(path = "operate/api_form.html")]
struct ApiFormPage {
    frame: Frame,
    csrf: String,
    filled: Filled,
    rows: Rows,
    /// Where the form goes.
    action: String,
    back: String,
    is_new: bool,
    version: i64,
}

impl ApiFormPage {
    /// Whether something is said or wrong in a part of the form that is folded otherwise.
    fn is_open(&self, names: &[&str]) -> bool {
        names.iter().any(|name| !self.filled.value(name).is_empty() || self.filled.fault_of(name).is_some())
    }
    fn has_lives(&self) -> bool {
        self.is_open(&LIVES.map(|(name, _)| name)) || self.filled.fault_of("access_token_seconds_by_grant").is_some()
    }
    fn has_staleness(&self) -> bool {
        self.is_open(&["max_staleness_ms", "serve_stale_seconds"])
    }
}

impl Page for ApiFormPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

const FORMATS: [(&str, &str); 2] = [("opaque", "Opaque"), ("jwt", "JWT")];
/// What a scope can be besides its name.
const KINDS: [(&str, &str); 3] = [("", "Ordinary"), ("public", "Public"), ("sensitive", "Sensitive")];
/// By what somebody must have signed in.
const SIGN_INS: [(&str, &str); 3] = [("", "Any"), (ACR_PASSWORD, "A person's, by whatever means"), (ACR_MULTI_FACTOR, "With two factors")];
/// By what calls are counted together.
const PER: [(&str, &str); 5] =
    [("token", "Each token"), ("subject", "Each subject"), ("client", "Each app"), ("project", "Each project"), ("everybody", "Everybody")];
const ON_UNAVAILABLE: [(&str, &str); 2] = [("deny", "Refused"), ("allow", "Let through")];
/// Lives by grant type: the names of the fields, and what they stand for.
const LIVES: [(&str, &str); 6] = [
    ("life.authorization_code", "Signing in"),
    ("life.refresh_token", "Refreshing"),
    ("life.client_credentials", "Client credentials"),
    ("life.device_code", "Devices"),
    ("life.token_exchange", "Token exchange"),
    ("life.jwt_bearer", "JWT assertions"),
];
/// Fields that are no row, and places for what is wrong with all rows of a kind.
const FIELDS: [&str; 10] = [
    "audience",
    "name",
    "scopes",
    "routes",
    "limits",
    "token_format",
    "access_token_seconds",
    "access_token_seconds_by_grant",
    "max_staleness_ms",
    "serve_stale_seconds",
];

/// The lives that are said for an API, with how tokens are had that have them.
pub(super) fn lives(said: &LivesByGrant) -> Vec<(&'static str, u32)> {
    LIVES.iter().zip(fill::lives(said)).filter_map(|((_, words), seconds)| Some((*words, seconds?))).collect()
}

/// What the form is about.
enum About {
    New,
    Old { id: ApiId, version: i64 },
}

impl About {
    /// The page. `more` names the kind of row that there is to be one more of.
    fn page(&self, visitor: &Visitor, filled: Filled, more: &str) -> ApiFormPage {
        let (title, action, back, version) = match self {
            Self::New => ("Add an API", "/dashboard/apis/new".to_owned(), "/dashboard/apis".to_owned(), 0),
            Self::Old { id, version } => ("Edit an API", format!("/dashboard/apis/{id}/edit"), format!("/dashboard/apis/{id}"), *version),
        };
        ApiFormPage {
            frame: visitor.frame(title, Place::Apis),
            csrf: visitor.csrf.clone(),
            rows: Rows::of(&filled, more),
            filled,
            action,
            back,
            is_new: matches!(self, Self::New),
            version,
        }
    }
    /// The page once more with what was typed, and a row more where that is what was asked for.
    fn more(&self, visitor: &Visitor, form: &Form) -> Option<Response> {
        let more = form.fields.find("more")?;
        Some(render(StatusCode::OK, &self.page(visitor, Filled::again(&form.fields), more), &[]))
    }
    /// The page once more with what is wrong.
    fn again(&self, visitor: &Visitor, form: &Form, refused: Refused) -> Response {
        let filled = Filled::again(&form.fields);
        let (status, filled) = match refused {
            Refused::Fields(faults) => {
                (StatusCode::BAD_REQUEST, faults.into_iter().fold(filled, |filled, (field, rule)| filled.faulty(&field, rule)))
            }
            Refused::Whole(problem) => (problem.status(), filled.refused(&problem, &FIELDS)),
        };
        render(status, &self.page(visitor, filled, ""), &[])
    }
}

/// Why nothing was changed.
enum Refused {
    /// Fields that cannot be read.
    Fields(Faults),
    /// What the use case says.
    Whole(Problem),
}

impl From<Faults> for Refused {
    fn from(faults: Faults) -> Self {
        Self::Fields(faults)
    }
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self::Whole(problem)
    }
}

/// `GET /dashboard/apis/new`.
pub(super) async fn show_new(allowed: Allowed<ApisWrite>) -> Response {
    render(StatusCode::OK, &About::New.page(&allowed.visitor, Filled::with([("token_format", "opaque")]), ""), &[])
}

/// `GET /dashboard/apis/{id}/edit`.
pub(super) async fn show_edit(State(authority): State<Shared>, allowed: Allowed<ApisWrite>, Path(id): Path<String>) -> Response {
    let visitor = allowed.visitor;
    let Ok(id) = ApiId::parse(&id) else { return error::not_found(&visitor) };
    match authority.store.show_api(visitor.caller.organisation(), id).await.map_err(Problem::from) {
        Ok(stored) => {
            let about = About::Old { id, version: stored.version };
            render(StatusCode::OK, &about.page(&visitor, fill(&stored.api), ""), &[])
        }
        Err(problem) => error::problem(&visitor, &problem),
    }
}

/// `POST /dashboard/apis/new`.
pub(super) async fn add(State(authority): State<Shared>, form: Form) -> Response {
    let visitor = match form.visitor::<ApisWrite>(&authority).await {
        Ok(visitor) => visitor,
        Err(refusal) => return refusal,
    };
    if let Some(longer) = About::New.more(&visitor, &form) {
        return longer;
    }
    let outcome: Result<_, Refused> = async {
        let asked = read(&form.fields, form.field("audience").trim(), &[])?;
        Ok(apis::add(&authority, &visitor.caller, asked).await?)
    }
    .await;
    match outcome {
        Ok((stored, _)) => see_other(&format!("/dashboard/apis/{}?done=added", stored.api.id)),
        Err(refused) => About::New.again(&visitor, &form, refused),
    }
}

/// `POST /dashboard/apis/{id}/edit`.
pub(super) async fn edit(State(authority): State<Shared>, Path(id): Path<String>, form: Form) -> Response {
    let visitor = match form.visitor::<ApisWrite>(&authority).await {
        Ok(visitor) => visitor,
        Err(refusal) => return refusal,
    };
    let Ok(id) = ApiId::parse(&id) else { return error::not_found(&visitor) };
    let Ok(version) = form.field("version").parse() else {
        return error::bad_form(StatusCode::BAD_REQUEST, "it does not say which version was looked at");
    };
    let before = match authority.store.show_api(visitor.caller.organisation(), id).await.map_err(Problem::from) {
        Ok(stored) => stored.api,
        Err(problem) => return error::problem(&visitor, &problem),
    };
    let about = About::Old { id, version };
    if let Some(longer) = about.more(&visitor, &form) {
        return longer;
    }
    let outcome: Result<_, Refused> = async {
        let asked = read(&form.fields, before.audience.as_str(), &before.routes)?;
        let asked = EditApiRequest {
            version: None,
            audience: None,
            name: Some(asked.name),
            scopes: Some(asked.scopes),
            routes: Some(asked.routes),
            token_format: Some(asked.token_format),
            access_token_seconds: Some(asked.access_token_seconds),
            access_token_seconds_by_grant: Some(asked.access_token_seconds_by_grant),
            limits: Some(asked.limits),
            max_staleness_ms: Some(asked.max_staleness_ms),
            serve_stale_seconds: Some(asked.serve_stale_seconds),
        };
        Ok(apis::edit(&authority, &visitor.caller, id, version, asked).await?)
    }
    .await;
    match outcome {
        Ok(_) => see_other(&format!("/dashboard/apis/{id}?done=saved")),
        Err(refused) => about.again(&visitor, &form, refused),
    }
}
