//! One verifier and when it was last heard of. Measured on the monotonic clock only.

use jeton_core::{change::Revision, id::OrganisationId, limits, name::Audience};
use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant};

/// A verifier that was not heard of for this time, and for as long as it trusts its memory, is forgotten.
const GONE_AFTER: Duration = Duration::from_secs(60);

/// What kind of verifier it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = VerifierKind)]
pub enum Kind {
    /// The gate within a node of the authority.
    Authority,
    /// A gate that follows the authority from elsewhere.
    Gate,
    /// Some other program that follows the change log.
    Follower,
}

impl Kind {
    /// `authority`, `gate` or `follower`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Authority => "authority",
            Self::Gate => "gate",
            Self::Follower => "follower",
        }
    }
}

/// A sign of life of a verifier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sign {
    /// Which process it is: two that share a credential and a name are two verifiers.
    pub id: Box<str>,
    /// Its name for people.
    pub name: Box<str>,
    /// What it is.
    pub kind: Kind,
    /// Whose tokens alone it decides on; `None` for everybody's.
    pub organisation: Option<OrganisationId>,
    /// Which APIs' tokens alone it decides on; empty for all.
    pub audiences: Vec<Audience>,
    /// How long it believes its memory after it last heard of the change log, serving what is stale included. `None` where it never
    /// said: then its silence tells nothing.
    pub trusts_for: Option<Duration>,
    /// Everything up to here it has taken in.
    pub revision: Revision,
}

/// A verifier as it is remembered.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) sign: Sign,
    pub(super) heard_at: Instant,
}

impl Member {
    /// How long it was not heard of.
    pub(super) fn silent_for(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.heard_at)
    }
    /// Whether it decides on tokens of an organisation.
    pub(super) fn is_of(&self, organisation: Option<OrganisationId>) -> bool {
        self.sign.organisation.is_none() || organisation.is_none() || self.sign.organisation == organisation
    }
    /// Whether it has been silent for longer than it believes its memory: it asks before it lets anything pass, or refuses.
    pub(super) fn is_stale(&self, now: Instant) -> bool {
        self.trusts_until_silent_for().is_some_and(|trusted| self.silent_for(now) > trusted)
    }
    /// Whether nothing needs to be known of it any more.
    pub(super) fn is_gone(&self, now: Instant) -> bool {
        self.silent_for(now) > self.trusts_until_silent_for().unwrap_or_default().max(GONE_AFTER)
    }
    fn trusts_until_silent_for(&self) -> Option<Duration> {
        Some(self.sign.trusts_for?.saturating_add(limits::VERIFIER_SILENCE_MARGIN.into()))
    }
    /// The same verifier, heard of by another way.
    pub(super) fn merge(&mut self, other: Self) {
        let revision = self.sign.revision.max(other.sign.revision);
        if other.heard_at > self.heard_at {
            *self = other;
        }
        self.sign.revision = revision;
    }
}
