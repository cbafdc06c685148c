//! Ending overlaps: those whose old secret is silent, in bounded batches, and one at once because somebody says so.

use super::{SilentRotation, find, put};
use crate::{
    audit::Actor,
    error::{Result, StoreError},
    fault::Fault,
    link::fetch_all,
    marks::tampered,
    store::Store,
    token::{TokenDetail, TokenRow, end_overlap, load, load_owned},
    writer::{Operation, Tx},
};
use jeton_core::{
    change::Revision,
    id::{OrganisationId, TokenId},
    timestamp::Timestamp,
};

/// Those that are due by what was written of their use. A clock that went back makes none due.
const DUE: &str = "SELECT r.token FROM silent_rotations r LEFT JOIN last_uses u ON u.token = r.token \
                   WHERE r.ended_at IS NULL AND r.began_at + r.quiet_seconds * 1000000 <= $1 \
                   AND (u.previous_secret_at IS NULL OR u.previous_secret_at + r.quiet_seconds * 1000000 <= $1) \
                   ORDER BY r.began_at LIMIT $2";

impl Store {
    /// Ends the overlaps whose old secret was silent for as long as its rotation asked for; gives how many were
    /// looked at, `batch` at most.
    pub async fn end_silent_overlaps_at(&self, now: Timestamp, batch: usize) -> Result<usize> {
        self.write(Due { now, limit: i64::try_from(batch.clamp(1, 1000)).unwrap_or(1000) }).await
    }
    /// Ends a token's overlap at once: only the newest secret works from now on.
    pub async fn end_overlap(&self, owner: OrganisationId, id: TokenId, actor: Actor) -> Result<(TokenDetail, Revision)> {
        self.write(Now { owner, id, actor }).await
    }
}

struct Due {
    now: Timestamp,
    limit: i64,
}

impl Operation for Due {
    type Answer = usize;

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<usize, Fault> {
        let due = fetch_all!(&mut tx.link, (String,), DUE, self.now.as_micros(), self.limit)?;
        for (id,) in &due {
            let token = TokenId::parse(id).map_err(|_| tampered("silent_rotations", id, "its token's id is none"))?;
            // What was changed from outside was reported, and holds up nobody else.
            let read = async {
                let noted = find(&mut tx.link, &tx.shared.marks, token).await?;
                Ok::<_, Fault>((noted, load(&mut tx.link, &tx.shared.marks, token).await?))
            };
            match read.await {
                Ok((Some(noted), row)) => self.end(tx, noted, row).await?,
                Ok((None, _)) | Err(Fault::Refused(StoreError::Tampered { .. }) | Fault::Contradicted { .. }) => {}
                Err(fault) => return Err(fault),
            }
        }
        Ok(due.len())
    }
}

impl Due {
    /// Ends one overlap; one that is over already, for whatever reason, is only noted as ended.
    async fn end(&self, tx: &mut Tx<'_>, noted: SilentRotation, row: Option<TokenRow>) -> std::result::Result<(), Fault> {
        let running =
            |row: &TokenRow| row.generation == noted.generation && row.previous_until.is_some_and(|until| until > self.now.as_micros());
        if let Some(mut row) = row.filter(running) {
            end_overlap(tx, &mut row, "silent", &Actor::system(self.now)).await?;
        }
        put(tx, &SilentRotation { ended_at: Some(self.now), ..noted }).await
    }
}

struct Now {
    owner: OrganisationId,
    id: TokenId,
    actor: Actor,
}

impl Operation for Now {
    type Answer = (TokenDetail, Revision);

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<Self::Answer, Fault> {
        let mut row = load_owned(&mut tx.link, &tx.shared.marks, self.owner, self.id).await?;
        if row.previous_until.is_none_or(|until| until <= self.actor.at.as_micros()) {
            return Err(StoreError::Conflict("no overlap of a rotation is running: only the newest secret works".to_owned()).into());
        }
        let revision = end_overlap(tx, &mut row, "asked", &self.actor).await?;
        if let Some(noted) = find(&mut tx.link, &tx.shared.marks, self.id).await? {
            put(tx, &SilentRotation { ended_at: Some(self.actor.at), ..noted }).await?;
        }
        Ok((row.detail()?, revision))
    }
}
