//! `/dashboard/projects`: what API keys belong to: listed, added, renamed, removed.

use super::token_row::TokenRow;
use crate::{
    authority::{Authority, Shared},
    http::{
        guard::{ProjectsRead, ProjectsWrite, TokensRead},
        view::list::page_request,
    },
    pages::{
        confirm, error,
        filled::Filled,
        form::Form,
        frame::{Frame, Page, render, see_other},
        instant::Instant,
        navigation::Place,
        visitor::{Allowed, Visitor},
    },
    problem::Problem,
};
use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use http::StatusCode;
use jeton_core::{id::ProjectId, name::Name};
use jeton_store::{page::PageRequest, project::Project, token::TokenFilter};

#[derive(Template)]
#[template(path = "operate/projects.html")]
struct ProjectsPage {
    frame: Frame,
    csrf: String,
    filled: Filled,
    rows: Vec<(String, String, Instant)>,
    may_write: bool,
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "operate/project.html")]
struct ProjectPage {
    frame: Frame,
    csrf: String,
    filled: Filled,
    id: String,
    name: String,
    added: Instant,
    version: i64,
    rows: Option<Vec<TokenRow>>,
    may_write: bool,
}

impl Page for ProjectsPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

impl Page for ProjectPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

/// `GET /dashboard/projects`.
pub(super) async fn show_projects(State(authority): State<Shared>, allowed: Allowed<ProjectsRead>) -> Response {
    list(&authority, &allowed.visitor, Filled::default()).await
}

async fn list(authority: &Authority, visitor: &Visitor, filled: Filled) -> Response {
    let status = if filled.is_refused() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    match gather(authority, visitor, filled).await {
        Ok(page) => render(status, &page, &[]),
        Err(problem) => error::problem(visitor, &problem),
    }
}

async fn gather(authority: &Authority, visitor: &Visitor, filled: Filled) -> Result<ProjectsPage, Problem> {
    // The cursor of this list is a name, which may hold anything that a name may.
    let page = PageRequest { after: visitor.query.find("after").map(str::to_owned), limit: page_request(None, None)?.limit };
    let found = authority.store.list_projects(visitor.caller.organisation(), page).await?;
    let row = |project: Project| (project.id.to_string(), project.name.as_str().to_owned(), project.created_at.into());
    Ok(ProjectsPage {
        frame: visitor.frame("Projects", Place::Projects),
        csrf: visitor.csrf.clone(),
        filled,
        rows: found.items.into_iter().map(row).collect(),
        may_write: visitor.may::<ProjectsWrite>(),
        next: found.next.map(|after| {
            format!("/dashboard/projects?{}", url::form_urlencoded::Serializer::new(String::new()).append_pair("after", &after).finish())
        }),
    })
}

/// `POST /dashboard/projects`: adds one.
pub(super) async fn add(State(authority): State<Shared>, form: Form) -> Response {
    let visitor = match form.visitor::<ProjectsWrite>(&authority).await {
        Ok(visitor) => visitor,
        Err(refusal) => return refusal,
    };
    let filled = Filled::again(&form.fields);
    let name = match Name::parse(form.field("name").trim()) {
        Ok(name) => name,
        Err(rule) => return list(&authority, &visitor, filled.faulty("name", rule.rule)).await,
    };
    let now = authority.now();
    let id = ProjectId::from_random(rand::random());
    let project = Project { id, organisation: visitor.caller.organisation(), name, created_at: now, version: 1 };
    match authority.store.insert_project(project, visitor.caller.actor(now)).await.map_err(Problem::from) {
        Ok(_) => see_other("/dashboard/projects?done=added"),
        Err(problem) => list(&authority, &visitor, filled.refused(&problem, &["name"])).await,
    }
}

/// `GET /dashboard/projects/{id}`.
pub(super) async fn show_project(State(authority): State<Shared>, allowed: Allowed<ProjectsRead>, Path(id): Path<String>) -> Response {
    one(&authority, &allowed.visitor, &id, Filled::default()).await
}

async fn one(authority: &Authority, visitor: &Visitor, id: &str, filled: Filled) -> Response {
    let Ok(id) = ProjectId::parse(id) else { return error::not_found(visitor) };
    let status = if filled.is_refused() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    match detail(authority, visitor, id, filled).await {
        Ok(page) => render(status, &page, &[]),
        Err(problem) => error::problem(visitor, &problem),
    }
}

async fn detail(authority: &Authority, visitor: &Visitor, id: ProjectId, filled: Filled) -> Result<ProjectPage, Problem> {
    let (organisation, now) = (visitor.caller.organisation(), authority.now());
    let project = authority.store.show_project(organisation, id).await?;
    let rows = if visitor.may::<TokensRead>() {
        let filter = TokenFilter { project: Some(id), ..TokenFilter::default() };
        let found = authority.store.list_tokens(organisation, &filter, &PageRequest { after: None, limit: 20 }).await?;
        Some(found.items.into_iter().map(|detail| TokenRow::of(detail, now)).collect())
    } else {
        None
    };
    let filled = if filled.is_refused() { filled } else { Filled::with([("name", project.name.as_str())]) };
    Ok(ProjectPage {
        frame: visitor.frame(project.name.as_str(), Place::Projects),
        csrf: visitor.csrf.clone(),
        filled,
        id: id.to_string(),
        name: project.name.as_str().to_owned(),
        added: project.created_at.into(),
        version: project.version,
        rows,
        may_write: visitor.may::<ProjectsWrite>(),
    })
}

/// `POST /dashboard/projects/{id}`: renames it.
pub(super) async fn rename(State(authority): State<Shared>, Path(id): Path<String>, form: Form) -> Response {
    let visitor = match form.visitor::<ProjectsWrite>(&authority).await {
        Ok(visitor) => visitor,
        Err(refusal) => return refusal,
    };
    let filled = Filled::again(&form.fields);
    let Ok(project) = ProjectId::parse(&id) else { return error::not_found(&visitor) };
    let Ok(version) = form.field("version").parse() else {
        return error::bad_form(StatusCode::BAD_REQUEST, "it does not say which version was looked at");
    };
    let name = match Name::parse(form.field("name").trim()) {
        Ok(name) => name,
        Err(rule) => return one(&authority, &visitor, &id, filled.faulty("name", rule.rule)).await,
    };
    let actor = visitor.caller.actor(authority.now());
    match authority.store.edit_project(visitor.caller.organisation(), project, version, name, actor).await.map_err(Problem::from) {
        Ok(_) => see_other(&format!("/dashboard/projects/{id}?done=saved")),
        Err(problem) if problem.status() == StatusCode::NOT_FOUND => error::not_found(&visitor),
        Err(problem) => one(&authority, &visitor, &id, filled.refused(&problem, &["name"])).await,
    }
}

/// `GET /dashboard/projects/{id}/remove`: asks.
pub(super) async fn ask_remove(State(authority): State<Shared>, allowed: Allowed<ProjectsWrite>, Path(id): Path<String>) -> Response {
    let visitor = allowed.visitor;
    let Ok(id) = ProjectId::parse(&id) else { return error::not_found(&visitor) };
    let project = match authority.store.show_project(visitor.caller.organisation(), id).await {
        Ok(project) => project,
        Err(fault) => return error::problem(&visitor, &fault.into()),
    };
    let meaning = ["It can be removed when no token belongs to it that is not revoked.".to_owned()];
    confirm::removal(&visitor, Place::Projects, project.name.as_str(), &format!("/dashboard/projects/{id}"), &meaning)
}

/// `POST /dashboard/projects/{id}/remove`.
pub(super) async fn remove(State(authority): State<Shared>, Path(id): Path<String>, form: Form) -> Response {
    let visitor = match form.visitor::<ProjectsWrite>(&authority).await {
        Ok(visitor) => visitor,
        Err(refusal) => return refusal,
    };
    let Ok(id) = ProjectId::parse(&id) else { return error::not_found(&visitor) };
    let actor = visitor.caller.actor(authority.now());
    match authority.store.remove_project(visitor.caller.organisation(), id, actor).await.map_err(Problem::from) {
        Ok(()) => see_other("/dashboard/projects?done=removed"),
        Err(problem) => error::problem(&visitor, &problem),
    }
}
