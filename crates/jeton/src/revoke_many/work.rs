//! The job that works on runs: batch by batch, whoever began them, on this node or on another that is gone since.
//!
//! Never works on a run that it does not hold, and ends none because the database is away for a moment.

use super::filter_at;
use crate::{authority::Shared, problem::Problem, token_search::TokenQuery};
use jeton_core::limits;
use jeton_store::{StoreError, revocation_run::RevocationRun, token::TokenFilter};
use std::{sync::Arc, time::Duration};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// How often runs are looked for that nobody works on.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Works on runs until `stop`; what is under way then goes on where others look for it.
pub async fn work_until(authority: Shared, stop: CancellationToken) {
    let mut working = JoinSet::new();
    while !stop.is_cancelled() {
        take_up(&authority, &mut working).await;
        tokio::select! {
            () = stop.cancelled() => {}
            () = authority.revoking.notified() => {}
            Some(_) = working.join_next() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
    while working.join_next().await.is_some() {}
}

/// Takes up what nobody works on, as many runs as this process works on at once.
async fn take_up(authority: &Shared, working: &mut JoinSet<()>) {
    while working.len() < limits::REVOCATION_RUNS_AT_ONCE && !authority.stopping.is_cancelled() {
        match authority.store.take_revocation_run_at(authority.now()).await {
            Ok(Some(run)) => drop(working.spawn(work(Arc::clone(authority), run))),
            Ok(None) => return,
            Err(error) => return tracing::warn!(%error, "runs that revoke many tokens could not be looked for"),
        }
    }
}

async fn work(authority: Shared, run: RevocationRun) {
    let id = run.id;
    match go_on(&authority, run).await {
        Ok(()) => {}
        Err(StoreError::Outdated { .. }) => tracing::debug!(run = %id, "somebody else works on the run by now"),
        Err(error) => tracing::warn!(%error, run = %id, "revoking many tokens is interrupted, and is gone on with in a moment"),
    }
}

/// Works on a run to its end, or until the program is told to stop.
async fn go_on(authority: &Shared, mut run: RevocationRun) -> Result<(), StoreError> {
    let filter = match meant(&run) {
        Ok(filter) => filter,
        Err(problem) => return fail(authority, run, problem.detail().to_owned()).await,
    };
    while run.is_running() {
        if authority.stopping.is_cancelled() {
            return authority.store.release_revocation_run_at(run, authority.now()).await.map(drop);
        }
        let held = run.clone();
        run = match authority.store.step_revocation_run_at(run, filter.clone(), authority.now()).await {
            Ok(stepped) => stepped,
            Err(error @ (StoreError::Unavailable(_) | StoreError::Outdated { .. })) => return Err(error),
            Err(error) => {
                tracing::warn!(%error, run = %held.id, "revoking many tokens broke off");
                return fail(authority, held, Problem::from(error).detail().to_owned()).await;
            }
        };
    }
    Ok(())
}

async fn fail(authority: &Shared, run: RevocationRun, why: String) -> Result<(), StoreError> {
    authority.store.fail_revocation_run_at(run, why, authority.now()).await.map(drop)
}

/// What its search means: read anew, as of when the run began.
fn meant(run: &RevocationRun) -> Result<TokenFilter, Problem> {
    let query: TokenQuery = crate::http::query::parse(&run.search)?;
    filter_at(&query, run.began_at)
}
