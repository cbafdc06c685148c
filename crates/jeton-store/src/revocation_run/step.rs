//! Working on a run: taking it, one batch after the other, and letting it go.

use super::{RevocationRun, RunState, row};
use crate::{
    audit::Actor,
    error::{Result, StoreError},
    fault::Fault,
    store::{Engine, Store, read::read},
    token::{RevokeBatch, TokenFilter, Transition},
    writer::{Operation, Tx},
};
use jeton_core::{facts::TokenState, limits, timestamp::Timestamp};

impl Store {
    /// Takes the run that nobody works on for longest, where there is one.
    pub async fn take_revocation_run_at(&self, now: Timestamp) -> Result<Option<RevocationRun>> {
        let Some(run) = read!(self, link => row::unheld(link, self.marks(), now))? else { return Ok(None) };
        match self.write(Change { run, now, what: What::Hold }).await {
            Ok(run) => Ok(Some(run)),
            // Somebody else was quicker.
            Err(StoreError::Outdated { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
    /// Revokes the next batch of a run that was taken; `filter` is what its search means. Outdated where somebody else took it since.
    pub async fn step_revocation_run_at(&self, run: RevocationRun, filter: TokenFilter, now: Timestamp) -> Result<RevocationRun> {
        self.write(Step { run, filter, now, engine: self.engine() }).await
    }
    /// Lets a run go, for whoever looks for one next.
    pub async fn release_revocation_run_at(&self, run: RevocationRun, now: Timestamp) -> Result<RevocationRun> {
        self.write(Change { run, now, what: What::Release }).await
    }
    /// Ends a run that cannot go on.
    pub async fn fail_revocation_run_at(&self, run: RevocationRun, why: String, now: Timestamp) -> Result<RevocationRun> {
        self.write(Change { run, now, what: What::Fail(why) }).await
    }
}

/// The run as it is in the table, where it is at the version that its holder knows.
async fn current(tx: &mut Tx<'_>, known: &RevocationRun) -> std::result::Result<RevocationRun, Fault> {
    let found = row::by_id(&mut tx.link, &tx.shared.marks, known.id).await?.ok_or(StoreError::NotFound("run"))?;
    if found.version == known.version { Ok(found) } else { Err(StoreError::Outdated { found: found.version }.into()) }
}

struct Change {
    run: RevocationRun,
    now: Timestamp,
    what: What,
}

enum What {
    Hold,
    Release,
    Fail(String),
}

impl Operation for Change {
    type Answer = RevocationRun;
    const REFUSES_FIRST: bool = true;

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<RevocationRun, Fault> {
        let mut run = current(tx, &self.run).await?;
        match &self.what {
            What::Hold => run.held_until = self.now.plus(limits::REVOCATION_RUN_HOLD),
            What::Release => run.held_until = self.now,
            What::Fail(why) => (run.state, run.ended_at) = (RunState::Failed(why.clone()), Some(self.now)),
        }
        run.version += 1;
        row::put(tx, &run).await?;
        Ok(run)
    }
}

struct Step {
    run: RevocationRun,
    filter: TokenFilter,
    now: Timestamp,
    engine: Engine,
}

impl Operation for Step {
    type Answer = RevocationRun;

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<RevocationRun, Fault> {
        let mut run = current(tx, &self.run).await?;
        let batch = RevokeBatch {
            owner: run.organisation,
            filter: &self.filter,
            except: run.spared,
            after: run.place.as_deref(),
            transition: Transition { to: TokenState::Revoked, reason: run.reason.clone(), comment: run.comment.clone() },
            actor: Actor { who: run.began_by.clone(), at: self.now, request: Some(run.id), client_ip: run.client_ip },
        };
        let done = batch.apply(tx, self.engine).await?;
        if done.revoked > 0 {
            run.revision = tx.revision();
        }
        run.revoked += done.revoked;
        run.held_until = self.now.plus(limits::REVOCATION_RUN_HOLD);
        run.version += 1;
        if done.next.is_none() {
            (run.state, run.ended_at) = (RunState::Done, Some(self.now));
        }
        run.place = done.next;
        row::put(tx, &run).await?;
        Ok(run)
    }
}
