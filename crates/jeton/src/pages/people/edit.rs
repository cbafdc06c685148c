//! `GET` and `POST /dashboard/people/{id}/edit`: the name, address and role of a person.

use super::roles_below;
use crate::{
    authority::Shared,
    http::guard::UsersWrite,
    pages::{
        error,
        filled::Filled,
        form::Form,
        frame::{Frame, Page, render, see_other},
        navigation::Place,
        visitor::{Allowed, Visitor},
    },
    problem::Problem,
    users::{self, EditUserRequest},
};
use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use http::StatusCode;
use jeton_core::{id::UserId, name::Name};
use jeton_store::StoreError;

#[derive(Template)]
#[template(path = "people/edit.html")]
struct EditPage {
    frame: Frame,
    csrf: String,
    id: UserId,
    filled: Filled,
    roles: Vec<(&'static str, &'static str)>,
}

impl Page for EditPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

const FIELDS: [&str; 3] = ["name", "email", "role"];

/// `GET /dashboard/people/{id}/edit`.
pub async fn show_edit(State(authority): State<Shared>, Path(id): Path<String>, allowed: Allowed<UsersWrite>) -> Response {
    let visitor = allowed.visitor;
    let Ok(id) = UserId::parse(&id) else { return error::not_found(&visitor) };
    match authority.store.show_user(visitor.user.organisation, id).await {
        Ok(user) => {
            let version = user.version.to_string();
            let email = user.email.as_deref().unwrap_or_default();
            let filled =
                Filled::with([("name", user.name.as_str()), ("email", email), ("role", user.role.as_str()), ("version", version.as_str())]);
            show(visitor, id, filled)
        }
        Err(StoreError::NotFound(_)) => error::not_found(&visitor),
        Err(_) => error::unavailable(),
    }
}

fn show(visitor: Visitor, id: UserId, filled: Filled) -> Response {
    let status = if filled.is_refused() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let frame = visitor.frame("Edit a person", Place::People);
    render(status, &EditPage { frame, id, filled, roles: roles_below(visitor.user.role), csrf: visitor.csrf }, &[])
}

/// `POST /dashboard/people/{id}/edit`.
pub async fn edit(State(authority): State<Shared>, Path(id): Path<String>, form: Form) -> Response {
    let visitor = match form.visitor::<UsersWrite>(&authority).await {
        Ok(visitor) => visitor,
        Err(refusal) => return refusal,
    };
    let Ok(id) = UserId::parse(&id) else { return error::not_found(&visitor) };
    let version = form.field("version").parse().ok();
    let edited = match read(&form) {
        Ok(asked) => users::edit(&authority, &visitor.caller, id, version, asked).await.map(drop),
        Err(problem) => Err(problem),
    };
    match edited {
        Ok(()) => see_other(&format!("/dashboard/people/{id}?done=saved")),
        Err(problem) if problem.status() == StatusCode::NOT_FOUND => error::not_found(&visitor),
        Err(problem) if problem.status().is_server_error() => error::unavailable(),
        Err(problem) => show(visitor, id, Filled::again(&form.fields).refused(&problem, &FIELDS)),
    }
}

fn read(form: &Form) -> Result<EditUserRequest, Problem> {
    let name = Name::parse(form.field("name").trim()).map_err(|rule| Problem::field("name", &rule))?;
    let email = Some(form.field("email").trim()).filter(|email| !email.is_empty()).map(str::to_owned);
    let role = Some(form.field("role")).filter(|role| !role.is_empty()).map(str::to_owned);
    Ok(EditUserRequest { version: None, name: Some(name), email: Some(email), role, disabled: None })
}
