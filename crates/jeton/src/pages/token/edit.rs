//! `GET` and `POST /dashboard/tokens/{id}/edit`: another name, a nearer end, fewer networks and calls; and
//! `POST /dashboard/tokens/{id}/shrink`: takes scopes away that nobody used.

use super::{
    form::{self, FieldFault},
    id_of,
    rotate::{open, place_of},
};
use crate::{
    authority::Shared,
    edit::EditRequest,
    own_tokens::{self, Act},
    pages::{
        error,
        filled::Filled,
        form::Form,
        frame::{Frame, Page, render, see_other},
        visitor::Visitor,
    },
};
use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use http::StatusCode;
use jeton_core::{id::TokenId, name::Name, scope::ScopeSet, timestamp::Timestamp};
use jeton_store::token::TokenDetail;

#[derive(Template)]
#[template(path = "token/edit.html")]
struct EditPage<'p> {
    frame: Frame,
    id: TokenId,
    name: &'p str,
    version: i64,
    only_narrower: bool,
    scopes: Vec<String>,
    ends: Option<String>,
    filled: Filled,
    csrf: &'p str,
}

impl Page for EditPage<'_> {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

/// `GET /dashboard/tokens/{id}/edit`.
pub async fn show_edit(State(authority): State<Shared>, Path(id): Path<String>, visitor: Visitor) -> Response {
    let detail = match open(&authority, &visitor, &id, Act::Edit).await {
        Ok(detail) => detail,
        Err(answer) => return answer,
    };
    let policy = &detail.record.policy;
    let routes: Vec<String> = policy.routes.iter().map(ToString::to_string).collect();
    let scopes: Vec<String> = policy.scopes.iter().map(ToString::to_string).collect();
    let (networks, routes) = (form::networks_text(&policy.networks), routes.join("\n"));
    let fields = [("name", detail.name.as_str()), ("life", "keep"), ("networks", networks.as_str()), ("routes", routes.as_str())];
    let filled = Filled::with(fields.into_iter().chain(scopes.iter().map(|scope| ("scopes", scope.as_str()))));
    edit_page(&visitor, &detail, filled, StatusCode::OK)
}

fn edit_page(visitor: &Visitor, detail: &TokenDetail, filled: Filled, status: StatusCode) -> Response {
    let page = EditPage {
        frame: visitor.frame(format!("Edit {}", detail.name), place_of(visitor, detail)),
        id: detail.record.id,
        name: detail.name.as_str(),
        version: detail.version,
        only_narrower: !own_tokens::manages(&visitor.caller, Act::Edit),
        scopes: detail.record.policy.scopes.iter().map(ToString::to_string).collect(),
        ends: detail.record.expires_at.map(form::day_of),
        filled,
        csrf: &visitor.csrf,
    };
    render(status, &page, &[])
}

/// `POST /dashboard/tokens/{id}/edit`.
pub async fn edit_token(State(authority): State<Shared>, Path(id): Path<String>, form: Form) -> Response {
    let visitor = match form.person(&authority).await {
        Ok(visitor) => visitor,
        Err(answer) => return answer,
    };
    let detail = match open(&authority, &visitor, &id, Act::Edit).await {
        Ok(detail) => detail,
        Err(answer) => return answer,
    };
    let filled = Filled::again(&form.fields);
    let asked = match asked(&form, &detail, authority.now()) {
        Ok(asked) => asked,
        Err(FieldFault(field, rule)) => return edit_page(&visitor, &detail, filled.faulty(field, rule), StatusCode::BAD_REQUEST),
    };
    let version = form.field("version").parse().unwrap_or(0);
    match own_tokens::edit(&authority, &visitor.caller, detail.record.id, version, asked).await {
        Ok(_) => see_other(&format!("/dashboard/tokens/{}?done=saved", detail.record.id)),
        Err(problem) => edit_page(&visitor, &detail, filled.refused(&problem, &form::FIELDS), problem.status()),
    }
}

/// What a form changes: what stands there as it was is not asked for, so that an edit of the name alone is one.
fn asked(form: &Form, before: &TokenDetail, now: Timestamp) -> Result<EditRequest, FieldFault> {
    let bad = |field| move |rule: jeton_core::fault::Invalid| FieldFault(field, rule.rule);
    let policy = &before.record.policy;
    let networks = form::networks(form.field("networks")).map_err(bad("networks"))?;
    let routes = form::routes(form.field("routes")).map_err(bad("routes"))?;
    let ticked: Vec<&str> = form.fields.all("scopes").collect();
    let kept = ScopeSet::from_scopes(policy.scopes.iter().filter(|scope| ticked.contains(&scope.as_str())).cloned().collect());
    let expires_in = match form.field("life") {
        "keep" | "" => None,
        word => Some(form::life(word, form.field("until"), now)?),
    };
    Ok(EditRequest {
        name: Some(Name::parse(form.field("name").trim()).map_err(bad("name"))?).filter(|name| *name != before.name),
        scopes: (kept != policy.scopes).then_some(kept),
        networks: (networks != policy.networks).then_some(networks),
        routes: (routes != policy.routes).then_some(routes),
        expires_in,
        ..EditRequest::default()
    })
}

/// `POST /dashboard/tokens/{id}/shrink`: without the scopes that the form names.
pub async fn shrink_token(State(authority): State<Shared>, Path(id): Path<String>, form: Form) -> Response {
    let visitor = match form.person(&authority).await {
        Ok(visitor) => visitor,
        Err(answer) => return answer,
    };
    let id = match id_of(&visitor, &id) {
        Ok(id) => id,
        Err(answer) => return answer,
    };
    let detail = match own_tokens::show(&authority, &visitor.caller, id).await {
        Ok(detail) => detail,
        Err(problem) => return error::problem(&visitor, &problem),
    };
    let gone: Vec<&str> = form.fields.all("scopes").collect();
    let kept = detail.record.policy.scopes.iter().filter(|scope| !gone.contains(&scope.as_str())).cloned().collect();
    let asked = EditRequest { scopes: Some(ScopeSet::from_scopes(kept)), ..EditRequest::default() };
    let version = form.field("version").parse().unwrap_or(0);
    match own_tokens::edit(&authority, &visitor.caller, id, version, asked).await {
        Ok(_) => see_other(&format!("/dashboard/tokens/{id}?done=saved")),
        Err(problem) => error::problem(&visitor, &problem),
    }
}
