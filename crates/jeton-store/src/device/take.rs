//! Taking what a person allowed to a device, once: the code is used and its tokens are issued in one transaction.
//!
//! Never uses a code up for tokens that are not issued, and never issues for one that was used.

use super::row::{self, State};
use crate::{
    audit::Actor,
    error::Result,
    fault::Fault,
    grant::{self, NewGrant, PlannedGrant},
    store::Store,
    writer::{Operation, Tx},
};
use jeton_core::{change::Revision, id::ClientId};

/// A device code that is about to be taken. Everything that can be said of the request was found in order before.
#[derive(Clone, Debug)]
pub struct DeviceTaking {
    /// SHA-256 of the device code.
    pub digest: [u8; 32],
    /// The client that presents it.
    pub client: ClientId,
    /// What it becomes.
    pub grant: NewGrant,
}

impl Store {
    /// Makes a grant of a device code that somebody approved; gives its place in the change log. `None` when there is nothing to
    /// take (any more): of many that try, one gets it.
    pub async fn take_device(&self, taking: DeviceTaking, actor: Actor) -> Result<Option<Revision>> {
        let DeviceTaking { digest, client, grant } = taking;
        self.write(Take { digest, client, planned: PlannedGrant::of(grant, &actor)?, actor }).await
    }
}

struct Take {
    digest: [u8; 32],
    client: ClientId,
    planned: PlannedGrant,
    actor: Actor,
}

impl Operation for Take {
    type Answer = Option<Revision>;
    const REFUSES_FIRST: bool = true;
    const ONLY_ISSUES: bool = true;

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<Option<Revision>, Fault> {
        let now = self.actor.at;
        let found = row::by_digest(&mut tx.link, &tx.shared.marks, &self.digest).await?;
        let Some(mut row) = found.filter(|row| row.client == self.client.to_string()) else { return Ok(None) };
        if row.parse_state()? != State::Approved || row.expires_at <= now.as_micros() {
            return Ok(None);
        }
        if grant::is_cut(tx, &row.approval()?) {
            return Ok(None);
        }
        self.planned.check(tx, now).await?;
        let revision = self.planned.insert(tx, &self.actor).await?;
        row.state = State::Used.as_str().to_owned();
        row::update(tx, row).await?;
        Ok(Some(revision))
    }
}
