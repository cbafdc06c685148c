//! Runs that revoke many tokens: how far each is, and how it ended. Kept in the memory of this process, a bounded number of them.

use jeton_core::{
    change::Revision,
    id::{OrganisationId, RequestId},
    limits,
    timestamp::Timestamp,
};
use parking_lot::Mutex;
use std::{collections::VecDeque, sync::Arc};

/// One run.
#[derive(Debug)]
pub struct Run {
    /// The request that began it.
    pub id: RequestId,
    /// Whose tokens.
    pub organisation: OrganisationId,
    /// The search, as a query of `/v1/tokens`.
    pub search: String,
    /// How many tokens fitted when it began.
    pub found: u64,
    /// When it began.
    pub began_at: Timestamp,
    now: Mutex<Now>,
}

/// How a run stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunState {
    /// It is under way.
    Running,
    /// Everything that fitted is revoked.
    Done,
    /// It broke off; what it revoked stays revoked.
    Failed(String),
}

/// How far a run is.
#[derive(Clone, Debug)]
pub struct Now {
    /// How it stands.
    pub state: RunState,
    /// How many tokens it revoked.
    pub revoked: u64,
    /// The newest place in the change log that it made.
    pub revision: Revision,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// What one batch came to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Progress {
    pub(super) revoked: u64,
    pub(super) revision: Revision,
}

impl Run {
    pub(super) const fn new(id: RequestId, organisation: OrganisationId, search: String, found: u64, began_at: Timestamp) -> Self {
        let now = Now { state: RunState::Running, revoked: 0, revision: Revision(0), ended_at: None };
        Self { id, organisation, search, found, began_at, now: Mutex::new(now) }
    }
    /// How far it is.
    pub fn now(&self) -> Now {
        self.now.lock().clone()
    }
    pub(super) fn step(&self, progress: Progress) {
        let mut now = self.now.lock();
        now.revoked += progress.revoked;
        now.revision = progress.revision;
    }
    pub(super) fn end(&self, state: RunState, at: Timestamp) {
        let mut now = self.now.lock();
        now.state = state;
        now.ended_at = Some(at);
    }
    fn is_running(&self) -> bool {
        self.now.lock().state == RunState::Running
    }
}

impl RunState {
    /// Its word.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed(_) => "failed",
        }
    }
}

/// The runs of this process.
#[derive(Debug, Default)]
pub struct Runs(Mutex<VecDeque<Arc<Run>>>);

impl Runs {
    /// The run of a search that is under way.
    pub(super) fn under_way(&self, organisation: OrganisationId, search: &str) -> Option<Arc<Run>> {
        let runs = self.0.lock();
        runs.iter().find(|run| run.organisation == organisation && run.search == search && run.is_running()).cloned()
    }
    /// The run of an organisation that a request began.
    pub(super) fn find(&self, organisation: OrganisationId, id: RequestId) -> Option<Arc<Run>> {
        self.0.lock().iter().find(|run| run.organisation == organisation && run.id == id).cloned()
    }
    /// Keeps a new run; the oldest that is through makes room for it. `None` where all are under way.
    pub(super) fn keep(&self, run: Run) -> Option<Arc<Run>> {
        let mut runs = self.0.lock();
        if runs.len() >= limits::REVOKING_RUNS_MAX {
            let oldest = runs.iter().position(|run| !run.is_running())?;
            runs.remove(oldest);
        }
        let run = Arc::new(run);
        runs.push_back(Arc::clone(&run));
        Some(run)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(number: u8) -> Run {
        let organisation = OrganisationId::from_random([1; 16]);
        Run::new(RequestId::from_random([number; 16]), organisation, format!("q={number}"), 1, Timestamp::from_seconds(0))
    }

    #[test]
    fn runs_are_bounded_and_those_under_way_are_kept() {
        let runs = Runs::default();
        let kept: Vec<_> = (0..limits::REVOKING_RUNS_MAX).map(|number| runs.keep(run(number as u8)).expect("room")).collect();
        assert!(runs.keep(run(200)).is_none());
        kept[3].end(RunState::Done, Timestamp::from_seconds(1));
        let new = runs.keep(run(200)).expect("room again");
        assert!(runs.find(new.organisation, kept[3].id).is_none());
        assert!(runs.find(new.organisation, kept[4].id).is_some());
        assert!(runs.find(OrganisationId::from_random([2; 16]), kept[4].id).is_none());
        assert!(runs.under_way(new.organisation, "q=4").is_some() && runs.under_way(new.organisation, "q=3").is_none());
    }
}
