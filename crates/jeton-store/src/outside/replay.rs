//! Doing again what the journal holds and the database does not: after a crash between the two, and after a restore.
//!
//! Only ever takes away, except where a restore brings back a suspension that was ended since.

use super::Entry;
use crate::{
    api,
    audit::Actor,
    client, cut,
    error::{Result, StoreError},
    fault::Fault,
    link::execute,
    store::Store,
    token::{TokenRow, Transition, load, move_to, update},
    writer::{Operation, Tx},
};
use jeton_core::{change::Changed, change::Revision, facts::TokenState, id::TokenId, timestamp::Timestamp, token_text::TokenDigest};
use serde_json::json;

/// Entries to do again.
pub(crate) struct Replay {
    /// Each with the place that a row which knows of it has at least.
    pub(crate) entries: Vec<(Revision, Entry)>,
    pub(crate) now: Timestamp,
    /// Whether suspensions are ended that were ended.
    pub(crate) resume: bool,
}

/// What it came to.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ReplayCounts {
    /// Tokens that were revoked, suspended, resumed or rotated again.
    pub(crate) changed: u64,
    /// Tokens and clients that were suspended because their rules were edited since.
    pub(crate) suspended: u64,
}

impl Store {
    /// Does again what a crash kept from the database. What was not acknowledged is done only where it takes away.
    pub(crate) async fn replay(&self, entries: Vec<Entry>) -> Result<()> {
        let takes_away =
            |entry: &Entry| matches!(entry, Entry::Revoked { .. } | Entry::Suspended { .. } | Entry::Cut { .. } | Entry::KeyRemoved { .. });
        let entries: Vec<_> = entries.into_iter().filter(takes_away).map(|entry| (Revision::default(), entry)).collect();
        let Some(now) = entries.iter().map(|(_, entry)| entry.at()).max() else { return Ok(()) };
        self.write(Replay { entries, now, resume: false }).await.map(drop)
    }
}

impl Operation for Replay {
    type Answer = ReplayCounts;

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<ReplayCounts, Fault> {
        let mut counts = ReplayCounts::default();
        for (floor, entry) in &self.entries {
            match entry {
                Entry::KeyRemoved { kid, .. } => {
                    if execute!(&mut tx.link, "DELETE FROM signing_keys WHERE kid = $1", kid.as_str())? > 0 {
                        tx.changed(self.now, Changed::SigningKeys);
                        tx.audit(&Actor::system(self.now), None, "key.remove", kid, json!({ "why": "journal" }));
                    }
                }
                Entry::Cut { .. } => {
                    if let Some(cut) = entry.cut() {
                        counts.changed += u64::from(cut::put_back(tx, cut).await?);
                    }
                }
                Entry::ApiChanged { api, .. } => api::write_anew(tx, *api, *floor, self.now).await?,
                Entry::ClientChanged { client, .. } => {
                    counts.suspended += u64::from(client::suspend_older(tx, *client, *floor, self.now).await?);
                }
                Entry::Revoked { token, .. }
                | Entry::Suspended { token, .. }
                | Entry::Resumed { token, .. }
                | Entry::Rotated { token, .. }
                | Entry::Edited { token, .. } => self.again(tx, entry, *token, *floor, &mut counts).await?,
            }
        }
        Ok(counts)
    }
}

impl Replay {
    async fn again(
        &self,
        tx: &mut Tx<'_>,
        entry: &Entry,
        token: TokenId,
        floor: Revision,
        counts: &mut ReplayCounts,
    ) -> std::result::Result<(), Fault> {
        let mut row = match load(&mut tx.link, &tx.shared.marks, token).await {
            Ok(Some(row)) => row,
            // Not in the backup, or swept; or changed from outside, which is reported and never believed.
            Ok(None) | Err(Fault::Refused(StoreError::Tampered { .. }) | Fault::Contradicted { .. }) => return Ok(()),
            Err(fault) => return Err(fault),
        };
        if let Entry::Rotated { generation, current, hint, previous, .. } = entry {
            if row.generation < *generation && row.parse_state()? != TokenState::Revoked {
                rotate(tx, &mut row, token, *generation, current, hint, previous, self.now).await?;
                counts.changed += 1;
                return Ok(());
            }
            if row.generation == *generation && row.previous_until.is_some_and(|until| until > previous.1.as_micros()) {
                row.previous_until = Some(previous.1.as_micros());
                update(tx, &mut row, token, self.now).await?;
                counts.changed += 1;
                return Ok(());
            }
            return keep(tx, &mut row, token, floor, self.now).await;
        }
        let (to, reason) = match (entry, row.parse_state()?) {
            (Entry::Revoked { .. }, TokenState::Active | TokenState::Suspended) => (TokenState::Revoked, "journal"),
            (Entry::Suspended { .. }, TokenState::Active) => (TokenState::Suspended, "journal"),
            (Entry::Resumed { .. }, TokenState::Suspended) if self.resume => (TokenState::Active, "journal"),
            (Entry::Edited { .. }, TokenState::Active) => (TokenState::Suspended, "restored"),
            _ => return keep(tx, &mut row, token, floor, self.now).await,
        };
        let comment = Some("done again from the journal outside the database".to_owned());
        let transition = Transition { to, reason: Some(reason.to_owned()), comment };
        move_to(tx, &mut row, &transition, &Actor::system(self.now)).await?;
        if matches!(entry, Entry::Edited { .. }) {
            counts.suspended += 1;
        } else {
            counts.changed += 1;
        }
        Ok(())
    }
}

/// A row that needs no change is written anew where the journal knows of a newer one: from here on this is the newest.
async fn keep(tx: &mut Tx<'_>, row: &mut TokenRow, token: TokenId, floor: Revision, now: Timestamp) -> std::result::Result<(), Fault> {
    if crate::change::from_column(row.revision) < floor {
        update(tx, row, token, now).await?;
    }
    Ok(())
}

#[expect(clippy::too_many_arguments, reason = "the parts of one journal entry")]
async fn rotate(
    tx: &mut Tx<'_>,
    row: &mut TokenRow,
    token: TokenId,
    generation: i64,
    current: &TokenDigest,
    hint: &str,
    (previous, until): &(TokenDigest, Timestamp),
    now: Timestamp,
) -> std::result::Result<(), Fault> {
    row.digest = current.as_bytes().to_vec();
    row.previous_digest = Some(previous.as_bytes().to_vec());
    row.previous_until = Some(until.as_micros());
    hint.clone_into(&mut row.hint);
    row.generation = generation;
    let organisation = row.record()?.policy.organisation;
    update(tx, row, token, now).await?;
    let details = json!({ "generation": generation, "why": "journal" });
    tx.audit(&Actor::system(now), Some(organisation), "token.rotate", token.digits(), details);
    Ok(())
}
