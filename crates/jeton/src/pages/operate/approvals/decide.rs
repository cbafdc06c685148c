//! Deciding about an app: approving it for all or part of what it wants, rejecting it, suspending and resuming it.

use super::show;
use crate::{
    authority::Shared,
    clients::{self, ApproveClientRequest, RejectClientRequest, SuspendClientRequest},
    http::guard::ClientsApprove,
    pages::{error, filled::Filled, form::Form, frame::see_other, visitor::Visitor},
    problem::Problem,
};
use axum::{
    extract::{Path, State},
    response::Response,
};
use http::StatusCode;
use jeton_core::{id::ClientId, scope::ScopeSet};

/// What a form of the page says: who sends it, about which app, and which version was looked at.
async fn read(authority: &Shared, form: &Form, id: &str) -> Result<(Visitor, ClientId), Response> {
    let visitor = form.visitor::<ClientsApprove>(authority).await?;
    match ClientId::parse(id) {
        Ok(id) => Ok((visitor, id)),
        Err(_) => Err(error::not_found(&visitor)),
    }
}

#[expect(clippy::result_large_err, reason = "the refusal is given as it is, once")]
fn version(form: &Form) -> Result<i64, Response> {
    form.field("version").parse().map_err(|_| error::bad_form(StatusCode::BAD_REQUEST, "it does not say which version was looked at"))
}

/// The page that the form stood on.
fn page_of(form: &Form) -> &'static str {
    if form.field("page") == "apps" { "apps" } else { "approvals" }
}

async fn answer<T>(authority: &Shared, visitor: &Visitor, id: ClientId, form: &Form, done: &str, outcome: Result<T, Problem>) -> Response {
    match outcome {
        Ok(_) => see_other(&format!("/dashboard/{}/{id}?done={done}", page_of(form))),
        Err(problem) if problem.field_name() == Some("reason") => {
            show::page(authority, visitor, id, Filled::again(&form.fields).refused(&problem, &["reason"])).await
        }
        Err(problem) => error::problem(visitor, &problem),
    }
}

/// `POST /dashboard/approvals/{client}/approve`.
pub(in crate::pages::operate) async fn approve(State(authority): State<Shared>, Path(id): Path<String>, form: Form) -> Response {
    let (visitor, id) = match read(&authority, &form, &id).await {
        Ok(read) => read,
        Err(refusal) => return refusal,
    };
    let version = match version(&form) {
        Ok(version) => version,
        Err(refusal) => return refusal,
    };
    let chosen: Vec<&str> = form.fields.all("scopes").collect();
    let Ok(scopes) = ScopeSet::parse_list(&chosen) else {
        return error::bad_form(StatusCode::BAD_REQUEST, "it names a scope that is none");
    };
    let asked = ApproveClientRequest { version: None, scopes: Some(scopes) };
    let outcome = clients::approve(&authority, &visitor.caller, id, version, asked).await;
    answer(&authority, &visitor, id, &form, "approved", outcome).await
}

/// `POST /dashboard/approvals/{client}/reject`.
pub(in crate::pages::operate) async fn reject(State(authority): State<Shared>, Path(id): Path<String>, form: Form) -> Response {
    let (visitor, id) = match read(&authority, &form, &id).await {
        Ok(read) => read,
        Err(refusal) => return refusal,
    };
    let version = match version(&form) {
        Ok(version) => version,
        Err(refusal) => return refusal,
    };
    let reason = form.field("reason").split_whitespace().collect::<Vec<_>>().join(" ");
    let outcome = clients::reject(&authority, &visitor.caller, id, version, RejectClientRequest { version: None, reason }).await;
    answer(&authority, &visitor, id, &form, "rejected", outcome).await
}

/// `POST /dashboard/approvals/{client}/suspend`.
pub(in crate::pages::operate) async fn suspend(State(authority): State<Shared>, Path(id): Path<String>, form: Form) -> Response {
    let (visitor, id) = match read(&authority, &form, &id).await {
        Ok(read) => read,
        Err(refusal) => return refusal,
    };
    let reason = Some(form.field("reason").trim().to_owned()).filter(|reason| !reason.is_empty());
    let outcome = clients::suspend(&authority, &visitor.caller, id, SuspendClientRequest { reason }).await;
    answer(&authority, &visitor, id, &form, "suspended", outcome).await
}

/// `POST /dashboard/approvals/{client}/resume`.
pub(in crate::pages::operate) async fn resume(State(authority): State<Shared>, Path(id): Path<String>, form: Form) -> Response {
    let (visitor, id) = match read(&authority, &form, &id).await {
        Ok(read) => read,
        Err(refusal) => return refusal,
    };
    let outcome = clients::resume(&authority, &visitor.caller, id).await;
    answer(&authority, &visitor, id, &form, "resumed", outcome).await
}
