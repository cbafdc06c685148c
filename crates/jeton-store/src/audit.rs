//! Audit events: who did what, in a chain of hashes that shows a removed, changed or reordered row.

mod read;
mod verify;

pub(crate) use read::proved_link;

use jeton_core::{
    id::{OrganisationId, RequestId},
    mark::MarkedFields,
    timestamp::Timestamp,
};

/// Who acts, and in which request. Every change is made by somebody.
#[derive(Clone, Debug)]
pub struct Actor {
    /// `token:ID` of the management token, or `system` for what the program does by itself, or `cli` for offline commands.
    pub who: String,
    /// When: the instant that everything of this change carries.
    pub at: Timestamp,
    /// The request, where there is one.
    pub request: Option<RequestId>,
    /// The caller's address, where there is one.
    pub client_ip: Option<std::net::IpAddr>,
}

/// One event of the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEvent {
    /// Its place: 1 for the first, without gaps.
    pub sequence: i64,
    /// When.
    pub at: Timestamp,
    /// Whose organisation.
    pub organisation: Option<OrganisationId>,
    /// Who.
    pub actor: String,
    /// What: a verb such as `token.issue`, `token.revoke`, `api.add`, `key.rotate`, `store.restore`, `store.tampered`.
    pub action: String,
    /// To what.
    pub target: String,
    /// Details as a JSON object; never a secret.
    pub details: String,
    /// The request.
    pub request: Option<String>,
    /// From where.
    pub client_ip: Option<String>,
    /// The mark over the event and the mark before it.
    pub link: Vec<u8>,
}

/// Which events are wanted. All that is set must fit.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// Of this organisation.
    pub organisation: Option<OrganisationId>,
    /// By this actor.
    pub actor: Option<String>,
    /// With this verb.
    pub action: Option<String>,
    /// Done to this.
    pub target: Option<String>,
    /// Not before this instant.
    pub since: Option<Timestamp>,
    /// Before this instant.
    pub until: Option<Timestamp>,
}

/// What a check of the chain found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainReport {
    /// Events read.
    pub events: u64,
    /// When the first of them took place.
    pub first_at: Option<Timestamp>,
    /// When the last of them took place.
    pub last_at: Option<Timestamp>,
    /// The places where the chain is broken, with the reason; at most a hundred.
    pub faults: Vec<(i64, String)>,
}

impl Actor {
    /// What the program does by itself.
    pub fn system(at: Timestamp) -> Self {
        Self { who: "system".to_owned(), at, request: None, client_ip: None }
    }
}

impl AuditFilter {
    /// Whether an index leads straight to what fits.
    const fn is_indexed(&self) -> bool {
        self.actor.is_some() || self.target.is_some()
    }
    /// Whether events before one of this instant may fit.
    fn reaches_below(&self, at: Option<Timestamp>) -> bool {
        at.is_some_and(|at| self.since.is_none_or(|since| since <= at))
    }
}

impl AuditEvent {
    /// What the link covers: the event, its place and the link before it.
    pub(crate) fn fields(&self, previous: &[u8]) -> MarkedFields {
        MarkedFields::of("audit_events")
            .number(self.sequence)
            .number(self.at.as_micros())
            .maybe_text(self.organisation.map(|id| id.to_string()).as_deref())
            .text(&self.actor)
            .text(&self.action)
            .text(&self.target)
            .text(&self.details)
            .maybe_text(self.request.as_deref())
            .maybe_text(self.client_ip.as_deref())
            .bytes(previous)
    }
}
