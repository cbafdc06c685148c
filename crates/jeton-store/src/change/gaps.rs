//! Looking for changes that were cut out of the log. A log without gaps is what makes an old row put back noticed.

use super::{ChangeRow, as_column, from_column, heads, read as read_row};
use crate::{
    error::Result,
    fault::Fault,
    link::{Link, fetch_all, fetch_one},
    store::{Store, read::walk},
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
        walk!(self, link => gaps(link, self.marks()))
    }
    /// Reports what is missing from the change log, since a verifier's look-up sees only the changes of one token. Gives whether
    /// it is whole.
    pub async fn report_gaps(&self) -> bool {
        match self.verify_changes().await {
            Ok(gaps) if gaps.is_empty() => return true,
            Ok(gaps) => tracing::error!(?gaps, "changes are missing from the change log: it was changed from outside; see `jeton doctor`"),
            Err(error) => tracing::warn!(%error, "the change log could not be looked through"),
        }
        false
    }
}

/// Whether as many changes are there as there must be: counted, which is far quicker than looking at each.
async fn is_whole(link: &mut Link<'_>, head: i64, leaps: &[i64]) -> std::result::Result<bool, Fault> {
    let count = "SELECT COUNT(*), MIN(revision), MAX(revision) FROM changes WHERE revision <= $1";
    let (count, oldest, newest) = fetch_one!(link, (i64, Option<i64>, Option<i64>), count, head)?;
    let (Some(oldest), Some(newest)) = (oldest, newest) else { return Ok(head == 0) };
    let mut leapt = 0;
    for leap in leaps.iter().filter(|leap| **leap <= head && **leap > oldest) {
        let before = "SELECT MAX(revision) FROM changes WHERE revision < $1";
        let (before,) = fetch_one!(link, (Option<i64>,), before, *leap)?;
        leapt += before.map_or(0, |before| leap - before - 1);
    }
    Ok(newest == head && newest - oldest + 1 == count + leapt)
}

async fn gaps(link: &mut Link<'_>, marks: &crate::marks::Marks) -> std::result::Result<Vec<Revision>, Fault> {
    // The head first: what is committed meanwhile lies beyond it.
    let head = heads(link, marks).await?.revision;
    // A leap counts only where the change that explains it carries its mark.
    let find_leaps = "SELECT revision, at, kind, id, mark FROM changes WHERE kind = 'everything' ORDER BY revision DESC LIMIT $1";
    let mut leaps = Vec::new();
    for leap in fetch_all!(link, ChangeRow, find_leaps, LEAPS_MAX)? {
        leaps.push(as_column(read_row(leap, marks)?.revision));
    }
    if is_whole(link, head, &leaps).await? {
        return Ok(Vec::new());
    }
    let find = "SELECT c.revision FROM changes c WHERE c.kind <> 'everything' AND c.revision <= $1 \
                AND c.revision > (SELECT MIN(f.revision) FROM changes f) \
                AND NOT EXISTS (SELECT 1 FROM changes p WHERE p.revision = c.revision - 1) ORDER BY c.revision LIMIT $2";
    let found = fetch_all!(link, (i64,), find, head, GAPS_MAX)?;
    let mut gaps: Vec<Revision> = found.into_iter().map(|(after,)| from_column(after - 1)).collect();
    let (newest,) = fetch_one!(link, (Option<i64>,), "SELECT MAX(revision) FROM changes WHERE revision <= $1", head)?;
    if newest.unwrap_or_default() < head {
        gaps.push(Revision(from_column(newest.unwrap_or_default()).0 + 1));
    }
    debug_assert!(gaps.iter().all(|gap| as_column(*gap) <= head), "gaps lie within the log");
    Ok(gaps)
}
