//! `/dashboard/apis`: the APIs that tokens are for, one of them with its scopes and routes, which scope a call takes, and removing one.

use super::api_form;
use crate::{
    apis,
    authority::{Authority, Shared},
    http::{
        guard::{ApisRead, ApisWrite, TokensRead},
        view::list::page_request,
    },
    pages::{
        confirm, error,
        filled::Filled,
        form::Form,
        frame::{Frame, Page, render, see_other},
        navigation::Place,
        visitor::{Allowed, Visitor},
        words,
    },
    problem::Problem,
    token_search::TokenQuery,
};
use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use http::StatusCode;
use jeton_core::{
    api::Api,
    id::ApiId,
    path::{NormalPath, PathRules},
};
use jeton_store::api::StoredApi;

#[derive(Template)]
#[template(path = "operate/apis.html")]
struct ApisPage {
    frame: Frame,
    rows: Vec<(String, String, String, usize, usize)>,
    may_write: bool,
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "operate/api.html")]
struct ApiPage {
    frame: Frame,
    filled: Filled,
    id: String,
    api: Api,
    is_built_in: bool,
    /// Lives of access tokens by how they are had.
    lives: Vec<(&'static str, u32)>,
    /// The query of the list of its tokens that are alive, for who may look at it. They are not counted here: that would look at all.
    alive: Option<String>,
    answer: Option<String>,
    may_write: bool,
}

impl Page for ApisPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

impl Page for ApiPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

/// `GET /dashboard/apis`.
pub(super) async fn show_apis(State(authority): State<Shared>, allowed: Allowed<ApisRead>) -> Response {
    let visitor = allowed.visitor;
    match gather(&authority, &visitor).await {
        Ok(page) => render(StatusCode::OK, &page, &[]),
        Err(problem) => error::problem(&visitor, &problem),
    }
}

async fn gather(authority: &Authority, visitor: &Visitor) -> Result<ApisPage, Problem> {
    let page = page_request(visitor.query.find("after").map(str::to_owned), None)?;
    let found = authority.store.list_apis(visitor.caller.organisation(), page).await?;
    let row = |stored: StoredApi| {
        let api = stored.api;
        (api.id.to_string(), api.name.as_str().to_owned(), api.audience.as_str().to_owned(), api.scopes.len(), api.routes.len())
    };
    Ok(ApisPage {
        frame: visitor.frame("APIs", Place::Apis),
        rows: found.items.into_iter().map(row).collect(),
        may_write: visitor.may::<ApisWrite>(),
        next: found.next.map(|after| format!("/dashboard/apis?after={after}")),
    })
}

/// `GET /dashboard/apis/{id}`.
pub(super) async fn show_api(State(authority): State<Shared>, allowed: Allowed<ApisRead>, Path(id): Path<String>) -> Response {
    let visitor = allowed.visitor;
    let Ok(id) = ApiId::parse(&id) else { return error::not_found(&visitor) };
    match detail(&authority, &visitor, id).await {
        Ok(page) => render(StatusCode::OK, &page, &[]),
        Err(problem) => error::problem(&visitor, &problem),
    }
}

async fn detail(authority: &Authority, visitor: &Visitor, id: ApiId) -> Result<ApiPage, Problem> {
    let api = authority.store.show_api(visitor.caller.organisation(), id).await?.api;
    let search = TokenQuery { audience: Some(api.audience.clone()), ..TokenQuery::default() };
    let alive = visitor.may::<TokensRead>().then(|| format!("{}&state=alive", search.to_query()));
    let typed = |name: &str| visitor.query.find(name).map(str::trim).unwrap_or_default();
    let answer = (!typed("path").is_empty()).then(|| explain(&api, typed("method"), typed("path")));
    Ok(ApiPage {
        frame: visitor.frame(api.name.as_str(), Place::Apis),
        filled: Filled::again(&visitor.query),
        id: id.to_string(),
        is_built_in: authority.is_management(&api.audience),
        lives: api_form::lives(&api.access_token_seconds_by_grant),
        alive,
        answer,
        may_write: visitor.may::<ApisWrite>() && !authority.is_management(&api.audience),
        api,
    })
}

/// Which route a call falls under, and what it takes, in words.
fn explain(api: &Api, method: &str, path: &str) -> String {
    let method = if method.is_empty() { "GET".to_owned() } else { method.to_ascii_uppercase() };
    let Ok(path) = NormalPath::parse(path, PathRules::default()) else {
        return "The gate refuses this path before it looks at a token: it is not in its normal form.".to_owned();
    };
    match api.route_for(&method, &path) {
        Some(route) if route.scopes.is_empty() => format!("It falls under {}, which takes any token for this API.", route.route),
        Some(route) => {
            format!("It falls under {}, which takes a token with {}.", route.route, route.scopes.to_spaced().replace(' ', " and "))
        }
        None if api.routes.is_empty() => "The API declares no routes: any token for it passes.".to_owned(),
        None => "No route of the API covers it: nobody may make this call.".to_owned(),
    }
}

/// `GET /dashboard/apis/{id}/remove`: asks, with what hangs on it.
pub(super) async fn ask_remove(State(authority): State<Shared>, allowed: Allowed<ApisWrite>, Path(id): Path<String>) -> Response {
    let visitor = allowed.visitor;
    let Ok(id) = ApiId::parse(&id) else { return error::not_found(&visitor) };
    let api = match authority.store.show_api(visitor.caller.organisation(), id).await {
        Ok(stored) => stored.api,
        Err(fault) => return error::problem(&visitor, &fault.into()),
    };
    let meaning = [
        "It can be removed when no token is for it that is not revoked.".to_owned(),
        format!("Calls to {} are refused from then on.", api.audience),
    ];
    confirm::removal(&visitor, Place::Apis, api.name.as_str(), &format!("/dashboard/apis/{id}"), &meaning)
}

/// `POST /dashboard/apis/{id}/remove`.
pub(super) async fn remove(State(authority): State<Shared>, Path(id): Path<String>, form: Form) -> Response {
    let visitor = match form.visitor::<ApisWrite>(&authority).await {
        Ok(visitor) => visitor,
        Err(refusal) => return refusal,
    };
    let Ok(id) = ApiId::parse(&id) else { return error::not_found(&visitor) };
    match apis::remove(&authority, &visitor.caller, id).await {
        Ok(_) => see_other("/dashboard/apis?done=removed"),
        Err(problem) => error::problem(&visitor, &problem),
    }
}
