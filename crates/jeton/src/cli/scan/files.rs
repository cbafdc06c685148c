//! Looks through files and folders. Follows no symbolic link, and passes over what is binary or too large, counting it.

use super::{
    Tally,
    find::{self, Finding},
};
use crate::cli::{Failure, output::Output};
use ignore::WalkBuilder;
use indicatif::{ProgressBar, ProgressStyle};
use std::{
    fs::File,
    io::{Read, Seek},
    path::Path,
    time::Duration,
};

/// Larger files are passed over.
const FILE_MAX: u64 = 256 * 1024 * 1024;
/// A file with a zero byte this early is binary.
const SNIFF: usize = 8 * 1024;

/// Looks through a file or a folder.
pub(crate) fn look(path: &Path, no_ignore: bool, output: &Output, findings: &mut Vec<Finding>, tally: &mut Tally) -> Result<(), Failure> {
    let progress = ProgressBar::new_spinner().with_style(ProgressStyle::default_spinner()).with_message("looking through files");
    progress.enable_steady_tick(Duration::from_millis(120));
    let walk = WalkBuilder::new(path)
        .standard_filters(!no_ignore)
        .hidden(false)
        .require_git(false)
        .follow_links(false)
        .filter_entry(|entry| entry.file_name() != ".git")
        .build();
    for entry in walk {
        let entry = match entry {
            Ok(entry) => entry,
            Err(fault) => {
                tally.skipped += 1;
                progress.suspend(|| output.remark(&format!("skipped: {fault}")));
                continue;
            }
        };
        // A path that was named itself may be a link; one that was met on the way may not.
        let is_file = entry.file_type().is_some_and(|kind| kind.is_file()) || (entry.depth() == 0 && path.is_file());
        if !is_file {
            continue;
        }
        progress.inc(1);
        match look_into(entry.path(), findings) {
            Ok(true) => tally.files += 1,
            Ok(false) => tally.skipped += 1,
            Err(fault) => {
                tally.skipped += 1;
                progress.suspend(|| output.remark(&format!("skipped `{}`: {fault}", entry.path().display())));
            }
        }
    }
    progress.finish_and_clear();
    Ok(())
}

/// Looks into one file; `false` when it is binary or too large.
fn look_into(path: &Path, findings: &mut Vec<Finding>) -> std::io::Result<bool> {
    let mut file = File::open(path)?;
    if file.metadata()?.len() > FILE_MAX {
        return Ok(false);
    }
    let mut head = Vec::with_capacity(SNIFF);
    (&mut file).take(SNIFF as u64).read_to_end(&mut head)?;
    if is_binary(&head) {
        return Ok(false);
    }
    file.rewind()?;
    find::in_stream(file.take(FILE_MAX), &path.display().to_string(), findings)?;
    Ok(true)
}

/// Text in UTF-16 has zero bytes too, but begins with a mark that says so; tokens in it are not looked for.
fn is_binary(head: &[u8]) -> bool {
    head.contains(&0)
}
