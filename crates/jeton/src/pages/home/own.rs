//! What the home page says of what is a person's own: tokens that end soon, what was refused of late, with why and what to do, and how
//! apps stand.

use crate::{
    authority::Authority,
    own_apps,
    pages::{app::AppCard, instant::Instant, routes, token::RefusedCall, visitor::Visitor},
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
    client::{Client, ClientState},
    page::PageRequest,
    token::{TokenDetail, TokenFilter},
};

/// What ends within this ends soon.
const SOON: Span = Span::from_days(14);
/// Refusals that are shown.
const REFUSALS: usize = 8;
/// Apps that are shown.
const APPS: usize = 6;

/// All of it.
pub(super) struct Own {
    /// How many live tokens there are, among the newest.
    pub(super) live: usize,
    pub(super) ending: Vec<Ending>,
    pub(super) refusals: Vec<RefusedCall>,
    /// The apps that the person registered, those that want a look first.
    pub(super) apps: Vec<AppCard>,
    /// Whether there are more.
    pub(super) has_more_apps: bool,
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

impl Own {
    pub(super) async fn gather(authority: &Authority, visitor: &Visitor) -> Result<Self, Problem> {
        let now = authority.now();
        let subject = Subject::parse(visitor.caller.subject()).map_err(|rule| Problem::field("subject", &rule))?;
        let filter = TokenFilter { subject: Some(subject), ..TokenFilter::default() };
        let newest = PageRequest { after: None, limit: limits::PAGE_MAX };
        let tokens = authority.store.list_tokens(visitor.caller.organisation(), &filter, &newest).await?.items;
        let ids: Vec<TokenId> = tokens.iter().map(|token| token.record.id).collect();
        let refusals = authority.store.newest_refusals(&ids, REFUSALS).await?;
        let apps = apps(authority, visitor).await?;
        let mut ending: Vec<&TokenDetail> =
            tokens.iter().filter(|token| is_live_at(token, now) && ends_before(token, now.plus(SOON))).collect();
        ending.sort_by_key(|token| token.record.expires_at);
        Ok(Self {
            live: tokens.iter().filter(|token| is_live_at(token, now)).count(),
            ending: ending.into_iter().filter_map(Ending::of).collect(),
            refusals: refusals.iter().map(|row| RefusedCall::of(row, &tokens)).collect(),
            has_more_apps: apps.len() > APPS,
            apps: apps.iter().take(APPS).map(AppCard::from).collect(),
            issue: Some("/dashboard/tokens/new").filter(|address| routes::is_page(address)),
        })
    }
}

/// The person's own apps: those first that do not work, or want something.
async fn apps(authority: &Authority, visitor: &Visitor) -> Result<Vec<Client>, Problem> {
    let mut apps = own_apps::list(authority, &visitor.caller).await?;
    apps.sort_by_key(|app| app.state == ClientState::Approved && app.pending.is_none());
    Ok(apps)
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
