//! Checking the audit chain in the background, so that a long one keeps nobody waiting: how far that is, and what the last check found.
//!
//! Never two checks at once in one process: whoever asks while one is under way is told of that one. What was found is remembered by this
//! process alone; it is nothing that cannot be found anew.

use crate::{authority::Shared, caller::Caller, http::organisations, problem::Problem};
use jeton_core::{limits, timestamp::Timestamp};
use jeton_store::audit::ChainReport;
use parking_lot::Mutex;
use std::sync::Arc;
use tokio::sync::watch;

/// A check.
#[derive(Debug)]
pub struct AuditCheck {
    /// When it began.
    pub began_at: Timestamp,
    progress: watch::Sender<Progress>,
}

/// How far a check is.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    /// Events read so far.
    pub read: u64,
    /// Events that there are.
    pub expected: u64,
    /// What it found, or why it broke off; none while it is under way.
    pub outcome: Option<Result<ChainReport, String>>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// The newest check of this process.
#[derive(Debug, Default)]
pub struct AuditChecks(Mutex<Option<Arc<AuditCheck>>>);

impl AuditCheck {
    fn begun_at(began_at: Timestamp) -> Arc<Self> {
        Arc::new(Self { began_at, progress: watch::Sender::new(Progress::default()) })
    }
    /// How far it is.
    pub fn progress(&self) -> Progress {
        self.progress.borrow().clone()
    }
    fn is_running(&self) -> bool {
        self.progress.borrow().outcome.is_none()
    }
    /// Waits until it is through, or a moment is over.
    pub async fn awaited(&self) {
        let mut seen = self.progress.subscribe();
        let through = seen.wait_for(|progress| progress.outcome.is_some());
        // Where the moment is over, the page says how far it is.
        let _late = tokio::time::timeout(limits::AUDIT_CHECK_PATIENCE.into(), through).await.is_err();
    }
}

impl AuditChecks {
    fn newest(&self) -> Option<Arc<AuditCheck>> {
        self.0.lock().clone()
    }
    /// The check that is under way, or a new one; whether it is new.
    fn begin_at(&self, now: Timestamp) -> (Arc<AuditCheck>, bool) {
        let mut newest = self.0.lock();
        if let Some(running) = newest.as_ref().filter(|check| check.is_running()) {
            return (Arc::clone(running), false);
        }
        let check = AuditCheck::begun_at(now);
        *newest = Some(Arc::clone(&check));
        (check, true)
    }
}

/// The newest check, where this process made one. One chain holds the events of all organisations: only the first one's see it.
pub fn newest(authority: &Shared, caller: &Caller) -> Result<Option<Arc<AuditCheck>>, Problem> {
    organisations::only_main(authority, caller)?;
    Ok(authority.audit_checks.newest())
}

/// Begins a check, or gives the one that is under way.
pub fn begin(authority: &Shared, caller: &Caller) -> Result<Arc<AuditCheck>, Problem> {
    organisations::only_main(authority, caller)?;
    let (check, is_new) = authority.audit_checks.begin_at(authority.now());
    if is_new {
        tokio::spawn(read(Arc::clone(authority), Arc::clone(&check)));
    }
    Ok(check)
}

async fn read(authority: Shared, check: Arc<AuditCheck>) {
    let told = |read, expected| check.progress.send_modify(|progress| (progress.read, progress.expected) = (read, expected));
    let reading = authority.store.verify_audit(told);
    let outcome = match authority.stopping.run_until_cancelled(reading).await {
        Some(Ok(report)) => Ok(report),
        Some(Err(error)) => Err(Problem::from(error).detail().to_owned()),
        None => Err("the program was told to stop".to_owned()),
    };
    let ended_at = Some(authority.now());
    check.progress.send_modify(|progress| (progress.outcome, progress.ended_at) = (Some(outcome), ended_at));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_check_at_a_time() {
        let checks = AuditChecks::default();
        assert!(checks.newest().is_none());
        let (first, is_new) = checks.begin_at(Timestamp::from_seconds(1));
        assert!(is_new && first.is_running());
        let (same, is_new) = checks.begin_at(Timestamp::from_seconds(2));
        assert!(!is_new && Arc::ptr_eq(&first, &same));
        first.progress.send_modify(|progress| progress.outcome = Some(Err("broken off".to_owned())));
        let (second, is_new) = checks.begin_at(Timestamp::from_seconds(3));
        assert!(is_new && second.began_at == Timestamp::from_seconds(3) && checks.newest().is_some_and(|own| Arc::ptr_eq(&own, &second)));
    }
}
