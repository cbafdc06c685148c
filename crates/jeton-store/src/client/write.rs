//! Writing a changed client: one place for its version, its place in the change log, its mark and its entry in the journal.

use super::{Client, ClientSecret, ClientState, row::ClientRow, row::by_id};
use crate::{
    audit::Actor,
    error::StoreError,
    fault::Fault,
    link::execute,
    outside::Entry,
    token::{self, TokenRow, Transition, update},
    writer::Tx,
};
use jeton_core::{
    change::{Changed, Revision},
    facts::TokenState,
    id::ClientId,
    timestamp::Timestamp,
    token_text::TokenDigest,
};
use serde_json::json;

const UPDATE: &str = "UPDATE clients SET name = $1, state = $2, registration = $3, policy = $4, pending = $5, reason = $6, \
                      registration_digest = $7, changed_at = $8, version = $9, revision = $10, mark = $11 \
                      WHERE id = $12 AND version = $13";

/// Writes a client whose fields were changed since it was loaded; whoever changed it meanwhile wins.
pub(super) async fn write(tx: &mut Tx<'_>, client: &mut Client, at: Timestamp) -> Result<Revision, Fault> {
    let was = client.version;
    let revision = tx.changed(at, Changed::Client(client.id));
    client.version += 1;
    client.changed_at = at;
    client.revision = revision;
    let row = ClientRow::sealed(client, tx.marks())?;
    let updated = execute!(
        &mut tx.link,
        UPDATE,
        row.name.as_str(),
        row.state.as_str(),
        row.registration.as_str(),
        row.policy.as_str(),
        row.pending.as_deref(),
        row.reason.as_deref(),
        row.registration_digest.as_deref(),
        row.changed_at,
        row.version,
        row.revision,
        row.mark.as_slice(),
        row.id.as_str(),
        was,
    )?;
    if updated != 1 {
        return Err(StoreError::Conflict(format!("client `{}` was changed meanwhile: read it again", client.id)).into());
    }
    tx.journal(Entry::ClientChanged { client: client.id, at });
    Ok(revision)
}

/// The client's anchor among the tokens. It is there as long as the client is.
pub(super) async fn anchor(tx: &mut Tx<'_>, id: ClientId) -> Result<TokenRow, Fault> {
    let row = token::load(&mut tx.link, &tx.shared.marks, id.anchor()).await?;
    Ok(row.ok_or(StoreError::NotFound("anchor of the client"))?)
}

/// Brings the client's anchor into a state, and all of its tokens with it, where it is in another one.
pub(super) async fn move_anchor(tx: &mut Tx<'_>, id: ClientId, to: TokenState, reason: Option<&str>, actor: &Actor) -> Result<(), Fault> {
    let mut row = anchor(tx, id).await?;
    let was = row.parse_state()?;
    if was == to {
        return Ok(());
    }
    if was == TokenState::Revoked {
        return Err(StoreError::Conflict("the client's tokens were revoked for good: register it again".to_owned()).into());
    }
    let transition = Transition { to, reason: reason.map(str::to_owned), comment: None };
    token::move_to(tx, &mut row, &transition, actor).await?;
    Ok(())
}

/// Gives the client another secret at once, or takes its secrets away: how it proves itself was changed.
pub(super) async fn replace_secret(tx: &mut Tx<'_>, id: ClientId, secret: Option<&ClientSecret>, actor: &Actor) -> Result<(), Fault> {
    let mut row = anchor(tx, id).await?;
    let before = row.record()?;
    let none = || (TokenDigest::from_bytes([0; 32]), String::new());
    let (digest, hint) = secret.map_or_else(none, |secret| (secret.digest, secret.hint.clone()));
    row.digest = digest.as_bytes().to_vec();
    row.previous_digest = None;
    row.previous_until = None;
    row.hint.clone_from(&hint);
    row.generation += 1;
    update(tx, &mut row, id.anchor(), actor.at).await?;
    tx.journal(Entry::Rotated {
        token: id.anchor(),
        at: actor.at,
        generation: row.generation,
        current: digest,
        hint,
        previous: (before.secrets.current, actor.at),
    });
    let details = json!({ "generation": row.generation, "has_secret": secret.is_some() });
    tx.audit(actor, Some(before.policy.organisation), "token.rotate", id.anchor().digits(), details);
    Ok(())
}

/// After a restore: a client whose row is older than `floor` may be allowed more than it was, so it is suspended until somebody has
/// looked at it. Gives whether it was.
pub(crate) async fn suspend_older(tx: &mut Tx<'_>, id: ClientId, floor: Revision, now: Timestamp) -> Result<bool, Fault> {
    // Not in the backup, or removed since.
    let Some(row) = by_id(&mut tx.link, id).await? else { return Ok(false) };
    let mut client = match row.read(&tx.shared.marks) {
        Ok(client) => client,
        // Changed from outside: reported, and never believed.
        Err(Fault::Refused(StoreError::Tampered { .. }) | Fault::Contradicted { .. }) => return Ok(false),
        Err(fault) => return Err(fault),
    };
    if client.revision >= floor {
        return Ok(false);
    }
    let actor = Actor::system(now);
    let was = client.state;
    if was == ClientState::Approved {
        client.state = ClientState::Suspended;
        client.reason = Some("restored from a backup that is older than its last change".to_owned());
        let mut row = anchor(tx, id).await?;
        if row.parse_state()? == TokenState::Active {
            let transition = Transition { to: TokenState::Suspended, reason: Some("restored".to_owned()), comment: None };
            token::move_to(tx, &mut row, &transition, &actor).await?;
        }
    }
    write(tx, &mut client, now).await?;
    let details = json!({ "was": was.as_str(), "state": client.state.as_str(), "why": "journal" });
    tx.audit(&actor, Some(client.organisation), "client.suspend", &client.id.to_string(), details);
    Ok(was != client.state)
}
