//! `GET` and `POST /setup/api`, `GET /setup/done`: what the server is called, the first API, and what to do next.

use crate::{
    apis::{self, AddApiRequest},
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
};
use askama::Template;
use axum::{extract::State, response::Response};
use http::{HeaderMap, StatusCode, header};
use jeton_core::{
    api::{Api, ApiScope},
    fault::Invalid,
    kind::TokenFormat,
    limits,
    name::{Audience, Name},
    scope::Scope,
};
use jeton_store::StoreError;

#[derive(Template)]
#[template(path = "setup/api.html")]
struct ApiPage {
    frame: Frame,
    csrf: String,
    issuer: String,
    /// The address that the browser is at, where it is another one.
    elsewhere: Option<String>,
    /// The name of an API that there is already, as in the demonstration.
    there: Option<String>,
    filled: Filled,
}

#[derive(Template)]
#[template(path = "setup/done.html")]
struct DonePage {
    frame: Frame,
    /// The first API that there is besides the management interface.
    audience: Option<String>,
    scope: Option<String>,
    /// The page that issues a token for it.
    issue: String,
    /// What issues a token for it.
    command: String,
}

impl Page for ApiPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

impl Page for DonePage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

const FIELDS: [&str; 3] = ["audience", "name", "scopes"];

/// `GET /setup/api`.
pub async fn show_api(State(authority): State<Shared>, allowed: Allowed<ApisWrite>, headers: HeaderMap) -> Response {
    let begun = Filled::with([("audience", ""), ("name", ""), ("scopes", "orders:read = Read orders\norders:write = Place orders")]);
    show(&authority, allowed.visitor, &headers, begun).await
}

async fn show(authority: &Shared, visitor: Visitor, headers: &HeaderMap, filled: Filled) -> Response {
    let Ok(first) = first_api(authority, &visitor).await else { return error::unavailable() };
    let there = first.map(|api| api.name.as_str().to_owned());
    let issuer = authority.config.issuer.clone();
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let is_here =
        url::Url::parse(&issuer).is_ok_and(|own| own.origin().ascii_serialization().split_once("://").is_some_and(|(_, own)| own == host));
    let elsewhere = (!is_here).then(|| host.to_owned());
    let status = if filled.is_refused() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let frame = visitor.frame("Your first API", Place::Elsewhere);
    render(status, &ApiPage { frame, csrf: visitor.csrf, issuer, elsewhere, there, filled }, &[])
}

/// `POST /setup/api`.
pub async fn add_api(State(authority): State<Shared>, form: Form) -> Response {
    let visitor = match form.visitor::<ApisWrite>(&authority).await {
        Ok(visitor) => visitor,
        Err(refusal) => return refusal,
    };
    let added = match read(&form) {
        Ok(asked) => apis::add(&authority, &visitor.caller, asked).await.map(drop),
        Err(problem) => Err(problem),
    };
    match added {
        Ok(()) => see_other("/setup/done"),
        Err(problem) if problem.status().is_server_error() => error::unavailable(),
        Err(problem) => show(&authority, visitor, &form.headers, Filled::again(&form.fields).refused(&problem, &FIELDS)).await,
    }
}

/// The first API of the visitor's organisation besides the management interface.
async fn first_api(authority: &Shared, visitor: &Visitor) -> Result<Option<Api>, StoreError> {
    let all = authority.store.catalogue().await?;
    Ok(all.into_iter().find(|api| api.organisation == visitor.user.organisation && !authority.is_management(&api.audience)))
}

fn read(form: &Form) -> Result<AddApiRequest, Problem> {
    let field = |name: &'static str| move |rule: Invalid| Problem::field(name, &rule);
    Ok(AddApiRequest {
        audience: Audience::parse(form.field("audience").trim()).map_err(field("audience"))?,
        name: Name::parse(form.field("name").trim()).map_err(field("name"))?,
        scopes: scopes(form.field("scopes")).map_err(field("scopes"))?,
        routes: Vec::new(),
        token_format: TokenFormat::Opaque,
        access_token_seconds: None,
        max_staleness_ms: None,
        serve_stale_seconds: None,
        access_token_seconds_by_grant: Default::default(),
        limits: Vec::new(),
    })
}

/// One scope a line, with its words behind `=`.
fn scopes(text: &str) -> Result<Vec<ApiScope>, Invalid> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let read = |line: &str| -> Result<ApiScope, Invalid> {
        let (scope, words) = line.split_once('=').unwrap_or((line, ""));
        let scope = Scope::parse(scope.trim())?;
        Ok(ApiScope { scope, description: words.trim().to_owned(), public: false, sensitive: false })
    };
    let scopes = lines.map(read).collect::<Result<Vec<_>, _>>()?;
    if scopes.len() > limits::SCOPES_MAX {
        return Err(Invalid::new(format!("must be at most {}", limits::SCOPES_MAX)));
    }
    Ok(scopes)
}

/// `GET /setup/done`.
pub async fn show_done(State(authority): State<Shared>, visitor: Visitor) -> Response {
    let Ok(first) = first_api(&authority, &visitor).await else { return error::unavailable() };
    let issue = first.as_ref().map(|api| format!("/dashboard/tokens/new?api={}", api.id)).unwrap_or_default();
    let scope = first.as_ref().and_then(|api| api.scopes.first().map(|own| own.scope.to_string()));
    let audience = first.map(|api| api.audience.as_str().to_owned());
    let with_scope = scope.as_ref().map(|scope| format!(" --scope {scope}")).unwrap_or_default();
    let command = format!("jeton token issue --name first --audience {}{with_scope}", audience.as_deref().unwrap_or_default());
    let frame = visitor.frame("Ready", Place::Elsewhere);
    render(StatusCode::OK, &DonePage { frame, audience, scope, issue, command }, &[])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_stand_one_a_line() {
        let read = scopes("orders:read = Read orders\n\n  orders:write\n").expect("read");
        let told: Vec<_> = read.iter().map(|own| (own.scope.to_string(), own.description.as_str())).collect();
        assert_eq!(told, [("orders:read".to_owned(), "Read orders"), ("orders:write".to_owned(), "")]);
        assert!(scopes("has space").is_err() && scopes(&"a\n".repeat(limits::SCOPES_MAX + 1)).is_err());
    }
}
