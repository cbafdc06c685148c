//! Passwords of people: only their hashes (PHC strings), each under its mark, and who may be meant by what somebody signs in with.

use crate::{
    audit::Actor,
    error::StoreError,
    fault::Fault,
    link::{Link, execute, fetch_optional},
    marks::Marks,
    row::row,
    session::{self, EndedSession},
    store::{Store, read::read},
    user::{User, load_owned, named},
    writer::{Operation, Tx},
};
use jeton_core::{
    id::{OrganisationId, SessionId, UserId},
    mark::MarkedFields,
};
use serde_json::json;

/// Somebody who may be meant by a name or an e-mail address.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The account, shut or not.
    pub user: User,
    /// The hash of its password, where it has one.
    pub hash: Option<PasswordHash>,
}

/// Which sessions outlive another password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeptSessions {
    /// None.
    None,
    /// The one at which it was changed.
    One(SessionId),
    /// All.
    All,
}

/// The hash of a password with its salt and parameters, as a PHC string. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// From a PHC string.
    pub const fn new(phc: String) -> Self {
        Self(phc)
    }
    /// The PHC string, to compare with.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordHash(redacted)")
    }
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Credentials({}, redacted)", self.user.id)
    }
}

row! {
    struct PasswordRow {
        account: String,
        hash: String,
        changed_at: i64,
        mark: Vec<u8>,
    }
}

const FIND: &str = "SELECT account, hash, changed_at, mark FROM passwords WHERE account = $1";
const SET: &str = "INSERT INTO passwords (account, hash, changed_at, mark) VALUES ($1, $2, $3, $4) \
                   ON CONFLICT (account) DO UPDATE SET hash = excluded.hash, changed_at = excluded.changed_at, mark = excluded.mark";
const UPGRADE: &str = "UPDATE passwords SET hash = $1, changed_at = $2, mark = $3 WHERE account = $4 AND hash = $5";

impl PasswordRow {
    fn fields(&self) -> MarkedFields {
        MarkedFields::of("passwords").text(&self.account).text(&self.hash).number(self.changed_at)
    }
    fn sealed(account: UserId, hash: &PasswordHash, actor: &Actor, marks: &Marks) -> Self {
        let (account, changed_at) = (account.to_string(), actor.at.as_micros());
        let mut row = Self { account, hash: hash.0.clone(), changed_at, mark: Vec::new() };
        row.mark = marks.mark(&row.fields());
        row
    }
}

impl Store {
    /// Who may be meant by this name or e-mail address, at most `limit` people, with the hashes of their passwords. Names are
    /// one of a kind in an organisation only, and e-mail addresses may be shared.
    pub async fn find_credentials(&self, name: &str, limit: usize) -> Result<Vec<Credentials>, StoreError> {
        read!(self, link => credentials(link, self.marks(), name, limit))
    }
    /// Gives a user a password, or another one, and ends all sessions that were begun with the one before.
    pub async fn set_password(
        &self,
        owner: OrganisationId,
        id: UserId,
        hash: PasswordHash,
        actor: Actor,
    ) -> Result<(User, Vec<EndedSession>), StoreError> {
        self.write(Set { owner, id, hash, kept: KeptSessions::None, actor }).await
    }
    /// The same, for whoever changes the own password: sessions may be kept.
    pub async fn change_password(
        &self,
        owner: OrganisationId,
        id: UserId,
        hash: PasswordHash,
        kept: KeptSessions,
        actor: Actor,
    ) -> Result<(User, Vec<EndedSession>), StoreError> {
        self.write(Set { owner, id, hash, kept, actor }).await
    }
    /// The hash of a user's password, where there is one.
    pub async fn password_of(&self, id: UserId) -> Result<Option<PasswordHash>, StoreError> {
        read!(self, link => hash_of(link, self.marks(), id))
    }
    /// Replaces the hash of the same password by one with other parameters, unless the password was changed meanwhile.
    pub async fn upgrade_password(&self, id: UserId, was: PasswordHash, hash: PasswordHash, actor: Actor) -> Result<(), StoreError> {
        self.write(Upgrade { id, was, hash, actor }).await
    }
}

async fn credentials(link: &mut Link<'_>, marks: &Marks, name: &str, limit: usize) -> Result<Vec<Credentials>, Fault> {
    let mut found = Vec::new();
    for user in named(link, marks, name, limit).await? {
        let hash = hash_of(link, marks, user.id).await?;
        found.push(Credentials { user, hash });
    }
    if found.is_empty() {
        // Nobody's is looked for as somebody's would be.
        hash_of(link, marks, UserId::from_random([0; 16])).await?;
    }
    Ok(found)
}

async fn hash_of(link: &mut Link<'_>, marks: &Marks, id: UserId) -> Result<Option<PasswordHash>, Fault> {
    let row = fetch_optional!(link, PasswordRow, FIND, id.to_string())?;
    if let Some(row) = &row {
        marks.check("passwords", &row.account, &row.fields(), &row.mark)?;
    }
    Ok(row.map(|row| PasswordHash(row.hash)))
}

struct Set {
    owner: OrganisationId,
    id: UserId,
    hash: PasswordHash,
    kept: KeptSessions,
    actor: Actor,
}

impl Operation for Set {
    type Answer = (User, Vec<EndedSession>);

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Self::Answer, Fault> {
        let user = load_owned(&mut tx.link, &tx.shared.marks, self.owner, self.id).await?;
        write(tx, user.id, &self.hash, &self.actor).await?;
        let ended = match self.kept {
            KeptSessions::All => Vec::new(),
            KeptSessions::One(kept) => session::end_all(tx, user.id, Some(kept), "password_changed", &self.actor).await?,
            KeptSessions::None => session::end_all(tx, user.id, None, "password_changed", &self.actor).await?,
        };
        tx.audit(&self.actor, Some(self.owner), "password.set", &user.id.to_string(), json!({ "sessions_ended": ended.len() }));
        Ok((user, ended))
    }
}

/// Writes the hash of a user who is known to exist.
pub(crate) async fn write(tx: &mut Tx<'_>, id: UserId, hash: &PasswordHash, actor: &Actor) -> Result<(), Fault> {
    let row = PasswordRow::sealed(id, hash, actor, tx.marks());
    execute!(&mut tx.link, SET, row.account.as_str(), row.hash.as_str(), row.changed_at, row.mark.as_slice())?;
    Ok(())
}

struct Upgrade {
    id: UserId,
    was: PasswordHash,
    hash: PasswordHash,
    actor: Actor,
}

impl Operation for Upgrade {
    type Answer = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        let row = PasswordRow::sealed(self.id, &self.hash, &self.actor, tx.marks());
        let (hash, mark) = (row.hash.as_str(), row.mark.as_slice());
        execute!(&mut tx.link, UPGRADE, hash, row.changed_at, mark, row.account.as_str(), self.was.0.as_str())?;
        Ok(())
    }
}
