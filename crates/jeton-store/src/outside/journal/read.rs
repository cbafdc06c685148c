//! Reading a journal from its beginning: every line must follow on the one before it.

use super::{BATCH, Batch, Coverage, HEAD, JournalFault};
use crate::outside::file;
use jeton_core::mark::Marker;
use std::{
    collections::BTreeSet,
    fs::File,
    io::{BufRead, BufReader, Read},
    path::Path,
};

/// Longest line that is looked at: a group of writes, each with its longest entry, is far shorter.
const LINE_MAX: u64 = 4 * 1024 * 1024;

/// All that a journal holds.
#[derive(Debug)]
pub(crate) struct JournalContents {
    /// From when on it is complete.
    pub(crate) coverage: Coverage,
    /// The batches, oldest first.
    pub(crate) batches: Vec<Batch>,
    /// Its last line was cut off.
    pub(super) torn: bool,
    /// Bytes up to the end of the last whole line.
    pub(super) length: u64,
    pub(super) last_mark: Vec<u8>,
}

impl JournalContents {
    /// How many batches were ever appended.
    pub(crate) fn total_batches(&self) -> u64 {
        numbers(self.coverage.dropped, &self.batches).last().unwrap_or(self.coverage.dropped)
    }
    /// The batches that hold entries, with their numbers, oldest first; without those whose commit is known to have failed.
    pub(crate) fn into_standing(self) -> Vec<(u64, Batch)> {
        let void: BTreeSet<u64> = self.batches.iter().flat_map(|batch| batch.voids.iter().copied()).collect();
        let numbers: Vec<u64> = numbers(self.coverage.dropped, &self.batches).collect();
        let numbered = numbers.into_iter().zip(self.batches);
        numbered.filter(|(number, batch)| !batch.entries.is_empty() && !void.contains(number)).collect()
    }
}

/// The numbers of batches of which `dropped` came before: each counts for itself and for those that are left out before it.
pub(super) fn numbers(dropped: u64, batches: &[Batch]) -> impl Iterator<Item = u64> + '_ {
    batches.iter().scan(dropped, |number, batch| {
        *number = number.saturating_add(batch.left_out).saturating_add(1);
        Some(*number)
    })
}

/// Reads it.
pub(super) fn read(path: &Path, marker: &Marker) -> Result<JournalContents, JournalFault> {
    let failed = |why| JournalFault::Io { path: path.to_owned(), why };
    let damaged = |line| JournalFault::Damaged { path: path.to_owned(), line };
    let mut reader = BufReader::new(File::open(path).map_err(failed)?);
    let mut bytes = Vec::new();
    // The head is written with the file: it is never torn.
    (&mut reader).take(LINE_MAX).read_until(b'\n', &mut bytes).map_err(failed)?;
    let head = whole_line(&bytes).and_then(|line| file::open_line(HEAD, line, &[], marker));
    let (coverage, last_mark) = head.ok_or_else(|| damaged(1))?;
    let mut contents = JournalContents { coverage, batches: Vec::new(), torn: false, length: bytes.len() as u64, last_mark };
    for number in 2.. {
        bytes.clear();
        if (&mut reader).take(LINE_MAX).read_until(b'\n', &mut bytes).map_err(failed)? == 0 {
            break;
        }
        let Some((batch, mark)) = whole_line(&bytes).and_then(|line| file::open_line(BATCH, line, &contents.last_mark, marker)) else {
            let ended = reader.fill_buf().map_err(failed)?.is_empty();
            // Cut off, or with blocks that never reached the disk (zeros): only what was never synced looks so.
            if ended && (bytes.last() != Some(&b'\n') || bytes.contains(&0)) {
                contents.torn = true;
                break;
            }
            return Err(damaged(number));
        };
        contents.batches.push(batch);
        contents.last_mark = mark;
        contents.length += bytes.len() as u64;
    }
    Ok(contents)
}

fn whole_line(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes.strip_suffix(b"\n")?).ok()
}
