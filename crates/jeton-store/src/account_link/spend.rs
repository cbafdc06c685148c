//! Using links up, each in the transaction that does what it is for: whoever comes second finds nothing.

use super::{AccountLink, LinkKind, row};
use crate::{
    audit::Actor,
    error::{Result, StoreError},
    fault::Fault,
    passkey::{self, Passkey},
    password::{self, PasswordHash},
    session::{self, EndedSession},
    store::Store,
    user::{self, User, UserEdit},
    verified_email, way_in,
    writer::{Operation, Tx},
};
use jeton_core::name::Name;
use serde_json::json;

/// The first way to sign in that somebody gives the own account.
#[derive(Clone, Debug)]
pub enum FirstWay {
    /// A password.
    Password(PasswordHash),
    /// A passkey.
    Passkey(Box<Passkey>),
}

/// An account that somebody makes by an invitation. Its organisation and role are the invitation's; so is its address, where the
/// invitation has one.
#[derive(Clone, Debug)]
pub struct InvitedUser {
    /// The account.
    pub user: User,
    /// How its owner will sign in.
    pub way: FirstWay,
}

/// What somebody makes of the first owner's account.
#[derive(Clone, Debug)]
pub struct SetUpOwner {
    /// The name to sign in with.
    pub name: Name,
    /// The e-mail address.
    pub email: Option<String>,
    /// How the owner will sign in.
    pub way: FirstWay,
}

impl Store {
    /// Gives the account of a link another password, and ends its sessions. Second factors stay.
    pub async fn reset_password(&self, digest: [u8; 32], hash: PasswordHash, actor: Actor) -> Result<(User, Vec<EndedSession>)> {
        self.write(Reset { digest, hash, actor }).await
    }
    /// Notes that the address of a link is read, while the account still has it.
    pub async fn confirm_email(&self, digest: [u8; 32], actor: Actor) -> Result<User> {
        self.write(Confirm { digest, actor }).await
    }
    /// Makes an account by an invitation.
    pub async fn accept_invitation(&self, digest: [u8; 32], new: InvitedUser, actor: Actor) -> Result<User> {
        self.write(Accept { digest, new, actor }).await
    }
    /// Makes the first owner's account somebody's. A conflict where an owner can sign in already.
    pub async fn set_up_owner(&self, digest: [u8; 32], owner: SetUpOwner, actor: Actor) -> Result<User> {
        self.write(SetUp { digest, owner, actor }).await
    }
}

/// Uses a link up; not found where it is not good.
async fn spend(tx: &mut Tx<'_>, digest: &[u8; 32], kind: LinkKind, actor: &Actor) -> std::result::Result<AccountLink, Fault> {
    let none = || StoreError::NotFound("link");
    let row = row::by_secret(&mut tx.link, digest, kind).await?.ok_or_else(none)?;
    let own = row.read(&tx.shared.marks)?;
    if !own.is_good_at(actor.at) || !row.use_up(tx, actor.at).await? {
        return Err(none().into());
    }
    Ok(own)
}

/// The account of a link, which must be open.
async fn account_of(tx: &mut Tx<'_>, link: &AccountLink) -> std::result::Result<User, Fault> {
    let id = link.user.ok_or(StoreError::NotFound("link"))?;
    let user = user::load_owned(&mut tx.link, &tx.shared.marks, link.organisation, id).await?;
    if user.disabled { Err(StoreError::NotFound("link").into()) } else { Ok(user) }
}

/// Whoever acts by a link is the person of the account.
fn as_person(user: &User, actor: &Actor) -> Actor {
    Actor { who: format!("user:{}", user.id), ..actor.clone() }
}

async fn write_way(tx: &mut Tx<'_>, user: &User, way: &FirstWay, actor: &Actor) -> std::result::Result<(), Fault> {
    match way {
        FirstWay::Password(hash) => {
            password::write(tx, user.id, hash, actor).await?;
            tx.audit(actor, Some(user.organisation), "password.set", &user.id.to_string(), json!({}));
        }
        FirstWay::Passkey(own) => {
            passkey::insert(tx, user.organisation, &Passkey { user: user.id, ..(**own).clone() }, actor).await?;
        }
    }
    Ok(())
}

struct Reset {
    digest: [u8; 32],
    hash: PasswordHash,
    actor: Actor,
}

impl Operation for Reset {
    type Answer = (User, Vec<EndedSession>);

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<Self::Answer, Fault> {
        let link = spend(tx, &self.digest, LinkKind::Reset, &self.actor).await?;
        let user = account_of(tx, &link).await?;
        let actor = as_person(&user, &self.actor);
        password::write(tx, user.id, &self.hash, &actor).await?;
        let ended = session::end_all(tx, user.id, None, "password_changed", &actor).await?;
        // A link that came by mail shows that the address is read.
        if link.by_mail && link.email == user.email {
            verified_email::set(tx, &user, &actor).await?;
        }
        let details = json!({ "by_link": link.id, "sessions_ended": ended.len() });
        tx.audit(&actor, Some(user.organisation), "password.set", &user.id.to_string(), details);
        Ok((user, ended))
    }
}

struct Confirm {
    digest: [u8; 32],
    actor: Actor,
}

impl Operation for Confirm {
    type Answer = User;

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<User, Fault> {
        let link = spend(tx, &self.digest, LinkKind::VerifyEmail, &self.actor).await?;
        let user = account_of(tx, &link).await?;
        if link.email.is_none() || link.email != user.email {
            return Err(StoreError::NotFound("link").into());
        }
        let actor = as_person(&user, &self.actor);
        verified_email::set(tx, &user, &actor).await?;
        Ok(user)
    }
}

struct Accept {
    digest: [u8; 32],
    new: InvitedUser,
    actor: Actor,
}

impl Operation for Accept {
    type Answer = User;

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<User, Fault> {
        let link = spend(tx, &self.digest, LinkKind::Invitation, &self.actor).await?;
        let role = link.role.ok_or(StoreError::NotFound("link"))?;
        let email = link.email.clone().or_else(|| self.new.user.email.clone());
        let new = User { organisation: link.organisation, role, email, ..self.new.user.clone() };
        let actor = as_person(&new, &self.actor);
        let user = user::Insert { new, actor: actor.clone() }.apply(tx).await?;
        write_way(tx, &user, &self.new.way, &actor).await?;
        if link.by_mail {
            verified_email::set(tx, &user, &actor).await?;
        }
        let details = json!({ "user": user.id, "invited_by": link.issued_by });
        tx.audit(&actor, Some(user.organisation), "invitation.accept", &link.id.to_string(), details);
        Ok(user)
    }
}

struct SetUp {
    digest: [u8; 32],
    owner: SetUpOwner,
    actor: Actor,
}

impl Operation for SetUp {
    type Answer = User;

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<User, Fault> {
        let link = spend(tx, &self.digest, LinkKind::Setup, &self.actor).await?;
        if way_in::has_owner(&mut tx.link).await? {
            return Err(StoreError::Conflict("an owner can sign in already".to_owned()).into());
        }
        let user = account_of(tx, &link).await?;
        let actor = as_person(&user, &self.actor);
        let edit = UserEdit { name: Some(self.owner.name.clone()), email: Some(self.owner.email.clone()), ..UserEdit::default() };
        let edited =
            user::Edit { owner: user.organisation, id: user.id, version: user.version, edit, actor: actor.clone() }.apply(tx).await?;
        write_way(tx, &edited.user, &self.owner.way, &actor).await?;
        Ok(edited.user)
    }
}
