//! A device's question whether somebody has answered. What was allowed is only told here: taking it is in [`super::take`].

use super::row::{self, State};
use crate::{
    audit::Actor,
    error::Result,
    fault::Fault,
    store::Store,
    writer::{Operation, Tx},
};
use jeton_core::{id::ClientId, oauth::authorization::Authorization};

/// What a device is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Polled {
    /// There is no such code, or it was given to another client.
    Unknown,
    /// Nobody has answered yet.
    Pending,
    /// It asked too soon, and must ask more slowly from now on.
    TooSoon,
    /// Somebody said no.
    Denied,
    /// Nobody answered in time, or the device did not come for the answer.
    Expired,
    /// Somebody said yes, and the device has not taken it yet.
    Approved(Box<Authorization>),
    /// The device came for it before.
    Used,
}

impl Store {
    /// A device of `client` asks with its code.
    pub async fn poll_device(&self, digest: [u8; 32], client: ClientId, actor: Actor) -> Result<Polled> {
        self.write(Poll { digest, client, actor }).await
    }
}

struct Poll {
    digest: [u8; 32],
    client: ClientId,
    actor: Actor,
}

impl Operation for Poll {
    type Answer = Polled;
    /// Nothing here is refused after it was changed.
    const REFUSES_FIRST: bool = true;

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<Polled, Fault> {
        let found = row::by_digest(&mut tx.link, &tx.shared.marks, &self.digest).await?;
        let Some(mut row) = found.filter(|row| row.client == self.client.to_string()) else { return Ok(Polled::Unknown) };
        let state = row.parse_state()?;
        if state == State::Used {
            return Ok(Polled::Used);
        }
        if row.expires_at <= self.actor.at.as_micros() {
            return Ok(Polled::Expired);
        }
        match state {
            State::Used => Ok(Polled::Used),
            State::Denied => Ok(Polled::Denied),
            State::Pending => {
                let (pace, too_soon) = row.pace().asked_at(self.actor.at);
                row.set_pace(pace);
                row::update(tx, row).await?;
                Ok(if too_soon { Polled::TooSoon } else { Polled::Pending })
            }
            State::Approved => Ok(Polled::Approved(Box::new(row.approval()?))),
        }
    }
}
