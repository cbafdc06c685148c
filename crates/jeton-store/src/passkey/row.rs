//! A passkey's row, and the ways to find it.

use super::Passkey;
use crate::{
    fault::Fault,
    link::{Link, fetch_all, fetch_optional},
    marks::{Marks, tampered},
    row::row,
};
use jeton_core::{
    id::{PasskeyId, UserId},
    mark::MarkedFields,
    name::Name,
    timestamp::Timestamp,
};

row! {
    /// A passkey as it lies in the table.
    pub(super) struct PasskeyRow {
        pub(super) id: String,
        pub(super) account: String,
        pub(super) credential: Vec<u8>,
        pub(super) name: String,
        pub(super) body: String,
        pub(super) created_at: i64,
        pub(super) used_at: Option<i64>,
        pub(super) version: i64,
        pub(super) mark: Vec<u8>,
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT id, account, credential, name, body, created_at, used_at, version, mark FROM passkeys WHERE ", $rest)
    };
}

const OF_USER: &str = select!("account = $1 ORDER BY created_at, id");
const FIND: &str = select!("credential = $1");
const SHOW: &str = select!("id = $1 AND account = $2");

impl PasskeyRow {
    /// The row of a passkey, marked.
    pub(super) fn sealed(own: &Passkey, marks: &Marks) -> Self {
        let mut row = Self {
            id: own.id.to_string(),
            account: own.user.to_string(),
            credential: own.credential.clone(),
            name: own.name.as_str().to_owned(),
            body: own.body.clone(),
            created_at: own.created_at.as_micros(),
            used_at: own.used_at.map(Timestamp::as_micros),
            version: own.version,
            mark: Vec::new(),
        };
        row.mark = marks.mark(&row.fields());
        row
    }
    fn fields(&self) -> MarkedFields {
        MarkedFields::of("passkeys")
            .text(&self.id)
            .text(&self.account)
            .bytes(&self.credential)
            .text(&self.name)
            .text(&self.body)
            .number(self.created_at)
            .maybe_number(self.used_at)
            .number(self.version)
    }
    fn read(self, marks: &Marks) -> Result<Passkey, Fault> {
        marks.check("passkeys", &self.id, &self.fields(), &self.mark)?;
        let bad = || tampered("passkeys", &self.id, "it cannot be read");
        Ok(Passkey {
            id: PasskeyId::parse(&self.id).map_err(|_| bad())?,
            user: UserId::parse(&self.account).map_err(|_| bad())?,
            name: Name::parse(&self.name).map_err(|_| bad())?,
            credential: self.credential,
            body: self.body,
            created_at: Timestamp::from_micros(self.created_at),
            used_at: self.used_at.map(Timestamp::from_micros),
            version: self.version,
        })
    }
}

/// All of a user.
pub(super) async fn of_user(link: &mut Link<'_>, marks: &Marks, user: UserId) -> Result<Vec<Passkey>, Fault> {
    fetch_all!(link, PasskeyRow, OF_USER, user.to_string())?.into_iter().map(|row| row.read(marks)).collect()
}

/// The one that its authenticator calls by this id.
pub(super) async fn find(link: &mut Link<'_>, marks: &Marks, credential: &[u8]) -> Result<Option<Passkey>, Fault> {
    fetch_optional!(link, PasskeyRow, FIND, credential)?.map(|row| row.read(marks)).transpose()
}

/// One of a user.
pub(super) async fn load(link: &mut Link<'_>, marks: &Marks, user: UserId, id: PasskeyId) -> Result<Option<Passkey>, Fault> {
    fetch_optional!(link, PasskeyRow, SHOW, id.to_string(), user.to_string())?.map(|row| row.read(marks)).transpose()
}
