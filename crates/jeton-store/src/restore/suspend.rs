//! Suspending every token: what a restore does when nobody can tell what was revoked since the backup.

use crate::{
    audit::Actor,
    error::Result,
    fault::Fault,
    link::fetch_all,
    marks::tampered,
    store::Store,
    token::{Transition, load, move_to},
    writer::{Operation, Tx},
};
use jeton_core::{facts::TokenState, id::TokenId, limits, timestamp::Timestamp};

/// The reason that these tokens carry.
pub(crate) const RESTORED: &str = "restored";

/// One batch, by id.
struct Batch {
    after: String,
    now: Timestamp,
}

/// Suspends all active tokens, in batches.
pub(super) async fn all(store: &Store, now: Timestamp) -> Result<u64> {
    let (mut after, mut suspended) = (String::new(), 0);
    loop {
        let (last, count) = store.write(Batch { after, now }).await?;
        suspended += count;
        match last {
            Some(last) => after = last,
            None => return Ok(suspended),
        }
    }
}

impl Operation for Batch {
    type Answer = (Option<String>, u64);

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<Self::Answer, Fault> {
        let find = "SELECT id FROM tokens WHERE id > $1 AND state = 'active' ORDER BY id LIMIT $2";
        let ids = fetch_all!(&mut tx.link, (String,), find, self.after.as_str(), limits::STEP_ROWS as i64)?;
        let transition = Transition { to: TokenState::Suspended, reason: Some(RESTORED.to_owned()), comment: None };
        let actor = Actor::system(self.now);
        let mut count = 0;
        for (id,) in &ids {
            let token = TokenId::parse(id).map_err(|_| tampered("tokens", id, "its id is none"))?;
            // A row that does not carry its mark is not believed anyway, and not marked anew either.
            let Ok(Some(mut row)) = load(&mut tx.link, &tx.shared.marks, token).await else { continue };
            move_to(tx, &mut row, &transition, &actor).await?;
            count += 1;
        }
        Ok((ids.into_iter().next_back().map(|(id,)| id), count))
    }
}
