//! A check's row, and the ways to find it.

use super::{AuditCheck, CheckState};
use crate::{
    audit::ChainReport,
    fault::Fault,
    link::{Link, execute, fetch_all, fetch_optional},
    marks::{Marks, tampered},
    row::row,
    writer::Tx,
};
use jeton_core::{id::RequestId, mark::MarkedFields, timestamp::Timestamp};
use serde::{Deserialize, Serialize};

row! {
    /// A check as it lies in the table.
    struct CheckRow {
        id: String,
        began_at: i64,
        began_by: String,
        state: String,
        events_read: i64,
        expected: i64,
        report: Option<String>,
        fault: Option<String>,
        held_until: i64,
        ended_at: Option<i64>,
        version: i64,
        mark: Vec<u8>,
    }
}

/// What a check found, as it is kept.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Report {
    events: u64,
    first_at: Option<Timestamp>,
    last_at: Option<Timestamp>,
    faults: Vec<(i64, String)>,
}

macro_rules! columns {
    () => {
        "id, began_at, began_by, state, events_read, expected, report, fault, held_until, ended_at, version, mark"
    };
}

const FIND: &str = concat!("SELECT ", columns!(), " FROM audit_checks WHERE id = $1");
const RUNNING: &str = concat!("SELECT ", columns!(), " FROM audit_checks WHERE state = 'running' ORDER BY held_until");
const NEWEST: &str = concat!("SELECT ", columns!(), " FROM audit_checks ORDER BY began_at DESC, id DESC LIMIT $1");
const PUT: &str = concat!(
    "INSERT INTO audit_checks (",
    columns!(),
    ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (id) DO UPDATE SET state = excluded.state, \
     events_read = excluded.events_read, expected = excluded.expected, report = excluded.report, fault = excluded.fault, \
     held_until = excluded.held_until, ended_at = excluded.ended_at, version = excluded.version, mark = excluded.mark"
);

impl CheckRow {
    fn of(check: &AuditCheck) -> Result<Self, Fault> {
        let (report, fault) = match &check.state {
            CheckState::Running => (None, None),
            CheckState::Done(report) => (Some(write(report)?), None),
            CheckState::Failed(why) => (None, Some(why.clone())),
        };
        Ok(Self {
            id: check.id.to_string(),
            began_at: check.began_at.as_micros(),
            began_by: check.began_by.clone(),
            state: check.state.as_str().to_owned(),
            events_read: count(check.read),
            expected: count(check.expected),
            report,
            fault,
            held_until: check.held_until.as_micros(),
            ended_at: check.ended_at.map(Timestamp::as_micros),
            version: check.version,
            mark: Vec::new(),
        })
    }
    fn fields(&self) -> MarkedFields {
        MarkedFields::of("audit_checks")
            .text(&self.id)
            .number(self.began_at)
            .text(&self.began_by)
            .text(&self.state)
            .number(self.events_read)
            .number(self.expected)
            .maybe_text(self.report.as_deref())
            .maybe_text(self.fault.as_deref())
            .number(self.held_until)
            .maybe_number(self.ended_at)
            .number(self.version)
    }
    /// What it says, its mark checked.
    fn read(self, marks: &Marks) -> Result<AuditCheck, Fault> {
        marks.check("audit_checks", &self.id, &self.fields(), &self.mark)?;
        let bad = || tampered("audit_checks", &self.id, "it cannot be read");
        let state = match (self.state.as_str(), &self.report, &self.fault) {
            ("running", None, None) => CheckState::Running,
            ("done", Some(report), None) => CheckState::Done(parse(report).ok_or_else(bad)?),
            ("failed", None, Some(why)) => CheckState::Failed(why.clone()),
            _ => return Err(bad()),
        };
        Ok(AuditCheck {
            id: RequestId::parse(&self.id).map_err(|_| bad())?,
            began_at: Timestamp::from_micros(self.began_at),
            began_by: self.began_by,
            read: self.events_read.unsigned_abs(),
            expected: self.expected.unsigned_abs(),
            state,
            ended_at: self.ended_at.map(Timestamp::from_micros),
            held_until: Timestamp::from_micros(self.held_until),
            version: self.version,
        })
    }
}

fn write(report: &ChainReport) -> Result<String, Fault> {
    let ChainReport { events, first_at, last_at, faults } = report.clone();
    serde_json::to_string(&Report { events, first_at, last_at, faults })
        .map_err(|error| Fault::Engine(sqlx::Error::Encode(Box::new(error))))
}

fn parse(text: &str) -> Option<ChainReport> {
    let Report { events, first_at, last_at, faults } = serde_json::from_str(text).ok()?;
    Some(ChainReport { events, first_at, last_at, faults })
}

fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Writes a check, a new one or how far one is.
pub(super) async fn put(tx: &mut Tx<'_>, check: &AuditCheck) -> Result<(), Fault> {
    let row = CheckRow::of(check)?;
    let mark = tx.marks().mark(&row.fields());
    execute!(
        &mut tx.link,
        PUT,
        row.id.as_str(),
        row.began_at,
        row.began_by.as_str(),
        row.state.as_str(),
        row.events_read,
        row.expected,
        row.report.as_deref(),
        row.fault.as_deref(),
        row.held_until,
        row.ended_at,
        row.version,
        mark.as_slice(),
    )?;
    Ok(())
}

pub(super) async fn by_id(link: &mut Link<'_>, marks: &Marks, id: RequestId) -> Result<Option<AuditCheck>, Fault> {
    fetch_optional!(link, CheckRow, FIND, id.to_string())?.map(|row| row.read(marks)).transpose()
}

/// Those that nobody has ended: one, or a few whose readers are gone.
pub(super) async fn running(link: &mut Link<'_>, marks: &Marks) -> Result<Vec<AuditCheck>, Fault> {
    fetch_all!(link, CheckRow, RUNNING)?.into_iter().map(|row| row.read(marks)).collect()
}

pub(super) async fn newest(link: &mut Link<'_>, marks: &Marks, limit: usize) -> Result<Vec<AuditCheck>, Fault> {
    fetch_all!(link, CheckRow, NEWEST, count(limit as u64))?.into_iter().map(|row| row.read(marks)).collect()
}
