//! Is anything wrong? What an organisation's tokens did, and which of them somebody should look at: counted in the background where a
//! count must look at much, and kept with the time that it is of. Shows; decides nothing.

mod counted;
mod narrow;
mod snapshot;

pub use narrow::NarrowUse;
pub use snapshot::{Overviews, Snapshot};

use crate::{
    authority::{Authority, Shared},
    problem::Problem,
};
use jeton_core::{change::Revision, id::OrganisationId, limits};
use jeton_store::{StoreError, client::ClientFilter, page::PageRequest};
use std::sync::Arc;

/// How often calls came out one way or another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcomes {
    /// They passed.
    pub passed: u64,
    /// They were refused for what the token is or may do.
    pub refused: u64,
    /// They were refused for how many there were.
    pub limited: u64,
    /// Nobody could decide.
    pub undecided: u64,
}

/// What is shown at once.
#[derive(Clone, Debug)]
pub struct Overview {
    /// What was counted.
    pub snapshot: Arc<Snapshot>,
    /// How many apps wait for a decision; at most a page of them are counted.
    pub approvals: usize,
    /// How far those who check tokens are.
    pub lag: Lag,
}

/// How far those who check an organisation's tokens have followed the change log.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, utoipa::ToSchema)]
#[schema(as = VerifierLag)]
pub struct Lag {
    /// How many there are.
    pub known: usize,
    /// How many have not taken in everything.
    pub behind: usize,
    /// How many have been silent for longer than they believe their memory.
    pub stale: usize,
    /// How long the oldest change that one of them has not taken in has been there.
    pub worst_seconds: f64,
}

impl Outcomes {
    /// Adds calls with the code of an outcome.
    pub fn add(&mut self, outcome: &str, count: u64) {
        let sum = match outcome {
            "ok" => &mut self.passed,
            "rate_limited" | "quota_exhausted" => &mut self.limited,
            "unavailable" => &mut self.undecided,
            _ => &mut self.refused,
        };
        *sum = sum.saturating_add(count);
    }
    /// All of them.
    pub const fn sum(&self) -> u64 {
        self.passed.saturating_add(self.refused).saturating_add(self.limited).saturating_add(self.undecided)
    }
}

/// The overview of an organisation. Where it was never asked for, and counting takes long, the fault says to come back.
pub async fn overview(authority: &Shared, owner: OrganisationId) -> Result<Overview, Problem> {
    let snapshot = authority.overviews.ask(authority, owner).await?;
    let approvals = waiting(authority, owner).await?;
    let lag = lag(authority, owner, authority.store.head().await?);
    Ok(Overview { snapshot, approvals, lag })
}

/// How far those who check an organisation's tokens are; `head` is the end of the change log.
fn lag(authority: &Authority, owner: OrganisationId, head: Revision) -> Lag {
    let owner = owner.to_string();
    let mut sum = Lag::default();
    for verifier in authority.verifiers.list(head).iter().filter(|own| own.organisation.as_ref().is_none_or(|of| *of == owner)) {
        sum.known += 1;
        sum.behind += usize::from(verifier.standing == "behind");
        sum.stale += usize::from(verifier.standing == "stale");
        sum.worst_seconds = sum.worst_seconds.max(verifier.lag_seconds);
    }
    sum
}

/// How many apps wait for a decision. Counted anew when anything changed.
pub async fn waiting(authority: &Authority, owner: OrganisationId) -> Result<usize, StoreError> {
    let head = authority.store.known_head();
    if let Some(known) = authority.overviews.waiting_at(owner, head) {
        return Ok(known);
    }
    let filter = ClientFilter { waiting: Some(true), ..ClientFilter::default() };
    let page = PageRequest { after: None, limit: limits::PAGE_DEFAULT };
    let found = authority.store.list_clients(owner, &filter, &page).await?.items.len();
    authority.overviews.note_waiting(owner, head, found);
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_fall_into_few_kinds() {
        let mut sums = Outcomes::default();
        for (outcome, count) in [("ok", 5), ("expired", 2), ("rate_limited", 3), ("quota_exhausted", 1), ("unavailable", 1), ("new", 1)] {
            sums.add(outcome, count);
        }
        assert_eq!(sums, Outcomes { passed: 5, refused: 3, limited: 4, undecided: 1 });
        assert_eq!(sums.sum(), 13);
    }
}
