//! A link's row, and the ways to find it.

use super::{AccountLink, LinkKind};
use crate::{
    error::StoreError,
    fault::Fault,
    link::{Link, execute, fetch_all, fetch_optional},
    marks::{Marks, tampered},
    row::row,
    user::Role,
    writer::Tx,
};
use jeton_core::{
    id::{LinkId, OrganisationId, UserId},
    mark::MarkedFields,
    timestamp::Timestamp,
};

row! {
    /// A link as it lies in the table.
    pub(super) struct LinkRow {
        pub(super) id: String,
        pub(super) digest: Vec<u8>,
        pub(super) kind: String,
        pub(super) organisation: String,
        pub(super) account: Option<String>,
        pub(super) email: Option<String>,
        pub(super) role: Option<String>,
        pub(super) by_mail: i64,
        pub(super) issued_by: String,
        pub(super) created_at: i64,
        pub(super) expires_at: i64,
        pub(super) used_at: Option<i64>,
        pub(super) mark: Vec<u8>,
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, digest, kind, organisation, account, email, role, by_mail, issued_by, created_at, expires_at, used_at, \
             mark FROM account_links WHERE ",
            $rest
        )
    };
}

const FIND: &str = select!("digest = $1 AND kind = $2");
const SHOW: &str = select!("id = $1 AND organisation = $2");
const WAITING: &str = select!(
    "organisation = $1 AND kind = 'invitation' AND (created_at, id) < ($2, $3) AND used_at IS NULL AND expires_at > $4 \
     ORDER BY created_at DESC, id DESC LIMIT $5"
);
const INSERT: &str = "INSERT INTO account_links (id, digest, kind, organisation, account, email, role, by_mail, issued_by, created_at, \
                      expires_at, used_at, mark) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
const USE: &str = "UPDATE account_links SET used_at = $1, mark = $2 WHERE id = $3 AND used_at IS NULL";

/// Where a page of links ended.
pub(super) struct Cursor {
    created_at: i64,
    id: String,
}

impl Cursor {
    pub(super) fn before_first() -> Self {
        Self { created_at: i64::MAX, id: String::new() }
    }
    pub(super) fn of(own: &AccountLink) -> String {
        format!("{}.{}", own.created_at.as_micros(), own.id)
    }
    pub(super) fn parse(text: &str) -> Result<Self, StoreError> {
        let parts = text.split_once('.').and_then(|(at, id)| Some((at.parse().ok()?, LinkId::parse(id).ok()?)));
        let (created_at, id) = parts.ok_or(StoreError::BadCursor)?;
        Ok(Self { created_at, id: id.to_string() })
    }
}

impl LinkRow {
    /// The row of a link that is to be inserted.
    pub(super) fn of(own: &AccountLink, digest: [u8; 32]) -> Self {
        Self {
            id: own.id.to_string(),
            digest: digest.to_vec(),
            kind: own.kind.as_str().to_owned(),
            organisation: own.organisation.to_string(),
            account: own.user.map(|user| user.to_string()),
            email: own.email.clone(),
            role: own.role.map(|role| role.as_str().to_owned()),
            by_mail: i64::from(own.by_mail),
            issued_by: own.issued_by.clone(),
            created_at: own.created_at.as_micros(),
            expires_at: own.expires_at.as_micros(),
            used_at: None,
            mark: Vec::new(),
        }
    }
    fn fields(&self) -> MarkedFields {
        MarkedFields::of("account_links")
            .text(&self.id)
            .bytes(&self.digest)
            .text(&self.kind)
            .text(&self.organisation)
            .maybe_text(self.account.as_deref())
            .maybe_text(self.email.as_deref())
            .maybe_text(self.role.as_deref())
            .number(self.by_mail)
            .text(&self.issued_by)
            .number(self.created_at)
            .number(self.expires_at)
            .maybe_number(self.used_at)
    }
    /// What it says, its mark checked.
    pub(super) fn read(&self, marks: &Marks) -> Result<AccountLink, Fault> {
        marks.check("account_links", &self.id, &self.fields(), &self.mark)?;
        let bad = || tampered("account_links", &self.id, "it cannot be read");
        let role = self.role.as_deref().map(|role| Role::parse(role).ok_or_else(bad)).transpose()?;
        Ok(AccountLink {
            id: LinkId::parse(&self.id).map_err(|_| bad())?,
            kind: LinkKind::parse(&self.kind).ok_or_else(bad)?,
            organisation: OrganisationId::parse(&self.organisation).map_err(|_| bad())?,
            user: self.account.as_deref().map(UserId::parse).transpose().map_err(|_| bad())?,
            email: self.email.clone(),
            role,
            by_mail: self.by_mail != 0,
            issued_by: self.issued_by.clone(),
            created_at: Timestamp::from_micros(self.created_at),
            expires_at: Timestamp::from_micros(self.expires_at),
            used_at: self.used_at.map(Timestamp::from_micros),
        })
    }
    /// Puts it into the table.
    pub(super) async fn insert(mut self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        self.mark = tx.marks().mark(&self.fields());
        execute!(
            &mut tx.link,
            INSERT,
            self.id,
            self.digest,
            self.kind,
            self.organisation,
            self.account,
            self.email,
            self.role,
            self.by_mail,
            self.issued_by,
            self.created_at,
            self.expires_at,
            self.used_at,
            self.mark,
        )?;
        Ok(())
    }
    /// Uses it up; whether nobody did so before.
    pub(super) async fn use_up(mut self, tx: &mut Tx<'_>, at: Timestamp) -> Result<bool, Fault> {
        self.used_at = Some(at.as_micros());
        self.mark = tx.marks().mark(&self.fields());
        Ok(execute!(&mut tx.link, USE, self.used_at, self.mark, self.id)? == 1)
    }
}

/// The row behind a secret.
pub(super) async fn by_secret(link: &mut Link<'_>, digest: &[u8; 32], kind: LinkKind) -> Result<Option<LinkRow>, Fault> {
    Ok(fetch_optional!(link, LinkRow, FIND, digest.as_slice(), kind.as_str())?)
}

/// What it says.
pub(super) async fn find(link: &mut Link<'_>, marks: &Marks, digest: &[u8; 32], kind: LinkKind) -> Result<Option<AccountLink>, Fault> {
    by_secret(link, digest, kind).await?.map(|row| row.read(marks)).transpose()
}

/// The row of one of an organisation's.
pub(super) async fn by_id(link: &mut Link<'_>, owner: OrganisationId, id: LinkId) -> Result<Option<LinkRow>, Fault> {
    Ok(fetch_optional!(link, LinkRow, SHOW, id.to_string(), owner.to_string())?)
}

/// What it says.
pub(super) async fn load(link: &mut Link<'_>, marks: &Marks, owner: OrganisationId, id: LinkId) -> Result<Option<AccountLink>, Fault> {
    by_id(link, owner, id).await?.map(|row| row.read(marks)).transpose()
}

/// One more than `limit` invitations that wait.
pub(super) async fn waiting(
    link: &mut Link<'_>,
    marks: &Marks,
    owner: OrganisationId,
    after: &Cursor,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<AccountLink>, Fault> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let (created_at, id) = (after.created_at, after.id.as_str());
    let rows = fetch_all!(link, LinkRow, WAITING, owner.to_string(), created_at, id, now.as_micros(), limit)?;
    rows.iter().map(|row| row.read(marks)).collect()
}
