//! `GET /dashboard/approvals/{client}`: an app as an operator sees it: what it wants beside what it has, and what can be decided.

use crate::{
    authority::{Authority, Shared},
    http::guard::{ClientsApprove, ClientsRead, TokensRead},
    pages::{
        badge::Badge,
        error,
        filled::Filled,
        frame::{Frame, Page, render},
        instant::Instant,
        navigation::Place,
        operate::{
            differences::{self, Difference},
            token_row::TokenRow,
        },
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
use jeton_core::{id::ClientId, scope::Scope};
use jeton_store::{
    client::{Client, ClientState},
    page::PageRequest,
};

#[derive(Template)]
#[template(path = "operate/approval.html")]
struct ApprovalPage {
    frame: Frame,
    csrf: String,
    filled: Filled,
    id: String,
    client_id: String,
    name: String,
    state: Badge,
    reason: Option<String>,
    source: &'static str,
    registered: Instant,
    changed: Instant,
    version: i64,
    /// Whether a change of an approved app waits, rather than the app itself.
    is_change: bool,
    waits: bool,
    parts: Vec<Difference>,
    scopes: Vec<ScopeView>,
    may_decide: bool,
    can_suspend: bool,
    can_resume: bool,
    query: String,
    tokens: Option<Vec<TokenRow>>,
}

/// A scope that the app wants.
struct ScopeView {
    scope: String,
    words: String,
    is_sensitive: bool,
}

impl Page for ApprovalPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

/// Tokens that the page shows.
const SOME: usize = 10;

/// `GET /dashboard/approvals/{client}`.
pub(in crate::pages::operate) async fn show_approval(
    State(authority): State<Shared>,
    allowed: Allowed<ClientsRead>,
    Path(id): Path<String>,
) -> Response {
    let visitor = allowed.visitor;
    match ClientId::parse(&id) {
        Ok(id) => page(&authority, &visitor, id, Filled::default()).await,
        Err(_) => error::not_found(&visitor),
    }
}

/// The page, with what was wrong with what was sent.
pub(super) async fn page(authority: &Authority, visitor: &Visitor, id: ClientId, filled: Filled) -> Response {
    let status = if filled.is_refused() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    match gather(authority, visitor, id, filled).await {
        Ok(page) => render(status, &page, &[]),
        Err(problem) => error::problem(visitor, &problem),
    }
}

async fn gather(authority: &Authority, visitor: &Visitor, id: ClientId, filled: Filled) -> Result<ApprovalPage, Problem> {
    let now = authority.now();
    let client = authority.store.show_client(visitor.caller.organisation(), id).await?;
    let is_change = client.pending.is_some();
    let wanted = client.pending.as_ref().unwrap_or(&client.registration);
    let search = TokenQuery { client: Some(client.client_id.clone()), ..TokenQuery::default() };
    let tokens = if visitor.may::<TokensRead>() {
        let page = PageRequest { after: None, limit: SOME };
        let found = authority.store.list_tokens(visitor.caller.organisation(), &search.filter(now)?, &page).await?;
        Some(found.items.into_iter().map(|detail| TokenRow::of(detail, now)).collect())
    } else {
        None
    };
    let may_decide = visitor.may::<ClientsApprove>();
    Ok(ApprovalPage {
        frame: visitor.frame(client.name.as_str(), if waits(&client) { Place::Approvals } else { Place::Apps }),
        csrf: visitor.csrf.clone(),
        filled,
        id: client.id.to_string(),
        state: words::client_state(client.state),
        reason: client.reason.clone(),
        source: super::super::apps::source(client.source),
        registered: client.created_at.into(),
        changed: client.changed_at.into(),
        version: client.version,
        is_change,
        waits: waits(&client),
        parts: differences::between(is_change.then_some(&client.registration), wanted),
        scopes: wanted.scopes().iter().map(|scope| scope_view(authority, visitor, scope)).collect(),
        may_decide,
        can_suspend: may_decide && client.state == ClientState::Approved,
        can_resume: may_decide && client.state == ClientState::Suspended,
        query: search.to_query(),
        tokens,
        name: client.name.as_str().to_owned(),
        client_id: client.client_id,
    })
}

fn waits(client: &Client) -> bool {
    client.state == ClientState::Pending || client.pending.is_some()
}

/// A scope in the words of the API that knows it.
fn scope_view(authority: &Authority, visitor: &Visitor, scope: &Scope) -> ScopeView {
    let apis = authority.gate.apis_of(visitor.caller.organisation());
    let known: Vec<_> = apis.iter().flat_map(|api| &api.scopes).filter(|own| scope.covers(&own.scope)).collect();
    let words = known.first().filter(|_| known.len() == 1).map(|own| own.description.clone()).unwrap_or_default();
    ScopeView { scope: scope.to_string(), words, is_sensitive: known.iter().any(|own| own.sensitive) }
}
