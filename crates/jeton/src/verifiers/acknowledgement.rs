//! What the verifiers say to one change: that they have taken it in, or how they stand otherwise.

use super::member::{Kind, Member};
use jeton_core::change::Revision;
use serde::Serialize;
use std::time::Instant;

/// How a verifier stands to a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It has taken the change in.
    Acknowledged,
    /// It has been silent for longer than it trusts its memory: it asks before it permits, or refuses. Safe.
    Stale,
    /// It has not taken the change in, and may permit what is revoked.
    Behind,
}

/// One verifier's word on a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Acknowledgement {
    /// Its name.
    pub verifier: String,
    /// Which process it is.
    pub id: String,
    /// What it is.
    pub kind: Kind,
    /// How far it is.
    pub revision: u64,
    /// Whether that is far enough.
    pub acknowledged: bool,
    /// The same, with those told apart that are safe because they trust their memory no longer.
    pub standing: Standing,
}

/// What all verifiers say to a change.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Acknowledged {
    /// Whether none of them permits any more what was revoked.
    pub everywhere: bool,
    /// Each of them.
    pub verifiers: Vec<Acknowledgement>,
}

impl Acknowledged {
    pub(super) fn of(members: &[Member], revision: Revision, now: Instant) -> Self {
        let verifiers: Vec<_> = members.iter().map(|member| Acknowledgement::of(member, revision, now)).collect();
        Self { everywhere: verifiers.iter().all(|one| one.standing != Standing::Behind), verifiers }
    }
}

impl Acknowledgement {
    fn of(member: &Member, revision: Revision, now: Instant) -> Self {
        let acknowledged = member.sign.revision >= revision;
        let standing = match acknowledged {
            true => Standing::Acknowledged,
            false if member.is_stale(now) => Standing::Stale,
            false => Standing::Behind,
        };
        Self {
            verifier: member.sign.name.to_string(),
            id: member.sign.id.to_string(),
            kind: member.sign.kind,
            revision: member.sign.revision.0,
            acknowledged,
            standing,
        }
    }
}
