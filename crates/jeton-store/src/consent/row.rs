//! A consent's row, and finding it.

use super::Consent;
use crate::{
    fault::Fault,
    link::{Link, fetch_all, fetch_optional},
    marks::{Marks, tampered},
    row::row,
};
use jeton_core::{
    id::{ClientId, UserId},
    mark::MarkedFields,
    timestamp::Timestamp,
};

row! {
    /// A consent as it lies in the table.
    pub(super) struct ConsentRow {
        pub(super) id: String,
        pub(super) account: String,
        pub(super) client: String,
        pub(super) scopes: String,
        pub(super) given_at: i64,
        pub(super) changed_at: i64,
        pub(super) version: i64,
        pub(super) mark: Vec<u8>,
    }
}

const FIND: &str =
    "SELECT id, account, client, scopes, given_at, changed_at, version, mark FROM consents WHERE account = $1 AND client = $2";
const LIST: &str = "SELECT id, account, client, scopes, given_at, changed_at, version, mark FROM consents \
                    WHERE account = $1 AND client > $2 ORDER BY client LIMIT $3";
/// Writes a consent, new or changed.
pub(super) const PUT: &str = "INSERT INTO consents (id, account, client, scopes, given_at, changed_at, version, mark) \
                              VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO UPDATE SET scopes = excluded.scopes, \
                              changed_at = excluded.changed_at, version = excluded.version, mark = excluded.mark";

/// The key of a consent's row.
pub(super) fn key(user: UserId, client: ClientId) -> String {
    format!("{user}.{client}")
}

impl ConsentRow {
    /// The row of a consent, marked.
    pub(super) fn sealed(consent: &Consent, marks: &Marks) -> Result<Self, Fault> {
        let scopes = serde_json::to_string(&consent.scopes).map_err(|error| Fault::Engine(sqlx::Error::Encode(Box::new(error))))?;
        let mut row = Self {
            id: key(consent.user, consent.client),
            account: consent.user.to_string(),
            client: consent.client.to_string(),
            scopes,
            given_at: consent.given_at.as_micros(),
            changed_at: consent.changed_at.as_micros(),
            version: consent.version,
            mark: Vec::new(),
        };
        row.mark = marks.mark(&row.fields());
        Ok(row)
    }
    fn fields(&self) -> MarkedFields {
        MarkedFields::of("consents")
            .text(&self.id)
            .text(&self.account)
            .text(&self.client)
            .text(&self.scopes)
            .number(self.given_at)
            .number(self.changed_at)
            .number(self.version)
    }
    fn read(&self, marks: &Marks) -> Result<Consent, Fault> {
        marks.check("consents", &self.id, &self.fields(), &self.mark)?;
        let bad = || tampered("consents", &self.id, "it cannot be read");
        Ok(Consent {
            user: UserId::parse(&self.account).map_err(|_| bad())?,
            client: ClientId::parse(&self.client).map_err(|_| bad())?,
            scopes: serde_json::from_str(&self.scopes).map_err(|_| bad())?,
            given_at: Timestamp::from_micros(self.given_at),
            changed_at: Timestamp::from_micros(self.changed_at),
            version: self.version,
        })
    }
}

/// What a user allowed a client.
pub(super) async fn find(link: &mut Link<'_>, marks: &Marks, user: UserId, client: ClientId) -> Result<Option<Consent>, Fault> {
    let row = fetch_optional!(link, ConsentRow, FIND, user.to_string(), client.to_string())?;
    row.map(|row| row.read(marks)).transpose()
}

/// One more than `limit` consents of a user.
pub(super) async fn list(link: &mut Link<'_>, marks: &Marks, user: UserId, after: &str, limit: usize) -> Result<Vec<Consent>, Fault> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let rows = fetch_all!(link, ConsentRow, LIST, user.to_string(), after, limit)?;
    rows.iter().map(|row| row.read(marks)).collect()
}
