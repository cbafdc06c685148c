//! `GET /dashboard/tokens`: all tokens of the organisation, narrowed down by what stands in the address.

use super::token_row::TokenRow;
use crate::{
    authority::Shared,
    http::{guard::TokensRead, guard::TokensRevoke, query, view::list::page_request},
    pages::{
        error,
        filled::Filled,
        frame::{Frame, Page, render, see_other},
        instant::Instant,
        navigation::Place,
        visitor::{Allowed, Visitor},
    },
    problem::Problem,
    token_search::TokenQuery,
};
use askama::Template;
use axum::{extract::State, response::Response};
use http::StatusCode;
use jeton_core::{limits, oauth::parameters::Parameters, redact};
use url::form_urlencoded::Serializer;

#[derive(Template)]
#[template(path = "operate/tokens.html")]
struct TokensPage {
    frame: Frame,
    filled: Filled,
    rows: Vec<TokenRow>,
    /// What narrows the list, with the address of the list without it.
    chips: Vec<(String, String)>,
    query: String,
    may_revoke: bool,
    next: Option<String>,
    /// How far back was looked, where a page is not full because no index leads to all that is asked for.
    looked_back_to: Option<Instant>,
}

impl Page for TokensPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

const FIELDS: [&str; 11] = ["q", "kind", "state", "subject", "project", "client", "audience", "scope", "network", "expires", "idle_days"];

const KINDS: [(&str, &str); 9] = [
    ("", "Every kind"),
    ("pat", "Personal access tokens"),
    ("key", "API keys"),
    ("pub", "Publishable keys"),
    ("svc", "Service tokens"),
    ("oat", "Access tokens"),
    ("ort", "Refresh tokens"),
    ("grt", "Grants"),
    ("cls", "Client secrets"),
];
const STATES: [(&str, &str); 6] = [
    ("", "Every state"),
    ("alive", "Alive"),
    ("active", "Active"),
    ("suspended", "Suspended"),
    ("revoked", "Revoked"),
    ("expired", "Expired"),
];
const ENDS: [(&str, &str); 3] = [("", "Whenever"), ("never", "Never"), ("soon", "Within a week")];

/// `GET /dashboard/tokens`.
pub(super) async fn show_tokens(State(authority): State<Shared>, allowed: Allowed<TokensRead>) -> Response {
    let visitor = allowed.visitor;
    // A secret must not stay in the address, which the browser remembers.
    if visitor.query.iter().any(|(_, value)| redact::client_text(value, usize::MAX) != value) {
        return see_other("/dashboard/tokens?done=secret");
    }
    match gather(&authority, &visitor).await {
        Ok(page) => render(StatusCode::OK, &page, &[]),
        Err(problem) => error::problem(&visitor, &problem),
    }
}

/// The search that a query asks for: empty fields of the form ask for nothing.
pub(super) fn search(query: &Parameters) -> Result<TokenQuery, Problem> {
    let filled = query.iter().filter(|(name, value)| !value.is_empty() && !matches!(*name, "done" | "csrf") && !is_narrow((*name, *value)));
    let renamed = filled.map(|(name, value)| (if name == "after" { "cursor" } else { name }, value));
    query::parse(&Serializer::new(String::new()).extend_pairs(renamed).finish())
}

/// What no index and no row tells, only what was counted for the home page: tokens that do little of what they may.
fn is_narrow(pair: (&str, &str)) -> bool {
    pair == ("use", "narrow")
}

async fn gather(authority: &Shared, visitor: &Visitor) -> Result<TokensPage, Problem> {
    let now = authority.now();
    let filled = Filled::again(&visitor.query);
    let may_revoke = visitor.may::<TokensRevoke>();
    let mut page = TokensPage {
        frame: visitor.frame("Tokens", Place::Tokens),
        filled,
        rows: Vec::new(),
        chips: Vec::new(),
        query: String::new(),
        may_revoke,
        next: None,
        looked_back_to: None,
    };
    let asked = search(&visitor.query).and_then(|asked| asked.filter(now).map(|filter| (asked, filter)));
    let (asked, mut filter) = match asked {
        Ok(asked) => asked,
        Err(problem) => {
            page.filled = page.filled.refused(&problem, &FIELDS);
            return Ok(page);
        }
    };
    let mut pairs = asked.pairs();
    if visitor.query.iter().any(is_narrow) {
        let counted = authority.overviews.ask(authority, visitor.caller.organisation()).await?;
        filter.ids = Some(counted.narrow.iter().map(|own| own.token).collect());
        pairs.push(("use", "narrow".to_owned()));
        // Revoking goes by the search alone, which cannot say this.
        page.may_revoke = false;
    }
    let found = authority.store.list_tokens(visitor.caller.organisation(), &filter, &page_request(asked.cursor.clone(), None)?).await?;
    page.rows = found.items.into_iter().map(|detail| TokenRow::of(detail, now)).collect();
    page.looked_back_to = looked_back_to(&page.rows, found.next.as_deref());
    page.query = asked.to_query();
    page.next = found.next.map(|cursor| address(&pairs, Some(&cursor)));
    page.chips = chips(&pairs);
    Ok(page)
}

/// How far back a page looked that is not full and is followed by another.
fn looked_back_to(rows: &[TokenRow], next: Option<&str>) -> Option<Instant> {
    let next = next.filter(|_| rows.len() < limits::PAGE_DEFAULT)?;
    jeton_store::token::issued_at_of(next).map(Instant::from)
}

/// The address of a list.
fn address(pairs: &[(&str, String)], after: Option<&str>) -> String {
    let mut query = Serializer::new(String::new());
    query.extend_pairs(pairs);
    if let Some(after) = after {
        query.append_pair("after", after);
    }
    format!("/dashboard/tokens?{}", query.finish())
}

fn chips(pairs: &[(&'static str, String)]) -> Vec<(String, String)> {
    let without = |left_out: &str| {
        let rest: Vec<_> = pairs.iter().filter(|(name, _)| *name != left_out).cloned().collect();
        address(&rest, None)
    };
    pairs.iter().map(|(name, value)| (format!("{}: {value}", name.replace('_', " ")), without(name))).collect()
}
