//! `GET /dashboard/approvals/{client}`: an app as an operator sees it: what it wants beside what it has, and what can be decided.

use super::choices::{Choices, waits};
use crate::{
    authority::{Authority, Shared},
    http::guard::{ClientsRead, TokensRead, UsersRead},
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
use jeton_core::id::{ClientId, UserId};
use jeton_store::{StoreError, page::PageRequest};

#[derive(Template)]
#[template(path = "operate/approval.html")]
struct ApprovalPage {
    frame: Frame,
    csrf: String,
    filled: Filled,
    client_id: String,
    name: String,
    state: Badge,
    reason: Option<String>,
    source: &'static str,
    /// What it is for, in the words of whoever registered it.
    purpose: Option<String>,
    /// Who registered it: the account's id and name.
    registrar: Option<(String, String)>,
    may_see_people: bool,
    registered: Instant,
    changed: Instant,
    /// Whether a change of an approved app waits, rather than the app itself.
    is_change: bool,
    waits: bool,
    parts: Vec<Difference>,
    choices: Option<Choices>,
    query: String,
    tokens: Option<Vec<TokenRow>>,
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
    let app = authority.store.find_app(client.id).await?;
    let registrar = match &app {
        Some(app) => registrar(authority, visitor, app.account).await?,
        None => None,
    };
    Ok(ApprovalPage {
        frame: visitor.frame(client.name.as_str(), if waits(&client) { Place::Approvals } else { Place::Apps }),
        csrf: visitor.csrf.clone(),
        filled,
        state: words::client_state(client.state),
        reason: client.reason.clone(),
        source: super::super::apps::source(client.source),
        purpose: app.map(|app| app.purpose).filter(|purpose| !purpose.is_empty()),
        registrar,
        may_see_people: visitor.may::<UsersRead>(),
        registered: client.created_at.into(),
        changed: client.changed_at.into(),
        is_change,
        waits: waits(&client),
        parts: differences::between(is_change.then_some(&client.registration), wanted),
        choices: Choices::of(authority, visitor, &client, "approvals"),
        query: search.to_query(),
        tokens,
        name: client.name.as_str().to_owned(),
        client_id: client.client_id,
    })
}

/// Whoever registered an app: the account's id and name. An account that was removed has no name any more.
async fn registrar(authority: &Authority, visitor: &Visitor, account: UserId) -> Result<Option<(String, String)>, Problem> {
    match authority.store.show_user(visitor.caller.organisation(), account).await {
        Ok(user) => Ok(Some((user.id.to_string(), user.name.as_str().to_owned()))),
        Err(StoreError::NotFound(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
