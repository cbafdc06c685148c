//! Rotating: a new secret under the same id; the old one lives until the overlap ends.

use super::{Owner, Rotation, TokenDetail, TokenRow, insert::update, row::load_owned};
use crate::{
    audit::Actor,
    error::{Result, StoreError},
    fault::Fault,
    outside::Entry,
    silence,
    store::Store,
    writer::{Operation, Tx},
};
use jeton_core::{change::Revision, facts::TokenState, id::TokenId, kind::TokenFormat};
use serde_json::json;

impl Store {
    /// Gives a token a new secret. A second rotation while the overlap of the first runs is a conflict, unless the rotation
    /// says to end it.
    pub async fn rotate_token(&self, owner: Owner, id: TokenId, rotation: Rotation, actor: Actor) -> Result<(TokenDetail, Revision)> {
        self.write(Rotate { owner, id, rotation, actor }).await
    }
}

struct Rotate {
    owner: Owner,
    id: TokenId,
    rotation: Rotation,
    actor: Actor,
}

impl Operation for Rotate {
    type Answer = (TokenDetail, Revision);

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<Self::Answer, Fault> {
        let (rotation, at) = (&self.rotation, self.actor.at);
        let mut row = load_owned(&mut tx.link, &tx.shared.marks, self.owner, self.id).await?;
        let record = row.record()?;
        if record.policy.format == TokenFormat::Jwt {
            return refuse("a JWT has no secret to rotate: derive a new one".to_owned());
        }
        match record.state {
            TokenState::Active => {}
            TokenState::Suspended => return refuse("the token is suspended: resume it before it is rotated".to_owned()),
            TokenState::Revoked => return refuse("the token is revoked: issue a new one".to_owned()),
        }
        if let Some(end) = record.expires_at.filter(|end| *end <= at) {
            return refuse(format!("the token expired at `{end}`: issue a new one"));
        }
        if let Some((_, until)) = record.secrets.previous
            && until > at
            && !rotation.end_running_overlap
        {
            return refuse(format!("the last rotation's overlap runs until `{until}`: wait, or end it with `end_running_overlap`"));
        }
        let previous_until = rotation.previous_until.max(at);
        row.previous_digest = Some(std::mem::replace(&mut row.digest, rotation.digest.as_bytes().to_vec()));
        row.previous_until = Some(previous_until.as_micros());
        row.hint.clone_from(&rotation.hint);
        row.generation += 1;
        let revision = update(tx, &mut row, self.id, at).await?;
        tx.journal(Entry::Rotated {
            token: self.id,
            at,
            generation: row.generation,
            current: rotation.digest,
            hint: rotation.hint.clone(),
            previous: (record.secrets.current, previous_until),
        });
        silence::note(tx, self.id, row.generation, at, rotation.quiet_seconds).await?;
        let details = json!({
            "generation": row.generation,
            "previous_until": previous_until,
            "quiet_seconds": rotation.quiet_seconds,
        });
        tx.audit(&self.actor, Some(self.owner), "token.rotate", self.id.digits(), details);
        Ok((TokenDetail { quiet_seconds: rotation.quiet_seconds, ..row.detail()? }, revision))
    }
}

/// Ends an overlap that is still running: from now on only the newest secret works.
pub(crate) async fn end_overlap(tx: &mut Tx<'_>, row: &mut TokenRow, why: &str, actor: &Actor) -> std::result::Result<Revision, Fault> {
    let record = row.record()?;
    row.previous_until = Some(actor.at.as_micros());
    let revision = update(tx, row, record.id, actor.at).await?;
    if let Some((previous, _)) = record.secrets.previous {
        tx.journal(Entry::Rotated {
            token: record.id,
            at: actor.at,
            generation: row.generation,
            current: record.secrets.current,
            hint: row.hint.clone(),
            previous: (previous, actor.at),
        });
    }
    let details = json!({ "generation": row.generation, "why": why });
    tx.audit(actor, Some(record.policy.organisation), "token.end_overlap", record.id.digits(), details);
    Ok(revision)
}

fn refuse<T>(words: String) -> std::result::Result<T, Fault> {
    Err(StoreError::Conflict(words).into())
}
