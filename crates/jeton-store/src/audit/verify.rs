//! Checking the whole chain: every event in its place, linked to the one before, up to the head that the database and the
//! generation outside of it know. Never stops at the first fault: the report names each place.

use super::{AuditEvent, ChainReport, read::following};
use crate::{
    change,
    error::Result,
    fault::Fault,
    marks::Marks,
    outside::hex,
    store::{Store, read::read},
};
use jeton_core::limits;

/// Faults that are named; more are not collected.
const FAULTS_MAX: usize = 100;

/// The check in progress.
struct Walk<'a> {
    marks: &'a Marks,
    last: i64,
    link: Vec<u8>,
    report: ChainReport,
    /// What was noted outside: a sequence and the link that it must have.
    noted: Option<(i64, String)>,
    noted_fits: bool,
}

impl Store {
    /// Checks the chain from its first event to the head. Reads in steps, so that it uses little memory however long the chain
    /// is; `progress` is told the number of events read and the number that there should be.
    pub async fn verify_audit(&self, mut progress: impl FnMut(u64, u64) + Send) -> Result<ChainReport> {
        let noted = self.generation().map(|noted| (noted.audit_sequence, noted.audit_link)).filter(|(sequence, _)| *sequence > 0);
        let heads = read!(self, link => change::heads(link, self.marks()))?;
        let expected = u64::try_from(heads.audit_sequence).unwrap_or_default();
        let report = ChainReport { events: 0, first_at: None, last_at: None, faults: Vec::new() };
        let mut walk = Walk { marks: self.marks(), last: 0, link: Vec::new(), report, noted, noted_fits: false };
        loop {
            let after = walk.last;
            let rows = read!(self, link => following(link, after, limits::STEP_ROWS as i64))?;
            if rows.is_empty() || after >= heads.audit_sequence {
                break;
            }
            for row in rows.into_iter().filter(|row| row.sequence <= heads.audit_sequence) {
                let sequence = row.sequence;
                match row.read() {
                    Ok(event) => walk.step(event),
                    Err(Fault::Refused(error)) => walk.unreadable(sequence, &error.to_string()),
                    Err(fault) => return Err(fault.into()),
                }
            }
            if walk.last == after {
                break;
            }
            progress(walk.report.events, expected);
        }
        Ok(walk.finish(heads.audit_sequence, &heads.audit_link))
    }
}

impl Walk<'_> {
    fn fault(&mut self, at: i64, what: String) {
        if self.report.faults.len() < FAULTS_MAX {
            self.report.faults.push((at, what));
        }
    }
    fn arrive(&mut self, sequence: i64) {
        self.report.events += 1;
        let expected = self.last.saturating_add(1);
        if sequence < expected {
            self.fault(sequence, "stands where no event may stand".to_owned());
        } else if sequence == expected + 1 {
            self.fault(expected, "was removed".to_owned());
        } else if sequence > expected {
            self.fault(expected, format!("was removed, and all up to event {}", sequence - 1));
        }
    }
    fn step(&mut self, event: AuditEvent) {
        let whole = event.sequence == self.last.saturating_add(1);
        self.arrive(event.sequence);
        // After a removed event the link cannot fit: the fault is named already, and the next one is checked again.
        if whole && self.marks.audit.check(&event.fields(&self.link), &event.link).is_err() {
            self.fault(event.sequence, "was changed, or does not follow on the one before it".to_owned());
        }
        if let Some((sequence, link)) = &self.noted
            && *sequence == event.sequence
        {
            self.noted_fits = *link == hex(&event.link);
        }
        self.report.first_at.get_or_insert(event.at);
        self.report.last_at = Some(event.at);
        self.last = event.sequence;
        self.link = event.link;
    }
    fn unreadable(&mut self, sequence: i64, why: &str) {
        self.arrive(sequence);
        self.fault(sequence, format!("was changed: {why}"));
        self.last = sequence;
        self.link = Vec::new();
    }
    /// Compares the end with what is known of it.
    fn finish(mut self, head: i64, head_link: &[u8]) -> ChainReport {
        if self.last < head {
            let last = self.last;
            self.fault(last + 1, format!("is missing at the end, and all up to event {head}"));
        } else if self.link != head_link {
            self.fault(head, "is not the one that the head of the chain names".to_owned());
        }
        if let Some((sequence, _)) = &self.noted
            && !self.noted_fits
        {
            let sequence = *sequence;
            self.fault(sequence, "is not the event that was noted outside the database: the chain was cut or written anew".to_owned());
        }
        self.report
    }
}
