//! Setting second factors up, using them up, and taking them away.

use super::{TotpSecret, codes, totp};
use crate::{
    audit::Actor,
    error::{Result, StoreError},
    fault::Fault,
    link::execute,
    session::{self, EndedSession},
    store::Store,
    user,
    writer::{Operation, Tx},
};
use jeton_core::id::{OrganisationId, UserId};
use serde_json::json;

/// What a recovery code was worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TakenCode {
    /// It was good, and is used up now; so many are left.
    Good(u64),
    /// It is not this person's, or was used before.
    Wrong,
}

impl Store {
    /// Gives a user a secret for one-time passwords, and these recovery codes in place of all before.
    pub async fn set_totp(&self, owner: OrganisationId, new: TotpSecret, codes: Vec<[u8; 32]>, actor: Actor) -> Result<()> {
        self.write(Set { owner, new, codes, actor }).await
    }
    /// Uses a step's one-time password up: whether it is newer than all that were used.
    pub async fn take_totp_step(&self, user: UserId, step: i64, actor: Actor) -> Result<bool> {
        self.write(TakeStep { user, step, actor }).await
    }
    /// Gives a user who has a secret for one-time passwords other recovery codes.
    pub async fn set_recovery_codes(&self, owner: OrganisationId, user: UserId, codes: Vec<[u8; 32]>, actor: Actor) -> Result<()> {
        self.write(SetCodes { owner, user, codes, actor }).await
    }
    /// Uses a recovery code up.
    pub async fn take_recovery_code(&self, owner: OrganisationId, user: UserId, digest: [u8; 32], actor: Actor) -> Result<TakenCode> {
        self.write(TakeCode { owner, user, digest, actor }).await
    }
    /// Takes a user's one-time passwords and recovery codes away; whether there were any.
    pub async fn remove_totp(&self, owner: OrganisationId, user: UserId, actor: Actor) -> Result<bool> {
        self.write(Remove { owner, user, actor }).await
    }
    /// Takes one-time passwords, recovery codes and passkeys of a user away, and ends the user's sessions: a password alone is left.
    pub async fn reset_factors(&self, owner: OrganisationId, user: UserId, actor: Actor) -> Result<Vec<EndedSession>> {
        self.write(Reset { owner, user, actor }).await
    }
}

struct Set {
    owner: OrganisationId,
    new: TotpSecret,
    codes: Vec<[u8; 32]>,
    actor: Actor,
}

impl Operation for Set {
    type Answer = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<(), Fault> {
        let user = user::load_owned(&mut tx.link, &tx.shared.marks, self.owner, self.new.user).await?;
        totp::set(tx, &self.new).await?;
        codes::replace(tx, user.id, &self.codes, self.actor.at).await?;
        tx.audit(&self.actor, Some(self.owner), "totp.set", &user.id.to_string(), json!({ "recovery_codes": self.codes.len() }));
        Ok(())
    }
}

struct TakeStep {
    user: UserId,
    step: i64,
    actor: Actor,
}

impl Operation for TakeStep {
    type Answer = bool;

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<bool, Fault> {
        let Some(own) = totp::find(&mut tx.link, &tx.shared.marks, self.user).await? else { return Ok(false) };
        if self.step <= own.last_step || own.created_at > self.actor.at {
            return Ok(false);
        }
        totp::set(tx, &TotpSecret { last_step: self.step, ..own }).await?;
        Ok(true)
    }
}

struct SetCodes {
    owner: OrganisationId,
    user: UserId,
    codes: Vec<[u8; 32]>,
    actor: Actor,
}

impl Operation for SetCodes {
    type Answer = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<(), Fault> {
        let user = user::load_owned(&mut tx.link, &tx.shared.marks, self.owner, self.user).await?;
        totp::find(&mut tx.link, &tx.shared.marks, user.id).await?.ok_or(StoreError::NotFound("second factor"))?;
        codes::replace(tx, user.id, &self.codes, self.actor.at).await?;
        tx.audit(&self.actor, Some(self.owner), "recovery_codes.set", &user.id.to_string(), json!({ "recovery_codes": self.codes.len() }));
        Ok(())
    }
}

struct TakeCode {
    owner: OrganisationId,
    user: UserId,
    digest: [u8; 32],
    actor: Actor,
}

impl Operation for TakeCode {
    type Answer = TakenCode;

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<TakenCode, Fault> {
        if !codes::take(tx, self.user, &self.digest, self.actor.at).await? {
            return Ok(TakenCode::Wrong);
        }
        let left = codes::left(&mut tx.link, self.user).await?;
        tx.audit(&self.actor, Some(self.owner), "recovery_code.use", &self.user.to_string(), json!({ "left": left }));
        Ok(TakenCode::Good(left))
    }
}

struct Remove {
    owner: OrganisationId,
    user: UserId,
    actor: Actor,
}

impl Operation for Remove {
    type Answer = bool;

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<bool, Fault> {
        let user = user::load_owned(&mut tx.link, &tx.shared.marks, self.owner, self.user).await?;
        let was_there = totp::remove(tx, user.id).await?;
        codes::remove(tx, user.id).await?;
        if was_there {
            tx.audit(&self.actor, Some(self.owner), "totp.remove", &user.id.to_string(), json!({}));
        }
        Ok(was_there)
    }
}

struct Reset {
    owner: OrganisationId,
    user: UserId,
    actor: Actor,
}

impl Operation for Reset {
    type Answer = Vec<EndedSession>;

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<Vec<EndedSession>, Fault> {
        let user = user::load_owned(&mut tx.link, &tx.shared.marks, self.owner, self.user).await?;
        let had_totp = totp::remove(tx, user.id).await?;
        codes::remove(tx, user.id).await?;
        let passkeys = execute!(&mut tx.link, "DELETE FROM passkeys WHERE account = $1", user.id.to_string())?;
        let ended = session::end_all(tx, user.id, None, "factors_reset", &self.actor).await?;
        let details = json!({ "totp": had_totp, "passkeys": passkeys, "sessions_ended": ended.len() });
        tx.audit(&self.actor, Some(self.owner), "factors.reset", &user.id.to_string(), details);
        Ok(ended)
    }
}
