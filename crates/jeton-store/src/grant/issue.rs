//! Issuing a grant that no code stands behind.

use super::PlannedGrant;
use crate::{
    audit::Actor,
    fault::Fault,
    writer::{Operation, Tx},
};
use jeton_core::change::Revision;

pub(super) struct IssueGrant {
    pub(super) planned: PlannedGrant,
    pub(super) actor: Actor,
}

impl Operation for IssueGrant {
    type Answer = Revision;
    const REFUSES_FIRST: bool = true;
    const ONLY_ISSUES: bool = true;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Revision, Fault> {
        self.planned.check(tx, self.actor.at).await?;
        self.planned.insert(tx, &self.actor).await
    }
}
