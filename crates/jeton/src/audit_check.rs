//! Checking the audit chain in the background, so that a long one keeps nobody waiting: how far that is, and what the last checks found.
//!
//! Never two checks at once: whoever asks while one is under way, on any node, is told of that one.

use crate::{authority::Shared, caller::Caller, http::organisations, problem::Problem};
use jeton_core::limits;
use jeton_store::{
    StoreError,
    audit_check::{AuditCheck, CheckState},
};
use std::{pin::pin, sync::Arc, time::Duration};
use tokio::{
    sync::watch,
    time::{Instant, MissedTickBehavior},
};

/// How often a check says how far it is.
const TELL_EVERY: Duration = Duration::from_secs(1);
/// How often a check is looked at that is waited for.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// The newest checks. One chain holds the events of all organisations: only the first one's see them.
pub async fn newest(authority: &Shared, caller: &Caller) -> Result<Vec<AuditCheck>, Problem> {
    organisations::only_main(authority, caller)?;
    Ok(authority.store.newest_audit_checks(limits::AUDIT_CHECKS_SHOWN).await?)
}

/// Begins a check, or gives the one that is under way.
pub async fn begin(authority: &Shared, caller: &Caller) -> Result<AuditCheck, Problem> {
    organisations::only_main(authority, caller)?;
    let (check, is_new) = authority.store.begin_audit_check(caller.request, caller.actor(authority.now())).await?;
    if is_new {
        tokio::spawn(read(Arc::clone(authority), check.clone()));
    }
    Ok(check)
}

/// Waits until a check is through, or a moment is over.
pub async fn awaited(authority: &Shared, check: &AuditCheck) -> Result<(), Problem> {
    let until = Instant::now() + Duration::from(limits::AUDIT_CHECK_PATIENCE);
    while Instant::now() < until {
        let found = authority.store.show_audit_check(check.id).await?;
        if found.is_none_or(|found| found.state != CheckState::Running) {
            break;
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    Ok(())
}

async fn read(authority: Shared, check: AuditCheck) {
    let id = check.id;
    match read_through(&authority, check).await {
        Ok(()) => {}
        Err(StoreError::Outdated { .. }) => tracing::debug!(check = %id, "the check of the audit chain was taken for broken off"),
        Err(error) => tracing::warn!(%error, check = %id, "what a check of the audit chain found could not be written down"),
    }
}

/// Reads the whole chain and says now and then how far it is.
async fn read_through(authority: &Shared, mut check: AuditCheck) -> Result<(), StoreError> {
    let (tell, progress) = watch::channel((0, 0));
    let reading = authority.store.verify_audit(move |read, expected| {
        tell.send_replace((read, expected));
    });
    let mut reading = pin!(authority.stopping.run_until_cancelled(reading));
    let mut ticks = tokio::time::interval_at(Instant::now() + TELL_EVERY, TELL_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let outcome = loop {
        tokio::select! {
            outcome = &mut reading => break outcome,
            _ = ticks.tick() => {
                let (read, expected) = *progress.borrow();
                check = tell_of(authority, check, read, expected).await?;
            }
        }
    };
    let state = match outcome {
        Some(Ok(report)) => CheckState::Done(report),
        Some(Err(error)) => CheckState::Failed(Problem::from(error).detail().to_owned()),
        None => CheckState::Failed("the program was told to stop".to_owned()),
    };
    authority.store.end_audit_check_at(check, state, authority.now()).await.map(drop)
}

/// Writes down how far it is. A database that is away for a moment ends no check.
async fn tell_of(authority: &Shared, check: AuditCheck, read: u64, expected: u64) -> Result<AuditCheck, StoreError> {
    match authority.store.note_audit_check_at(check.clone(), read, expected, authority.now()).await {
        Err(StoreError::Unavailable(_)) => Ok(check),
        noted => noted,
    }
}
