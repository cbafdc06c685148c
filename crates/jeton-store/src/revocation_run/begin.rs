//! Beginning a run. The same search is not begun a second time while it is under way.

use super::{NewRun, RevocationRun, RunState, row};
use crate::{
    audit::Actor,
    error::{Result, StoreError},
    fault::Fault,
    link::fetch_one,
    store::Store,
    writer::{Operation, Tx},
};
use jeton_core::{change::Revision, limits};
use serde_json::json;

const RUNNING: &str = "SELECT COUNT(*) FROM revocation_runs WHERE state = 'running' AND organisation = $1";

impl Store {
    /// Begins a run, which nobody holds yet, or gives the one of the same search that is under way. A conflict where too many are.
    pub async fn begin_revocation_run(&self, new: NewRun, actor: Actor) -> Result<RevocationRun> {
        self.write(Begin { new, actor }).await
    }
}

struct Begin {
    new: NewRun,
    actor: Actor,
}

impl Operation for Begin {
    type Answer = RevocationRun;
    const REFUSES_FIRST: bool = true;

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<RevocationRun, Fault> {
        let (new, actor) = (&self.new, &self.actor);
        if let Some(run) = row::under_way(&mut tx.link, &tx.shared.marks, new.organisation, &new.search).await? {
            return Ok(run);
        }
        let (running,) = fetch_one!(&mut tx.link, (i64,), RUNNING, new.organisation.to_string())?;
        if running >= limits::REVOCATION_RUNS_MAX {
            return Err(StoreError::Conflict("too many tokens are being revoked at present".to_owned()).into());
        }
        let run = RevocationRun {
            id: new.id,
            organisation: new.organisation,
            search: new.search.clone(),
            found: new.found,
            began_at: actor.at,
            began_by: actor.who.clone(),
            client_ip: actor.client_ip,
            spared: new.spared,
            reason: new.reason.clone(),
            comment: new.comment.clone(),
            state: RunState::Running,
            revoked: 0,
            revision: Revision::default(),
            ended_at: None,
            place: None,
            held_until: actor.at,
            version: 1,
        };
        row::put(tx, &run).await?;
        let details = json!({ "search": run.search, "found": run.found, "reason": run.reason, "comment": run.comment });
        tx.audit(actor, Some(run.organisation), "token.revoke_many", &run.id.to_string(), details);
        Ok(run)
    }
}
