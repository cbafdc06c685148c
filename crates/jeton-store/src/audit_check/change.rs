//! Beginning a check, saying how far it is, and ending it.

use super::{AuditCheck, CheckState, row};
use crate::{
    audit::Actor,
    error::{Result, StoreError},
    fault::Fault,
    store::Store,
    writer::{Operation, Tx},
};
use jeton_core::{id::RequestId, limits, timestamp::Timestamp};

/// What is said of a check whose reader is gone.
const GONE: &str = "the program that read the chain ended before it was through";

impl Store {
    /// Begins a check that the caller is to read for, or gives the one that is under way; and whether it is new.
    pub async fn begin_audit_check(&self, id: RequestId, actor: Actor) -> Result<(AuditCheck, bool)> {
        self.write(Begin { id, actor }).await
    }
    /// Notes how far a check is. Outdated where it was taken for broken off meanwhile.
    pub async fn note_audit_check_at(&self, check: AuditCheck, read: u64, expected: u64, now: Timestamp) -> Result<AuditCheck> {
        let held_until = now.plus(limits::AUDIT_CHECK_HOLD);
        self.write(Put(AuditCheck { read, expected, held_until, ..check })).await
    }
    /// Ends a check with what it found, or why it broke off.
    pub async fn end_audit_check_at(&self, check: AuditCheck, state: CheckState, now: Timestamp) -> Result<AuditCheck> {
        self.write(Put(AuditCheck { state, ended_at: Some(now), ..check })).await
    }
}

struct Begin {
    id: RequestId,
    actor: Actor,
}

impl Operation for Begin {
    type Answer = (AuditCheck, bool);

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<(AuditCheck, bool), Fault> {
        let now = self.actor.at;
        for mut found in row::running(&mut tx.link, &tx.shared.marks).await? {
            if found.is_running_at(now) {
                return Ok((found, false));
            }
            (found.state, found.ended_at) = (CheckState::Failed(GONE.to_owned()), Some(found.held_until));
            found.version += 1;
            row::put(tx, &found).await?;
        }
        let check = AuditCheck {
            id: self.id,
            began_at: now,
            began_by: self.actor.who.clone(),
            read: 0,
            expected: 0,
            state: CheckState::Running,
            ended_at: None,
            held_until: now.plus(limits::AUDIT_CHECK_HOLD),
            version: 1,
        };
        row::put(tx, &check).await?;
        Ok((check, true))
    }
}

/// Writes a check in the place of the one that its reader knows.
struct Put(AuditCheck);

impl Operation for Put {
    type Answer = AuditCheck;
    const REFUSES_FIRST: bool = true;

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<AuditCheck, Fault> {
        let found = row::by_id(&mut tx.link, &tx.shared.marks, self.0.id).await?.ok_or(StoreError::NotFound("check"))?;
        if found.version != self.0.version {
            return Err(StoreError::Outdated { found: found.version }.into());
        }
        let check = AuditCheck { version: found.version + 1, ..self.0.clone() };
        row::put(tx, &check).await?;
        Ok(check)
    }
}
