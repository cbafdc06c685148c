//! `/dashboard/apis/new` and `/dashboard/apis/{id}/edit`: an API as a form; scopes and routes are written as the command line takes
//! them, one on each line.

use crate::{
    apis::{self, AddApiRequest, EditApiRequest},
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
use axum::{
    extract::{Path, State},
    response::Response,
};
use http::StatusCode;
use jeton_core::{
    api::{Api, ApiRoute, ApiScope},
    fault::Invalid,
    id::ApiId,
    kind::TokenFormat,
    name::{Audience, Name},
    oauth::parameters::Parameters,
    route::Route,
    scope::{Scope, ScopeSet},
};

#[derive(Template)]
#[template(path = "operate/api_form.html")]
struct ApiFormPage {
    frame: Frame,
    csrf: String,
    filled: Filled,
    /// Where the form goes.
    action: String,
    back: String,
    is_new: bool,
    version: i64,
}

impl Page for ApiFormPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

const FORMATS: [(&str, &str); 2] = [("opaque", "Opaque"), ("jwt", "JWT")];
/// The fields of a form that faults can stand at.
const FIELDS: [&str; 7] = ["audience", "name", "scopes", "public_scopes", "sensitive_scopes", "routes", "access_token_seconds"];

/// What the form is about.
enum About {
    New,
    Old { id: ApiId, version: i64 },
}

impl About {
    fn page(&self, visitor: &Visitor, filled: Filled) -> ApiFormPage {
        let (title, action, back, version) = match self {
            Self::New => ("Add an API", "/dashboard/apis/new".to_owned(), "/dashboard/apis".to_owned(), 0),
            Self::Old { id, version } => ("Edit an API", format!("/dashboard/apis/{id}/edit"), format!("/dashboard/apis/{id}"), *version),
        };
        ApiFormPage {
            frame: visitor.frame(title, Place::Apis),
            csrf: visitor.csrf.clone(),
            filled,
            action,
            back,
            is_new: matches!(self, Self::New),
            version,
        }
    }
}

/// `GET /dashboard/apis/new`.
pub(super) async fn show_new(allowed: Allowed<ApisWrite>) -> Response {
    let page = About::New.page(&allowed.visitor, Filled::with([("token_format", "opaque")]));
    render(StatusCode::OK, &page, &[])
}

/// `GET /dashboard/apis/{id}/edit`.
pub(super) async fn show_edit(State(authority): State<Shared>, allowed: Allowed<ApisWrite>, Path(id): Path<String>) -> Response {
    let visitor = allowed.visitor;
    let Ok(id) = ApiId::parse(&id) else { return error::not_found(&visitor) };
    match authority.store.show_api(visitor.caller.organisation(), id).await.map_err(Problem::from) {
        Ok(stored) => {
            let about = About::Old { id, version: stored.version };
            render(StatusCode::OK, &about.page(&visitor, fill(&stored.api)), &[])
        }
        Err(problem) if problem.status() == StatusCode::NOT_FOUND => error::not_found(&visitor),
        Err(problem) => error::problem(&visitor, &problem),
    }
}

/// `POST /dashboard/apis/new`.
pub(super) async fn add(State(authority): State<Shared>, form: Form) -> Response {
    let visitor = match form.visitor::<ApisWrite>(&authority).await {
        Ok(visitor) => visitor,
        Err(refusal) => return refusal,
    };
    let outcome = async {
        let read = read(&form.fields)?;
        let audience = Audience::parse(form.field("audience").trim()).map_err(|rule| Problem::field("audience", &rule))?;
        let asked = AddApiRequest {
            audience,
            name: read.name,
            scopes: read.scopes,
            routes: read.routes,
            token_format: read.token_format,
            access_token_seconds: read.access_token_seconds,
            access_token_seconds_by_grant: Default::default(),
            limits: Vec::new(),
            max_staleness_ms: None,
            serve_stale_seconds: None,
        };
        apis::add(&authority, &visitor.caller, asked).await
    };
    match outcome.await {
        Ok((stored, _)) => see_other(&format!("/dashboard/apis/{}?done=added", stored.api.id)),
        Err(problem) => again(&visitor, &About::New, &form, &problem),
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
    let about = About::Old { id, version };
    let outcome = async {
        let read = read(&form.fields)?;
        let before = authority.store.show_api(visitor.caller.organisation(), id).await?.api;
        let asked = EditApiRequest {
            version: None,
            audience: None,
            name: Some(read.name),
            scopes: Some(read.scopes),
            routes: Some(kept(read.routes, &before)),
            token_format: Some(read.token_format),
            access_token_seconds: Some(read.access_token_seconds),
            access_token_seconds_by_grant: None,
            limits: None,
            max_staleness_ms: None,
            serve_stale_seconds: None,
        };
        apis::edit(&authority, &visitor.caller, id, version, asked).await
    };
    match outcome.await {
        Ok(_) => see_other(&format!("/dashboard/apis/{id}?done=saved")),
        Err(problem) if problem.status() == StatusCode::NOT_FOUND => error::not_found(&visitor),
        Err(problem) => again(&visitor, &about, &form, &problem),
    }
}

/// What a route demands that the form does not show stays as it was.
fn kept(routes: Vec<ApiRoute>, before: &Api) -> Vec<ApiRoute> {
    let keep = |own: ApiRoute| match before.routes.iter().find(|old| old.route == own.route) {
        Some(old) => ApiRoute { scopes: own.scopes, ..old.clone() },
        None => own,
    };
    routes.into_iter().map(keep).collect()
}

fn again(visitor: &Visitor, about: &About, form: &Form, problem: &Problem) -> Response {
    let page = about.page(visitor, Filled::again(&form.fields).refused(problem, &FIELDS));
    render(problem.status(), &page, &[])
}

struct Read {
    name: Name,
    scopes: Vec<ApiScope>,
    routes: Vec<ApiRoute>,
    token_format: TokenFormat,
    access_token_seconds: Option<u32>,
}

fn read(fields: &Parameters) -> Result<Read, Problem> {
    let field = |name: &str| fields.find(name).map(str::trim).unwrap_or_default();
    let name = Name::parse(field("name")).map_err(|rule| Problem::field("name", &rule))?;
    let seconds = field("access_token_seconds");
    let bad = || Problem::field("access_token_seconds", &Invalid::new("must be a number of seconds, or empty"));
    let access_token_seconds = if seconds.is_empty() { None } else { Some(seconds.parse().map_err(|_| bad())?) };
    let mut scopes = lines(fields, "scopes")?;
    scopes.extend(lines(fields, "public_scopes")?.into_iter().map(|own| ApiScope { public: true, ..own }));
    scopes.extend(lines(fields, "sensitive_scopes")?.into_iter().map(|own| ApiScope { sensitive: true, ..own }));
    let routes =
        fields.find("routes").unwrap_or_default().lines().filter(|line| !line.trim().is_empty()).map(route).collect::<Result<_, _>>()?;
    let token_format = TokenFormat::parse(field("token_format")).unwrap_or_default();
    Ok(Read { name, scopes, routes, token_format, access_token_seconds })
}

/// Scopes of one kind, such as `orders:read=Read orders`.
fn lines(fields: &Parameters, name: &str) -> Result<Vec<ApiScope>, Problem> {
    let read = |line: &str| {
        let (scope, words) = line.split_once('=').unwrap_or((line, ""));
        let scope = Scope::parse(scope.trim()).map_err(|rule| fault(name, line, &rule))?;
        Ok(ApiScope { scope, description: words.trim().to_owned(), public: false, sensitive: false })
    };
    fields.find(name).unwrap_or_default().lines().filter(|line| !line.trim().is_empty()).map(read).collect()
}

/// A route with what it takes, such as `GET /v1/orders/**=orders:read`.
fn route(line: &str) -> Result<ApiRoute, Problem> {
    let (pattern, wanted) = line.split_once('=').unwrap_or((line, ""));
    let route = Route::parse(pattern.trim()).map_err(|rule| fault("routes", line, &rule))?;
    let wanted: Vec<&str> = wanted.split_whitespace().collect();
    let scopes = ScopeSet::parse_list(&wanted).map_err(|rule| fault("routes", line, &rule))?;
    Ok(ApiRoute::new(route, scopes))
}

/// A line that breaks a rule.
fn fault(field: &str, line: &str, rule: &Invalid) -> Problem {
    let shown: String = line.trim().chars().take(LINE_SHOWN).collect();
    Problem::field(field, &Invalid::new(format!("hold a line that {} (“{shown}”)", rule.rule)))
}

/// What is shown of a line that breaks a rule, in characters.
const LINE_SHOWN: usize = 60;

fn fill(api: &Api) -> Filled {
    let told = |wanted: fn(&ApiScope) -> bool| {
        let line = |own: &ApiScope| match own.description.as_str() {
            "" => own.scope.to_string(),
            words => format!("{} = {words}", own.scope),
        };
        api.scopes.iter().filter(|own| wanted(own)).map(line).collect::<Vec<_>>().join("\n")
    };
    let route = |own: &ApiRoute| match own.scopes.is_empty() {
        true => own.route.to_string(),
        false => format!("{} = {}", own.route, own.scopes.to_spaced()),
    };
    let seconds = api.access_token_seconds.map(|seconds| seconds.to_string()).unwrap_or_default();
    Filled::with([
        ("audience", api.audience.as_str()),
        ("name", api.name.as_str()),
        ("token_format", api.token_format.as_str()),
        ("access_token_seconds", seconds.as_str()),
        ("scopes", told(|own| !own.public && !own.sensitive).as_str()),
        ("public_scopes", told(|own| own.public).as_str()),
        ("sensitive_scopes", told(|own| own.sensitive).as_str()),
        ("routes", api.routes.iter().map(route).collect::<Vec<_>>().join("\n").as_str()),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_form_is_filled_with_reads_back() {
        let text = r#"{"id": "api_000000000001", "organisation": "org_000000000001", "audience": "https://a.example", "name": "A",
            "scopes": [{"scope": "a:read", "description": "Read = look"}, {"scope": "a:list", "public": true},
                {"scope": "a:delete", "sensitive": true}],
            "routes": [{"route": "GET /v1/a/**", "scopes": ["a:read", "a:list"]}, {"route": "POST /v1/open"}],
            "access_token_seconds": 60}"#;
        let api: Api = serde_json::from_str(text).expect("an API");
        let filled = fill(&api);
        let names = ["name", "token_format", "access_token_seconds", "scopes", "public_scopes", "sensitive_scopes", "routes"];
        let fields = Parameters::of(names.map(|name| (name.to_owned(), filled.value(name).to_owned()))).expect("fields");
        let read = read(&fields).expect("read");
        assert_eq!((read.scopes, read.routes, read.access_token_seconds), (api.scopes, api.routes, Some(60)));
        for (field, line) in [("scopes", "a b"), ("routes", "GET"), ("routes", "GET /a = b c d ?")] {
            let fields = Parameters::of([("name".to_owned(), "A".to_owned()), (field.to_owned(), line.to_owned())]).expect("fields");
            assert_eq!(super::read(&fields).err().expect("refused").field_name(), Some(field), "{line}");
        }
    }
}
