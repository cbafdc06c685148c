//! What the home page says of a person's own tokens: those that end soon, and what was refused of late, with why and what to do.

use crate::{
    authority::Authority,
    explain,
    pages::{badge::Badge, instant::Instant, routes, visitor::Visitor, words},
    problem::Problem,
};
use jeton_core::{
    facts::TokenState,
    id::TokenId,
    limits,
    name::Subject,
    timestamp::{Span, Timestamp},
};
use jeton_store::{
    page::PageRequest,
    token::{TokenDetail, TokenFilter},
    usage::RefusalRow,
};

/// What ends within this ends soon.
const SOON: Span = Span::from_days(14);
/// Refusals that are shown.
const REFUSALS: usize = 8;

/// All of it.
pub(super) struct Own {
    /// How many live tokens there are, among the newest.
    pub(super) live: usize,
    pub(super) ending: Vec<Ending>,
    pub(super) refusals: Vec<Refusal>,
    /// Where a new one is issued, where there is such a page.
    pub(super) issue: Option<&'static str>,
}

/// A token that ends soon.
pub(super) struct Ending {
    pub(super) name: String,
    pub(super) id: TokenId,
    pub(super) address: Option<String>,
    pub(super) ends: Instant,
}

/// A refused call.
pub(super) struct Refusal {
    pub(super) at: Instant,
    pub(super) token: String,
    pub(super) address: Option<String>,
    pub(super) call: String,
    pub(super) badge: Badge,
    pub(super) cause: String,
    pub(super) fix: String,
}

impl Own {
    pub(super) async fn gather(authority: &Authority, visitor: &Visitor) -> Result<Self, Problem> {
        let now = authority.now();
        let subject = Subject::parse(visitor.caller.subject()).map_err(|rule| Problem::field("subject", &rule))?;
        let filter = TokenFilter { subject: Some(subject), ..TokenFilter::default() };
        let newest = PageRequest { after: None, limit: limits::PAGE_MAX };
        let tokens = authority.store.list_tokens(visitor.caller.organisation(), &filter, &newest).await?.items;
        let ids: Vec<TokenId> = tokens.iter().map(|token| token.record.id).collect();
        let refusals = authority.store.newest_refusals(&ids, REFUSALS).await?;
        let mut ending: Vec<&TokenDetail> =
            tokens.iter().filter(|token| is_live_at(token, now) && ends_before(token, now.plus(SOON))).collect();
        ending.sort_by_key(|token| token.record.expires_at);
        Ok(Self {
            live: tokens.iter().filter(|token| is_live_at(token, now)).count(),
            ending: ending.into_iter().filter_map(Ending::of).collect(),
            refusals: refusals.into_iter().map(|row| Refusal::of(row, &tokens)).collect(),
            issue: Some("/dashboard/tokens/new").filter(|address| routes::is_page(address)),
        })
    }
}

/// Whether somebody can use it: what hangs on an app is the app's.
fn is_live_at(token: &TokenDetail, now: Timestamp) -> bool {
    token.record.policy.client_id.is_none()
        && token.record.state == TokenState::Active
        && token.record.expires_at.is_none_or(|end| end > now)
}

fn ends_before(token: &TokenDetail, instant: Timestamp) -> bool {
    token.record.expires_at.is_some_and(|end| end < instant)
}

fn address_of(token: TokenId) -> Option<String> {
    routes::is_page("/dashboard/tokens/{id}").then(|| format!("/dashboard/tokens/{token}"))
}

impl Ending {
    fn of(token: &TokenDetail) -> Option<Self> {
        let id = token.record.id;
        Some(Self { name: token.name.as_str().to_owned(), id, address: address_of(id), ends: token.record.expires_at?.into() })
    }
}

impl Refusal {
    fn of(row: RefusalRow, tokens: &[TokenDetail]) -> Self {
        let token = tokens.iter().find(|token| Some(token.record.id) == row.token);
        let fix = words::sentence(explain::fix_of(&row.code, &row.cause));
        let call = [row.method.as_deref(), row.path.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ");
        Self {
            at: row.at.into(),
            token: token.map(|token| token.name.as_str().to_owned()).unwrap_or_default(),
            address: row.token.and_then(address_of),
            call,
            badge: words::outcome(&row.code),
            cause: words::sentence(&row.cause),
            fix,
        }
    }
}
