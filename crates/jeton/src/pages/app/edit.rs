//! `GET` and `POST /dashboard/apps/new` and `/dashboard/apps/{id}/edit`: registering an app, and changing it; and taking a change back that
//! waits.

use super::{
    fields::{self, KindChoice, ScopeChoice},
    id_of,
};
use crate::{
    authority::Shared,
    clients, logo,
    own_apps::{self, OwnApp, Picture},
    pages::{
        error,
        filled::Filled,
        form::Form,
        frame::{Frame, Page, render, see_other},
        navigation::Place,
        upload::Upload,
        visitor::Visitor,
    },
};
use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use http::StatusCode;
use jeton_store::client::ClientState;

#[derive(Template)]
#[template(path = "app/form.html")]
struct FormPage<'p> {
    frame: Frame,
    /// The app that is changed; `None` for another one.
    app: Option<&'p OwnApp>,
    logo: Option<String>,
    is_approved: bool,
    kinds: [KindChoice; 4],
    choices: Vec<ScopeChoice>,
    filled: Filled,
    csrf: &'p str,
}

impl Page for FormPage<'_> {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

fn form_page(authority: &Shared, visitor: &Visitor, app: Option<&OwnApp>, filled: Filled, status: StatusCode) -> Response {
    let title = app.map_or_else(|| "Register an app".to_owned(), |own| format!("Change {}", own.client.name));
    let page = FormPage {
        frame: visitor.frame(title, Place::MyApps),
        logo: app.and_then(|own| own_apps::shown_logo(&own.client)),
        is_approved: app.is_some_and(|own| own.client.state == ClientState::Approved),
        kinds: fields::kinds(),
        choices: fields::choices(authority, &visitor.caller),
        app,
        filled,
        csrf: &visitor.csrf,
    };
    render(status, &page, &[])
}

/// `GET /dashboard/apps/new`.
pub async fn show_new(State(authority): State<Shared>, visitor: Visitor) -> Response {
    form_page(&authority, &visitor, None, fields::begun(), StatusCode::OK)
}

/// `POST /dashboard/apps/new`.
pub async fn register_app(State(authority): State<Shared>, upload: Upload) -> Response {
    let visitor = match upload.form.person(&authority).await {
        Ok(visitor) => visitor,
        Err(answer) => return answer,
    };
    let again = |filled: Filled, status| form_page(&authority, &visitor, None, filled, status);
    let filled = Filled::again(&upload.form.fields);
    let picture = match picture(&upload.form, upload.file).await {
        Ok(picture) => picture,
        Err(rule) => return again(filled.faulty("logo", rule), StatusCode::BAD_REQUEST),
    };
    let Some(wish) = fields::wish(&upload.form, picture) else { return error::stale_form() };
    match own_apps::register(&authority, &visitor.caller, wish).await {
        Ok((client, _)) => see_other(&format!("/dashboard/apps/{}?done=registered", client.id)),
        Err(problem) => again(filled.refused(&problem, &fields::FIELDS), problem.status()),
    }
}

/// The picture that came, read and made small.
async fn picture(form: &Form, file: Option<Vec<u8>>) -> Result<Picture, String> {
    match file {
        Some(bytes) => logo::read(bytes).await.map(Picture::New).map_err(|fault| fault.to_string()),
        None if form.field("no_logo") == "yes" => Ok(Picture::None),
        None => Ok(Picture::Keep),
    }
}

/// An app that the visitor may change.
pub(super) async fn open(authority: &Shared, visitor: &Visitor, id: &str) -> Result<OwnApp, Response> {
    let id = id_of(visitor, id)?;
    own_apps::open(authority, &visitor.caller, id).await.map_err(|problem| error::problem(visitor, &problem))
}

/// `GET /dashboard/apps/{id}/edit`.
pub async fn show_edit(State(authority): State<Shared>, Path(id): Path<String>, visitor: Visitor) -> Response {
    match open(&authority, &visitor, &id).await {
        Ok(own) => {
            let purpose = own.app.as_ref().map_or("", |app| app.purpose.as_str());
            let filled = fields::filled(clients::waiting(&own.client), purpose);
            form_page(&authority, &visitor, Some(&own), filled, StatusCode::OK)
        }
        Err(answer) => answer,
    }
}

/// `POST /dashboard/apps/{id}/edit`.
pub async fn edit_app(State(authority): State<Shared>, Path(id): Path<String>, upload: Upload) -> Response {
    let visitor = match upload.form.person(&authority).await {
        Ok(visitor) => visitor,
        Err(answer) => return answer,
    };
    let own = match open(&authority, &visitor, &id).await {
        Ok(own) => own,
        Err(answer) => return answer,
    };
    let again = |filled: Filled, status| form_page(&authority, &visitor, Some(&own), filled, status);
    let filled = Filled::again(&upload.form.fields);
    let picture = match picture(&upload.form, upload.file).await {
        Ok(picture) => picture,
        Err(rule) => return again(filled.faulty("logo", rule), StatusCode::BAD_REQUEST),
    };
    let Some(wish) = fields::wish(&upload.form, picture) else { return error::stale_form() };
    let version = upload.form.field("version").parse().unwrap_or(0);
    match own_apps::edit(&authority, &visitor.caller, own.client.id, version, wish).await {
        Ok((client, _)) => see_other(&format!("/dashboard/apps/{}?done=saved", client.id)),
        Err(problem) => again(filled.refused(&problem, &fields::FIELDS), problem.status()),
    }
}

/// `POST /dashboard/apps/{id}/withdraw`: the change that waits is taken back.
pub async fn withdraw_change(State(authority): State<Shared>, Path(id): Path<String>, form: Form) -> Response {
    let visitor = match form.person(&authority).await {
        Ok(visitor) => visitor,
        Err(answer) => return answer,
    };
    let id = match id_of(&visitor, &id) {
        Ok(id) => id,
        Err(answer) => return answer,
    };
    let version = form.field("version").parse().unwrap_or(0);
    match own_apps::withdraw_change(&authority, &visitor.caller, id, version).await {
        Ok(_) => see_other(&format!("/dashboard/apps/{id}?done=saved")),
        Err(problem) => error::problem(&visitor, &problem),
    }
}
