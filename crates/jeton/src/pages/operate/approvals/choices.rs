//! What can be decided about an app as it is now: the same forms on every page that shows one. Who may not decide gets none.

use crate::{authority::Authority, http::guard::ClientsApprove, pages::visitor::Visitor};
use jeton_core::scope::Scope;
use jeton_store::client::{Client, ClientState};

/// The forms, as `operate/choices.html` shows them.
pub struct Choices {
    pub(crate) id: String,
    /// The version that was looked at.
    pub(crate) version: i64,
    /// The page that they stand on: `apps` or `approvals`.
    pub(crate) page: &'static str,
    /// Whether the app, or a change of it, waits.
    pub(crate) waits: bool,
    /// What it wants.
    pub(crate) scopes: Vec<WantedScope>,
    pub(crate) can_suspend: bool,
    pub(crate) can_resume: bool,
}

/// A scope that an app wants.
pub(crate) struct WantedScope {
    pub(crate) scope: String,
    /// In the words of the API that knows it.
    pub(crate) words: String,
    pub(crate) is_sensitive: bool,
}

impl Choices {
    /// For the page of an app.
    pub fn of(authority: &Authority, visitor: &Visitor, client: &Client, page: &'static str) -> Option<Self> {
        let wanted = client.pending.as_ref().unwrap_or(&client.registration);
        visitor.may::<ClientsApprove>().then(|| Self {
            id: client.id.to_string(),
            version: client.version,
            page,
            waits: waits(client),
            scopes: wanted.scopes().iter().map(|scope| wanted_scope(authority, visitor, scope)).collect(),
            can_suspend: client.state == ClientState::Approved,
            can_resume: client.state == ClientState::Suspended,
        })
    }
}

/// Whether an app, or a change of it, waits for a decision.
pub(super) fn waits(client: &Client) -> bool {
    client.state == ClientState::Pending || client.pending.is_some()
}

fn wanted_scope(authority: &Authority, visitor: &Visitor, scope: &Scope) -> WantedScope {
    let apis = authority.gate.apis_of(visitor.caller.organisation());
    let known: Vec<_> = apis.iter().flat_map(|api| &api.scopes).filter(|own| scope.covers(&own.scope)).collect();
    let words = known.first().filter(|_| known.len() == 1).map(|own| own.description.clone()).unwrap_or_default();
    WantedScope { scope: scope.to_string(), words, is_sensitive: known.iter().any(|own| own.sensitive) }
}
