//! Adding, editing, shutting and removing accounts. A shut account's tokens are suspended and its sessions
//! ended in the same transaction; a removed one's ways to sign in, sessions and consents go with it.

use super::{User, UserEdit, UserEdited, load_owned, row::UserRow};
use crate::{
    audit::Actor,
    cut::in_use,
    error::StoreError,
    fault::{Fault, unique},
    link::{execute, fetch_all, fetch_optional},
    page::same_version,
    password::{self, PasswordHash},
    session,
    store::Store,
    token::{self, Transition},
    writer::{Operation, Tx},
};
use jeton_core::{
    facts::TokenState,
    id::{OrganisationId, TokenId, UserId},
};
use serde_json::json;

const INSERT: &str = "INSERT INTO users (id, organisation, name, email, role, disabled, created_at, version, mark) \
                      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING";
const EDIT: &str =
    "UPDATE users SET name = $1, email = $2, role = $3, disabled = $4, version = $5, mark = $6 WHERE id = $7 AND version = $8";
const ACTIVE: &str = "SELECT id FROM tokens WHERE organisation = $1 AND subject = $2 AND state = 'active' ORDER BY id";
const USED: &str = concat!("SELECT COUNT(*) FROM tokens t WHERE t.organisation = $1 AND t.subject = $2 AND ", in_use!());
const REMOVE: &str = "DELETE FROM users WHERE id = $1";
/// What a person signed in with, and the links that were about the account.
const WAYS_IN: [&str; 6] = [
    "DELETE FROM passwords WHERE account = $1",
    "DELETE FROM passkeys WHERE account = $1",
    "DELETE FROM totp_secrets WHERE account = $1",
    "DELETE FROM recovery_codes WHERE account = $1",
    "DELETE FROM verified_emails WHERE account = $1",
    "DELETE FROM account_links WHERE account = $1",
];

/// Why the tokens of a shut account are suspended and its sessions ended.
const REASON: &str = "account_disabled";

impl Store {
    /// Adds a user.
    pub async fn insert_user(&self, new: User, actor: Actor) -> Result<User, StoreError> {
        self.write(Insert { new, actor }).await
    }
    /// Adds a user who can sign in with a password from the beginning.
    pub async fn insert_user_with_password(&self, new: User, hash: PasswordHash, actor: Actor) -> Result<User, StoreError> {
        self.write(InsertWithPassword { insert: Insert { new, actor }, hash }).await
    }
    /// Edits a user that is still at `version`. Disabling suspends the user's tokens, which nothing resumes by itself, and
    /// ends the user's sessions.
    pub async fn edit_user(
        &self,
        owner: OrganisationId,
        id: UserId,
        version: i64,
        edit: UserEdit,
        actor: Actor,
    ) -> Result<UserEdited, StoreError> {
        self.write(Edit { owner, id, version, edit, actor }).await
    }
    /// Removes a user who has no token left that is not revoked.
    pub async fn remove_user(&self, owner: OrganisationId, id: UserId, actor: Actor) -> Result<(), StoreError> {
        self.write(Remove { owner, id, actor }).await
    }
}

/// Adds a user.
pub(crate) struct Insert {
    pub(crate) new: User,
    pub(crate) actor: Actor,
}

impl Operation for Insert {
    type Answer = User;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<User, Fault> {
        let new = User { version: 1, ..self.new.clone() };
        let row = UserRow::sealed(&new, tx.marks());
        let inserted = execute!(
            &mut tx.link,
            INSERT,
            row.id.as_str(),
            row.organisation.as_str(),
            row.name.as_str(),
            row.email.as_deref(),
            row.role.as_str(),
            row.disabled,
            row.created_at,
            row.version,
            row.mark.as_slice(),
        )?;
        if inserted == 0 {
            return Err(StoreError::Exists("a user of this name").into());
        }
        tx.audit(&self.actor, Some(new.organisation), "user.add", &row.id, json!({ "name": row.name, "role": row.role }));
        Ok(new)
    }
}

struct InsertWithPassword {
    insert: Insert,
    hash: PasswordHash,
}

impl Operation for InsertWithPassword {
    type Answer = User;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<User, Fault> {
        let user = self.insert.apply(tx).await?;
        password::write(tx, user.id, &self.hash, &self.insert.actor).await?;
        tx.audit(&self.insert.actor, Some(user.organisation), "password.set", &user.id.to_string(), json!({}));
        Ok(user)
    }
}

/// Edits a user.
pub(crate) struct Edit {
    pub(crate) owner: OrganisationId,
    pub(crate) id: UserId,
    pub(crate) version: i64,
    pub(crate) edit: UserEdit,
    pub(crate) actor: Actor,
}

impl Operation for Edit {
    type Answer = UserEdited;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<UserEdited, Fault> {
        let found = load_owned(&mut tx.link, &tx.shared.marks, self.owner, self.id).await?;
        same_version(found.version, self.version)?;
        let edit = self.edit.clone();
        let user = User {
            name: edit.name.unwrap_or(found.name),
            email: edit.email.unwrap_or(found.email),
            role: edit.role.unwrap_or(found.role),
            disabled: edit.disabled.unwrap_or(found.disabled),
            version: found.version + 1,
            ..found
        };
        let row = UserRow::sealed(&user, tx.marks());
        let updated = execute!(
            &mut tx.link,
            EDIT,
            row.name.as_str(),
            row.email.as_deref(),
            row.role.as_str(),
            row.disabled,
            row.version,
            row.mark.as_slice(),
            row.id.as_str(),
            self.version,
        );
        unique(updated, "a user of this name")?;
        let suspended = if user.disabled { self.suspend_tokens(tx).await? } else { 0 };
        let ended = if user.disabled { session::end_all(tx, user.id, None, REASON, &self.actor).await? } else { Vec::new() };
        let action = match (found.disabled, user.disabled) {
            (false, true) => "user.disable",
            (true, false) => "user.enable",
            (true, true) | (false, false) => "user.edit",
        };
        let details = json!({ "name": row.name, "role": row.role, "tokens_suspended": suspended, "sessions_ended": ended.len() });
        tx.audit(&self.actor, Some(self.owner), action, &row.id, details);
        Ok(UserEdited { user, suspended, ended, revision: tx.revision() })
    }
}

impl Edit {
    async fn suspend_tokens(&self, tx: &mut Tx<'_>) -> Result<u64, Fault> {
        let ids = fetch_all!(&mut tx.link, (String,), ACTIVE, self.owner.to_string(), self.id.to_string())?;
        let transition = Transition { to: TokenState::Suspended, reason: Some(REASON.to_owned()), comment: None };
        let mut suspended = 0;
        for (id,) in ids {
            let Ok(id) = TokenId::parse(&id) else { continue };
            if let Some(mut row) = token::load(&mut tx.link, &tx.shared.marks, id).await? {
                token::move_to(tx, &mut row, &transition, &self.actor).await?;
                suspended += 1;
            }
        }
        Ok(suspended)
    }
}

struct Remove {
    owner: OrganisationId,
    id: UserId,
    actor: Actor,
}

impl Operation for Remove {
    type Answer = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        let found = load_owned(&mut tx.link, &tx.shared.marks, self.owner, self.id).await?;
        let used = fetch_optional!(&mut tx.link, (i64,), USED, self.owner.to_string(), self.id.to_string())?.map_or(0, |(used,)| used);
        if used > 0 {
            return Err(StoreError::Conflict(format!("the user has {used} tokens that are not revoked: revoke them first")).into());
        }
        session::end_all(tx, self.id, None, "account_removed", &self.actor).await?;
        execute!(&mut tx.link, "DELETE FROM consents WHERE account = $1", self.id.to_string())?;
        for gone in WAYS_IN {
            execute!(&mut tx.link, gone, self.id.to_string())?;
        }
        execute!(&mut tx.link, REMOVE, self.id.to_string())?;
        tx.audit(&self.actor, Some(self.owner), "user.remove", &self.id.to_string(), json!({ "name": found.name }));
        Ok(())
    }
}
