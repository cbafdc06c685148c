//! Looking for changes that were cut out of the log. A log without gaps is what makes an old row put back noticed.

use super::{ChangeRow, as_column, from_column, heads, read as read_row};
use crate::{
    error::Result,
    fault::Fault,
    link::{Link, fetch_all, fetch_one},
    store::{Store, read::read},
};
use jeton_core::change::Revision;

/// Gaps that are named; more are not collected.
const GAPS_MAX: i64 = 100;
/// Restores whose leap is looked at.
const LEAPS_MAX: i64 = 1000;

impl Store {
    /// The places at which changes are missing: the first of each gap, a hundred at most. A restore leaps over places on
    /// purpose, and what the sweeper took from the front is not missing.
    pub async fn verify_changes(&self) -> Result<Vec<Revision>> {
        read!(self, link => gaps(link, self.marks()))
    }
}

async fn gaps(link: &mut Link<'_>, marks: &crate::marks::Marks) -> std::result::Result<Vec<Revision>, Fault> {
    // The head first: what is committed meanwhile lies beyond it.
    let head = heads(link, marks).await?.revision;
    let find = "SELECT c.revision FROM changes c WHERE c.kind <> 'everything' AND c.revision <= $1 \
                AND c.revision > (SELECT MIN(f.revision) FROM changes f) \
                AND NOT EXISTS (SELECT 1 FROM changes p WHERE p.revision = c.revision - 1) ORDER BY c.revision LIMIT $2";
    let found = fetch_all!(link, (i64,), find, head, GAPS_MAX)?;
    // A leap counts only where the change that explains it carries its mark.
    let leaps = "SELECT revision, at, kind, id, mark FROM changes WHERE kind = 'everything' ORDER BY revision DESC LIMIT $1";
    for leap in fetch_all!(link, ChangeRow, leaps, LEAPS_MAX)? {
        read_row(leap, marks)?;
    }
    let mut gaps: Vec<Revision> = found.into_iter().map(|(after,)| from_column(after - 1)).collect();
    let (newest,) = fetch_one!(link, (Option<i64>,), "SELECT MAX(revision) FROM changes WHERE revision <= $1", head)?;
    if newest.unwrap_or_default() < head {
        gaps.push(Revision(from_column(newest.unwrap_or_default()).0 + 1));
    }
    debug_assert!(gaps.iter().all(|gap| as_column(*gap) <= head), "gaps lie within the log");
    Ok(gaps)
}
