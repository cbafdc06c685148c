//! Writing a journal anew: without what is too old to matter or over, and under the current master key. Replaced as a whole.

use super::{
    BATCH, Batch, Coverage, HEAD, Journal, JournalFault, NAME,
    read::{numbers, read},
    thin::thin,
};
use crate::outside::file;
use jeton_core::{change::Revision, timestamp::Timestamp};
use std::io;

/// Drops the batches at the front whose entries are all older than `before`, and leaves out of the rest what is over since before
/// `settled`.
pub(super) fn compact(journal: &mut Journal, before: Timestamp, settled: Timestamp) -> Result<(u64, Revision), JournalFault> {
    let contents = read(&journal.path, &journal.marker)?;
    let old = contents.batches.iter().take_while(|batch| batch.entries.iter().all(|entry| entry.at() < before)).count();
    let (dropped, kept) = contents.batches.split_at(old.min(contents.batches.len()));
    let complete_since = dropped.last().map_or(Revision::default(), |batch| batch.revision).max(contents.coverage.complete_since);
    let last = numbers(contents.coverage.dropped, dropped).last().unwrap_or(contents.coverage.dropped);
    let count = last - contents.coverage.dropped;
    let coverage = Coverage { complete_since, dropped: last, ..contents.coverage.clone() };
    let thinned = thin(last, kept.to_vec(), settled);
    if thinned != contents.batches || !journal.marker.is_current(&contents.last_mark) {
        rewrite(journal, coverage, &thinned)?;
    }
    journal.thinned = journal.length;
    Ok((count, if count > 0 { complete_since } else { Revision::default() }))
}

/// Replaces the file by one with these contents.
pub(super) fn rewrite(journal: &mut Journal, coverage: Coverage, kept: &[Batch]) -> Result<(), JournalFault> {
    let failed = |why: io::Error| JournalFault::Io { path: journal.path.clone(), why };
    let folder = journal.path.parent().ok_or_else(|| failed(io::ErrorKind::NotFound.into()))?;
    let (mut text, mut mark) = file::seal_line(HEAD, &coverage, &[], &journal.marker).map_err(failed)?;
    for batch in kept {
        let (line, next) = file::seal_line(BATCH, batch, &mark, &journal.marker).map_err(failed)?;
        text.push_str(&line);
        mark = next;
    }
    let file = file::replace(folder, NAME, text.as_bytes()).map_err(failed)?;
    journal.owned = super::lock::take(&file);
    journal.file = file;
    journal.length = text.len() as u64;
    journal.batches = numbers(coverage.dropped, kept).last().unwrap_or(coverage.dropped);
    journal.thinned = journal.length;
    journal.last_mark = mark;
    journal.first_at = super::first_at(kept);
    Ok(())
}
