//! `GET` and `POST /dashboard/tokens/new`: issuing a personal access token. The API and a template come first, then the form; the answer
//! to it is the page that shows the token, this once.

use super::{
    form::{self, FieldFault},
    matrix::Matrix,
    snippet::{self, Snippet},
};
use crate::{
    authority::{Authority, Shared},
    own_tokens,
    pages::{
        error,
        filled::Filled,
        form::Form,
        frame::{Frame, Page, render},
        navigation::Place,
        visitor::Visitor,
    },
    rules, token_report,
    token_templates::{self, TokenTemplate},
};
use askama::Template;
use axum::{extract::State, response::Response};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use http::StatusCode;
use jeton_core::{api::Api, id::ApiId, id::TokenId, scope::ScopeSet};
use jeton_store::token::TokenDetail;
use serde_json::Value;
use std::sync::Arc;
use zeroize::Zeroizing;

#[derive(Template)]
#[template(path = "token/new.html")]
struct NewPage<'p> {
    frame: Frame,
    apis: &'p [Arc<Api>],
    api: &'p Api,
    templates: &'p [TokenTemplate],
    template: &'p str,
    matrix: &'p Matrix,
    filled: Filled,
    sentence: Option<String>,
    soonest: String,
    key: String,
    csrf: &'p str,
}

#[derive(Template)]
#[template(path = "token/pick.html")]
struct PickPage<'p> {
    frame: Frame,
    apis: &'p [Arc<Api>],
}

#[derive(Template)]
#[template(path = "token/issued.html")]
pub(super) struct IssuedPage {
    pub(super) frame: Frame,
    pub(super) heading: &'static str,
    pub(super) id: String,
    pub(super) name: String,
    pub(super) text: Zeroizing<String>,
    pub(super) sentence: String,
    pub(super) snippets: Vec<Snippet>,
}

impl NewPage<'_> {
    fn is_chosen(&self, template: &str) -> bool {
        self.template == template
    }
}

impl Page for NewPage<'_> {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

impl Page for PickPage<'_> {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

impl Page for IssuedPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

/// The APIs that a visitor may have tokens for: those of the organisation, and the management interface where the role may anything of it.
fn apis_for(authority: &Authority, visitor: &Visitor) -> Vec<Arc<Api>> {
    let own = authority.gate.apis_of(visitor.caller.organisation());
    let mut apis: Vec<Arc<Api>> = own.into_iter().filter(|api| !authority.is_management(&api.audience)).collect();
    if !visitor.caller.policy().scopes.is_empty() {
        apis.extend(authority.gate.api(&authority.config.issuer));
    }
    // The own ones first: few tokens are for the management interface.
    apis.sort_by_key(|api| (authority.is_management(&api.audience), api.name.clone()));
    apis
}

/// The scopes that are left of an API for a visitor: of the management interface, only those that the role holds.
fn narrowed(authority: &Authority, visitor: &Visitor, api: &Api) -> Api {
    let mut own = api.clone();
    if authority.is_management(&api.audience) {
        own.scopes.retain(|scope| visitor.caller.may(&scope.scope));
    }
    own
}

fn find<'a>(apis: &'a [Arc<Api>], id: Option<&str>) -> Option<&'a Arc<Api>> {
    match (id.and_then(|id| ApiId::parse(id).ok()), apis) {
        (Some(id), _) => apis.iter().find(|api| api.id == id),
        (None, [only]) => Some(only),
        (None, _) => None,
    }
}

/// `GET /dashboard/tokens/new`.
pub async fn show_new(State(authority): State<Shared>, visitor: Visitor) -> Response {
    let apis = apis_for(&authority, &visitor);
    let Some(api) = find(&apis, visitor.query.find("api")) else {
        let frame = visitor.frame("Issue a token", Place::MyTokens);
        return render(StatusCode::OK, &PickPage { frame, apis: &apis }, &[]);
    };
    let api = narrowed(&authority, &visitor, api);
    let may_sensitive = may_sensitive(&authority, &visitor).await;
    let last = own_tokens::last(&authority, &visitor.caller, &api.audience).await.ok().flatten();
    let templates = templates(&api, may_sensitive, last.as_ref());
    let chosen = token_templates::find(&templates, visitor.query.find("template").unwrap_or_default());
    let matrix = Matrix::of(&api, may_sensitive);
    let last = last.as_ref().filter(|_| chosen.is_some_and(|own| own.id == token_templates::LAST));
    let filled = begun(&matrix, chosen, last);
    let template = chosen.map_or("own", |own| own.id);
    let shown =
        Shown { apis: &apis, api: &api, matrix: &matrix, templates: &templates, template, filled, sentence: None, key: fresh_key() };
    shown.render(&authority, &visitor, StatusCode::OK)
}

/// The templates of an API, and what the last token for it holds.
fn templates(api: &Api, may_sensitive: bool, last: Option<&TokenDetail>) -> Vec<TokenTemplate> {
    let last = last.map(|detail| token_templates::last(&detail.record.policy.scopes));
    token_templates::of(api, may_sensitive).into_iter().chain(last).collect()
}

/// What the form begins with: the template's scopes and life; of an earlier token, its networks and calls too.
fn begun(matrix: &Matrix, chosen: Option<&TokenTemplate>, last: Option<&TokenDetail>) -> Filled {
    let scopes = ScopeSet::from_scopes(chosen.map(|own| own.scopes.clone()).unwrap_or_default());
    let mut values = matrix.fields(&scopes);
    values.push(("life".to_owned(), chosen.map_or(30, |own| own.days).to_string()));
    values.push(("per".to_owned(), "60".to_owned()));
    if let Some(policy) = last.map(|detail| &detail.record.policy) {
        let routes: Vec<String> = policy.routes.iter().map(ToString::to_string).collect();
        values.push(("networks".to_owned(), form::networks_text(&policy.networks)));
        values.push(("routes".to_owned(), routes.join("\n")));
    }
    Filled::with(values.iter().map(|(name, value)| (name.as_str(), value.as_str())))
}

/// Whether the organisation's policy lets the visitor's role put sensitive scopes into a token. Only what is offered hangs on it: what
/// is issued is held against the policy anyway.
async fn may_sensitive(authority: &Authority, visitor: &Visitor) -> bool {
    rules::of(authority, &visitor.caller).await.is_ok_and(|rules| rules.role(visitor.user.role).sensitive_scopes)
}

/// What the form is shown with.
struct Shown<'s> {
    apis: &'s [Arc<Api>],
    api: &'s Api,
    matrix: &'s Matrix,
    templates: &'s [TokenTemplate],
    template: &'s str,
    filled: Filled,
    sentence: Option<String>,
    key: String,
}

impl Shown<'_> {
    fn render(self, authority: &Authority, visitor: &Visitor, status: StatusCode) -> Response {
        let page = NewPage {
            frame: visitor.frame("Issue a token", Place::MyTokens),
            apis: self.apis,
            api: self.api,
            templates: self.templates,
            template: self.template,
            matrix: self.matrix,
            filled: self.filled,
            sentence: self.sentence,
            soonest: form::day_in(authority.now(), 1),
            key: self.key,
            csrf: &visitor.csrf,
        };
        render(status, &page, &[])
    }
}

/// A name for one form, so that it issues once however often it is sent.
fn fresh_key() -> String {
    BASE64_URL_SAFE_NO_PAD.encode(rand::random::<[u8; 18]>())
}

/// `POST /dashboard/tokens/new`: a look at what it would be able to do, or the token.
pub async fn issue_token(State(authority): State<Shared>, form: Form) -> Response {
    let visitor = match form.person(&authority).await {
        Ok(visitor) => visitor,
        Err(answer) => return answer,
    };
    let apis = apis_for(&authority, &visitor);
    let Some(api) = find(&apis, form.fields.find("api")) else { return error::not_found(&visitor) };
    let api = narrowed(&authority, &visitor, api);
    let may_sensitive = may_sensitive(&authority, &visitor).await;
    let matrix = Matrix::of(&api, may_sensitive);
    let key = form.field("key").to_owned();
    let is_key = key.len() == 24 && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if !is_key {
        return error::stale_form();
    }
    let last = own_tokens::last(&authority, &visitor.caller, &api.audience).await.ok().flatten();
    let templates = templates(&api, may_sensitive, last.as_ref());
    let again = |filled, sentence| {
        let template = form.field("template");
        Shown { apis: &apis, api: &api, matrix: &matrix, templates: &templates, template, filled, sentence, key: key.clone() }
    };
    let filled = Filled::again(&form.fields);
    let asked = match form::asked(&form.fields, &api, &matrix, authority.now()) {
        Ok(asked) => asked,
        Err(FieldFault(field, rule)) => {
            return again(filled.faulty(field, rule), None).render(&authority, &visitor, StatusCode::BAD_REQUEST);
        }
    };
    if form.field("step") == "preview" {
        return match own_tokens::preview(&authority, &visitor.caller, asked).await {
            Ok(sentence) => again(filled, Some(sentence)).render(&authority, &visitor, StatusCode::OK),
            Err(problem) => again(filled.refused(&problem, &form::FIELDS), None).render(&authority, &visitor, problem.status()),
        };
    }
    match own_tokens::issue(&authority, &visitor.caller, asked, Some(&key)).await {
        Ok(issuance) => show_once(&authority, &visitor, &issuance.body, "Your new token").await,
        Err(problem) => again(filled.refused(&problem, &form::FIELDS), None).render(&authority, &visitor, problem.status()),
    }
}

/// The page that shows a token's text, from the answer that holds it.
pub(super) async fn show_once(authority: &Authority, visitor: &Visitor, body: &[u8], heading: &'static str) -> Response {
    let answer: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |name: &str| answer.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let Ok(id) = TokenId::parse(&text("id")) else { return error::unavailable() };
    let detail = match own_tokens::show(authority, &visitor.caller, id).await {
        Ok(detail) => detail,
        Err(problem) => return error::problem(visitor, &problem),
    };
    let policy = &detail.record.policy;
    let api = policy.audiences.first().and_then(|audience| authority.gate.api(audience.as_str()));
    let page = IssuedPage {
        frame: visitor.frame(heading, Place::MyTokens),
        heading,
        id: id.to_string(),
        name: detail.name.as_str().to_owned(),
        text: Zeroizing::new(text("token")),
        sentence: token_report::sentence(authority, &detail),
        snippets: api.map(|api| snippet::calls(&snippet::address(policy, &api))).unwrap_or_default(),
    };
    render(StatusCode::OK, &page, &[])
}
