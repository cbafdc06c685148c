//! Registering, using, naming and removing passkeys.

use super::{
    Passkey,
    row::{self, PasskeyRow},
};
use crate::{
    audit::Actor,
    error::{Result, StoreError},
    fault::Fault,
    link::execute,
    page::same_version,
    store::Store,
    user,
    writer::{Operation, Tx},
};
use jeton_core::{
    id::{OrganisationId, PasskeyId, UserId},
    limits,
    name::Name,
};
use serde_json::json;

const INSERT: &str = "INSERT INTO passkeys (id, account, credential, name, body, created_at, used_at, version, mark) \
                      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING";
const UPDATE: &str = "UPDATE passkeys SET name = $1, body = $2, used_at = $3, version = $4, mark = $5 WHERE id = $6 AND version = $7";
const REMOVE: &str = "DELETE FROM passkeys WHERE id = $1";

impl Store {
    /// Adds a passkey to a user's. A conflict where there are too many; exists where an authenticator's key is somebody's already.
    pub async fn insert_passkey(&self, owner: OrganisationId, new: Passkey, actor: Actor) -> Result<Passkey> {
        self.write(Insert { owner, new, actor }).await
    }
    /// Notes that somebody signed in with a passkey that is still at the version of `used`, with what the authenticator told now.
    pub async fn use_passkey(&self, used: Passkey, body: String, actor: Actor) -> Result<Passkey> {
        self.write(Use { used, body, actor }).await
    }
    /// Gives a passkey of a user another name.
    pub async fn rename_passkey(&self, owner: OrganisationId, user: UserId, id: PasskeyId, name: Name, actor: Actor) -> Result<Passkey> {
        self.write(Rename { owner, user, id, name, actor }).await
    }
    /// Removes a passkey of a user.
    pub async fn remove_passkey(&self, owner: OrganisationId, user: UserId, id: PasskeyId, actor: Actor) -> Result<()> {
        self.write(Remove { owner, user, id, actor }).await
    }
}

struct Insert {
    owner: OrganisationId,
    new: Passkey,
    actor: Actor,
}

impl Operation for Insert {
    type Answer = Passkey;

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<Passkey, Fault> {
        user::load_owned(&mut tx.link, &tx.shared.marks, self.owner, self.new.user).await?;
        insert(tx, self.owner, &self.new, &self.actor).await
    }
}

/// Adds a passkey of a user who is known to exist.
pub(crate) async fn insert(tx: &mut Tx<'_>, owner: OrganisationId, new: &Passkey, actor: &Actor) -> std::result::Result<Passkey, Fault> {
    let known = row::of_user(&mut tx.link, &tx.shared.marks, new.user).await?;
    if known.len() >= limits::PASSKEYS_MAX {
        let most = limits::PASSKEYS_MAX;
        return Err(StoreError::Conflict(format!("there are {most} passkeys, and more are not kept: remove one first")).into());
    }
    let new = Passkey { version: 1, used_at: None, ..new.clone() };
    let row = PasskeyRow::sealed(&new, tx.marks());
    let inserted = execute!(
        &mut tx.link,
        INSERT,
        row.id.as_str(),
        row.account.as_str(),
        row.credential.as_slice(),
        row.name.as_str(),
        row.body.as_str(),
        row.created_at,
        row.used_at,
        row.version,
        row.mark.as_slice(),
    )?;
    if inserted == 0 {
        return Err(StoreError::Exists("this passkey").into());
    }
    tx.audit(actor, Some(owner), "passkey.add", &new.user.to_string(), json!({ "passkey": row.id, "name": row.name }));
    Ok(new)
}

struct Use {
    used: Passkey,
    body: String,
    actor: Actor,
}

impl Operation for Use {
    type Answer = Passkey;

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<Passkey, Fault> {
        let found = row::load(&mut tx.link, &tx.shared.marks, self.used.user, self.used.id).await?;
        let found = found.ok_or(StoreError::NotFound("passkey"))?;
        // Two uses at once come from two copies of one counter.
        same_version(found.version, self.used.version)?;
        let next = Passkey { body: self.body.clone(), used_at: Some(self.actor.at), ..found };
        update(tx, next).await
    }
}

struct Rename {
    owner: OrganisationId,
    user: UserId,
    id: PasskeyId,
    name: Name,
    actor: Actor,
}

impl Operation for Rename {
    type Answer = Passkey;

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<Passkey, Fault> {
        let found = row::load(&mut tx.link, &tx.shared.marks, self.user, self.id).await?.ok_or(StoreError::NotFound("passkey"))?;
        let named = update(tx, Passkey { name: self.name.clone(), ..found }).await?;
        let details = json!({ "passkey": self.id, "name": self.name });
        tx.audit(&self.actor, Some(self.owner), "passkey.rename", &self.user.to_string(), details);
        Ok(named)
    }
}

async fn update(tx: &mut Tx<'_>, next: Passkey) -> std::result::Result<Passkey, Fault> {
    let before = next.version;
    let next = Passkey { version: before + 1, ..next };
    let row = PasskeyRow::sealed(&next, tx.marks());
    let (name, body, mark) = (row.name.as_str(), row.body.as_str(), row.mark.as_slice());
    execute!(&mut tx.link, UPDATE, name, body, row.used_at, row.version, mark, row.id.as_str(), before)?;
    Ok(next)
}

struct Remove {
    owner: OrganisationId,
    user: UserId,
    id: PasskeyId,
    actor: Actor,
}

impl Operation for Remove {
    type Answer = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<(), Fault> {
        let found = row::load(&mut tx.link, &tx.shared.marks, self.user, self.id).await?.ok_or(StoreError::NotFound("passkey"))?;
        execute!(&mut tx.link, REMOVE, self.id.to_string())?;
        let details = json!({ "passkey": self.id, "name": found.name });
        tx.audit(&self.actor, Some(self.owner), "passkey.remove", &self.user.to_string(), details);
        Ok(())
    }
}
