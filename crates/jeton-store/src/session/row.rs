//! A session's row: its columns, what its mark covers, and the ways to find it.

use super::Session;
use crate::{
    cut,
    error::StoreError,
    fault::Fault,
    link::{Link, execute, fetch_all, fetch_optional},
    marks::{Marks, tampered},
    row::row,
    writer::Tx,
};
use jeton_core::{
    cut::Issued,
    id::{OrganisationId, SessionId, UserId},
    kind::TokenKind,
    mark::MarkedFields,
    timestamp::Timestamp,
};

row! {
    /// A session as it lies in the table.
    pub(super) struct SessionRow {
        pub(super) id: String,
        pub(super) organisation: String,
        pub(super) account: String,
        pub(super) digest: Vec<u8>,
        pub(super) methods: String,
        pub(super) authenticated_at: i64,
        pub(super) created_at: i64,
        pub(super) seen_at: i64,
        pub(super) expires_at: i64,
        pub(super) client_ip: Option<String>,
        pub(super) user_agent: Option<String>,
        pub(super) ended_at: Option<i64>,
        pub(super) mark: Vec<u8>,
    }
}

macro_rules! columns {
    () => {
        "id, organisation, account, digest, methods, authenticated_at, created_at, seen_at, expires_at, client_ip, user_agent, \
         ended_at, mark"
    };
}

const FIND: &str = concat!("SELECT ", columns!(), " FROM sessions WHERE digest = $1");
const SHOW: &str = concat!("SELECT ", columns!(), " FROM sessions WHERE id = $1");
const LIST: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM sessions WHERE account = $1 AND (created_at, id) < ($2, $3) AND ended_at IS NULL AND expires_at > $4 AND seen_at > $5 \
     ORDER BY created_at DESC, id DESC LIMIT $6"
);
const RUNNING: &str = concat!("SELECT ", columns!(), " FROM sessions WHERE account = $1 AND ended_at IS NULL ORDER BY created_at, id");
const INSERT: &str = concat!("INSERT INTO sessions (", columns!(), ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)");
const UPDATE: &str = "UPDATE sessions SET seen_at = $1, ended_at = $2, mark = $3 WHERE id = $4";

/// Where a page of sessions ended.
pub(super) struct Cursor {
    created_at: i64,
    id: String,
}

impl Cursor {
    pub(super) fn before_first() -> Self {
        Self { created_at: i64::MAX, id: String::new() }
    }
    pub(super) fn of(session: &Session) -> String {
        format!("{}.{}", session.created_at.as_micros(), session.id)
    }
    pub(super) fn parse(text: &str) -> Result<Self, StoreError> {
        let parts = text.split_once('.').and_then(|(at, id)| Some((at.parse().ok()?, SessionId::parse(id).ok()?)));
        let (created_at, id) = parts.ok_or(StoreError::BadCursor)?;
        Ok(Self { created_at, id: id.to_string() })
    }
}

impl SessionRow {
    fn fields(&self) -> MarkedFields {
        MarkedFields::of("sessions")
            .text(&self.id)
            .text(&self.organisation)
            .text(&self.account)
            .bytes(&self.digest)
            .text(&self.methods)
            .number(self.authenticated_at)
            .number(self.created_at)
            .number(self.seen_at)
            .number(self.expires_at)
            .maybe_text(self.client_ip.as_deref())
            .maybe_text(self.user_agent.as_deref())
            .maybe_number(self.ended_at)
    }
    /// The session; its mark is checked.
    pub(super) fn read(&self, marks: &Marks) -> Result<Session, Fault> {
        marks.check("sessions", &self.id, &self.fields(), &self.mark)?;
        let bad = || tampered("sessions", &self.id, "it cannot be read");
        Ok(Session {
            id: SessionId::parse(&self.id).map_err(|_| bad())?,
            organisation: OrganisationId::parse(&self.organisation).map_err(|_| bad())?,
            user: UserId::parse(&self.account).map_err(|_| bad())?,
            methods: self.methods.split(' ').filter(|method| !method.is_empty()).map(str::to_owned).collect(),
            authenticated_at: Timestamp::from_micros(self.authenticated_at),
            created_at: Timestamp::from_micros(self.created_at),
            seen_at: Timestamp::from_micros(self.seen_at),
            expires_at: Timestamp::from_micros(self.expires_at),
            client_ip: self.client_ip.clone(),
            user_agent: self.user_agent.clone(),
            ended_at: self.ended_at.map(Timestamp::from_micros),
        })
    }
    /// Puts it into the table.
    pub(super) async fn insert(mut self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        self.mark = tx.marks().mark(&self.fields());
        execute!(
            &mut tx.link,
            INSERT,
            self.id,
            self.organisation,
            self.account,
            self.digest,
            self.methods,
            self.authenticated_at,
            self.created_at,
            self.seen_at,
            self.expires_at,
            self.client_ip,
            self.user_agent,
            self.ended_at,
            self.mark,
        )?;
        Ok(())
    }
    /// Writes when it was seen and ended.
    pub(super) async fn update(mut self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        self.mark = tx.marks().mark(&self.fields());
        execute!(&mut tx.link, UPDATE, self.seen_at, self.ended_at, self.mark, self.id)?;
        Ok(())
    }
}

/// The session of a cookie, alive or not.
pub(super) async fn find(link: &mut Link<'_>, marks: &Marks, digest: &[u8; 32]) -> Result<Option<Session>, Fault> {
    let Some(row) = fetch_optional!(link, SessionRow, FIND, digest.as_slice())? else { return Ok(None) };
    cut::refresh(link, marks).await?;
    Ok(Some(row.read(marks)?).filter(|session| !is_cut(session, marks)))
}

/// Whether a cut of its person, or of the whole organisation, came after it was started.
fn is_cut(session: &Session, marks: &Marks) -> bool {
    let subject = session.user.to_string();
    let (organisation, kind, at) = (session.organisation, TokenKind::Grt, session.created_at);
    marks
        .cuts
        .known()
        .ended(&Issued { organisation, kind, subject: &subject, client_id: None, project: None, signed_by: None, at })
        .is_some()
}

/// A session by its id, its mark checked.
pub(super) async fn load(link: &mut Link<'_>, marks: &Marks, id: SessionId) -> Result<Option<SessionRow>, Fault> {
    let row = fetch_optional!(link, SessionRow, SHOW, id.to_string())?;
    if let Some(row) = &row {
        row.read(marks)?;
    }
    Ok(row)
}

/// All sessions of a user that were not ended.
pub(super) async fn running(link: &mut Link<'_>, user: UserId) -> Result<Vec<SessionRow>, Fault> {
    Ok(fetch_all!(link, SessionRow, RUNNING, user.to_string())?)
}

/// One more than `limit` sessions of a user, the newest first, that are not over by these instants.
pub(super) async fn list(
    link: &mut Link<'_>,
    marks: &Marks,
    user: UserId,
    after: &Cursor,
    (now, seen_since): (i64, i64),
    limit: usize,
) -> Result<Vec<Session>, Fault> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let rows = fetch_all!(link, SessionRow, LIST, user.to_string(), after.created_at, after.id.as_str(), now, seen_since, limit)?;
    cut::refresh(link, marks).await?;
    let sessions = rows.iter().map(|row| row.read(marks)).collect::<Result<Vec<_>, _>>()?;
    Ok(sessions.into_iter().filter(|session| !is_cut(session, marks)).collect())
}
