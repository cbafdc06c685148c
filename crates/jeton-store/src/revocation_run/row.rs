//! A run's row, and the ways to find it.

use super::{RevocationRun, RunState};
use crate::{
    change::{as_column, from_column},
    fault::Fault,
    link::{Link, execute, fetch_all, fetch_optional},
    marks::{Marks, tampered},
    row::row,
    writer::Tx,
};
use jeton_core::{
    id::{OrganisationId, RequestId, TokenId},
    mark::MarkedFields,
    timestamp::Timestamp,
};

row! {
    /// A run as it lies in the table.
    struct RunRow {
        id: String,
        organisation: String,
        search: String,
        found: i64,
        began_at: i64,
        began_by: String,
        client_ip: Option<String>,
        spared: Option<String>,
        reason: Option<String>,
        comment: Option<String>,
        state: String,
        fault: Option<String>,
        place: Option<String>,
        revoked: i64,
        revision: i64,
        held_until: i64,
        ended_at: Option<i64>,
        version: i64,
        mark: Vec<u8>,
    }
}

macro_rules! columns {
    () => {
        "id, organisation, search, found, began_at, began_by, client_ip, spared, reason, comment, state, fault, place, revoked, revision, \
         held_until, ended_at, version, mark"
    };
}

const FIND: &str = concat!("SELECT ", columns!(), " FROM revocation_runs WHERE id = $1");
const UNDER_WAY: &str =
    concat!("SELECT ", columns!(), " FROM revocation_runs WHERE state = 'running' AND organisation = $1 AND search = $2");
const UNHELD: &str =
    concat!("SELECT ", columns!(), " FROM revocation_runs WHERE state = 'running' AND held_until <= $1 ORDER BY held_until LIMIT 1");
const NEWEST: &str =
    concat!("SELECT ", columns!(), " FROM revocation_runs WHERE organisation = $1 ORDER BY began_at DESC, id DESC LIMIT $2");
const PUT: &str = concat!(
    "INSERT INTO revocation_runs (",
    columns!(),
    ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19) ON CONFLICT (id) DO UPDATE SET \
     state = excluded.state, fault = excluded.fault, place = excluded.place, revoked = excluded.revoked, revision = excluded.revision, \
     held_until = excluded.held_until, ended_at = excluded.ended_at, version = excluded.version, mark = excluded.mark"
);

impl RunRow {
    fn of(run: &RevocationRun) -> Self {
        let fault = match &run.state {
            RunState::Failed(why) => Some(why.clone()),
            RunState::Running | RunState::Done => None,
        };
        Self {
            id: run.id.to_string(),
            organisation: run.organisation.to_string(),
            search: run.search.clone(),
            found: count(run.found),
            began_at: run.began_at.as_micros(),
            began_by: run.began_by.clone(),
            client_ip: run.client_ip.map(|ip| ip.to_string()),
            spared: run.spared.map(|id| id.to_string()),
            reason: run.reason.clone(),
            comment: run.comment.clone(),
            state: run.state.as_str().to_owned(),
            fault,
            place: run.place.clone(),
            revoked: count(run.revoked),
            revision: as_column(run.revision),
            held_until: run.held_until.as_micros(),
            ended_at: run.ended_at.map(Timestamp::as_micros),
            version: run.version,
            mark: Vec::new(),
        }
    }
    fn fields(&self) -> MarkedFields {
        MarkedFields::of("revocation_runs")
            .text(&self.id)
            .text(&self.organisation)
            .text(&self.search)
            .number(self.found)
            .number(self.began_at)
            .text(&self.began_by)
            .maybe_text(self.client_ip.as_deref())
            .maybe_text(self.spared.as_deref())
            .maybe_text(self.reason.as_deref())
            .maybe_text(self.comment.as_deref())
            .text(&self.state)
            .maybe_text(self.fault.as_deref())
            .maybe_text(self.place.as_deref())
            .number(self.revoked)
            .number(self.revision)
            .number(self.held_until)
            .maybe_number(self.ended_at)
            .number(self.version)
    }
    /// What it says, its mark checked.
    fn read(self, marks: &Marks) -> Result<RevocationRun, Fault> {
        marks.check("revocation_runs", &self.id, &self.fields(), &self.mark)?;
        let bad = || tampered("revocation_runs", &self.id, "it cannot be read");
        let state = match (self.state.as_str(), &self.fault) {
            ("running", _) => RunState::Running,
            ("done", _) => RunState::Done,
            ("failed", Some(why)) => RunState::Failed(why.clone()),
            _ => return Err(bad()),
        };
        Ok(RevocationRun {
            id: RequestId::parse(&self.id).map_err(|_| bad())?,
            organisation: OrganisationId::parse(&self.organisation).map_err(|_| bad())?,
            found: self.found.unsigned_abs(),
            began_at: Timestamp::from_micros(self.began_at),
            client_ip: self.client_ip.as_deref().map(str::parse).transpose().map_err(|_| bad())?,
            spared: self.spared.as_deref().map(TokenId::parse).transpose().map_err(|_| bad())?,
            state,
            revoked: self.revoked.unsigned_abs(),
            revision: from_column(self.revision),
            ended_at: self.ended_at.map(Timestamp::from_micros),
            held_until: Timestamp::from_micros(self.held_until),
            version: self.version,
            search: self.search,
            began_by: self.began_by,
            reason: self.reason,
            comment: self.comment,
            place: self.place,
        })
    }
}

fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Writes a run, a new one or how far one is.
pub(super) async fn put(tx: &mut Tx<'_>, run: &RevocationRun) -> Result<(), Fault> {
    let row = RunRow::of(run);
    let mark = tx.marks().mark(&row.fields());
    execute!(
        &mut tx.link,
        PUT,
        row.id.as_str(),
        row.organisation.as_str(),
        row.search.as_str(),
        row.found,
        row.began_at,
        row.began_by.as_str(),
        row.client_ip.as_deref(),
        row.spared.as_deref(),
        row.reason.as_deref(),
        row.comment.as_deref(),
        row.state.as_str(),
        row.fault.as_deref(),
        row.place.as_deref(),
        row.revoked,
        row.revision,
        row.held_until,
        row.ended_at,
        row.version,
        mark.as_slice(),
    )?;
    Ok(())
}

pub(super) async fn by_id(link: &mut Link<'_>, marks: &Marks, id: RequestId) -> Result<Option<RevocationRun>, Fault> {
    fetch_optional!(link, RunRow, FIND, id.to_string())?.map(|row| row.read(marks)).transpose()
}

pub(super) async fn under_way(
    link: &mut Link<'_>,
    marks: &Marks,
    owner: OrganisationId,
    search: &str,
) -> Result<Option<RevocationRun>, Fault> {
    fetch_optional!(link, RunRow, UNDER_WAY, owner.to_string(), search)?.map(|row| row.read(marks)).transpose()
}

/// The run that nobody works on for longest.
pub(super) async fn unheld(link: &mut Link<'_>, marks: &Marks, now: Timestamp) -> Result<Option<RevocationRun>, Fault> {
    fetch_optional!(link, RunRow, UNHELD, now.as_micros())?.map(|row| row.read(marks)).transpose()
}

pub(super) async fn newest(link: &mut Link<'_>, marks: &Marks, owner: OrganisationId, limit: usize) -> Result<Vec<RevocationRun>, Fault> {
    let rows = fetch_all!(link, RunRow, NEWEST, owner.to_string(), count(limit as u64))?;
    rows.into_iter().map(|row| row.read(marks)).collect()
}
