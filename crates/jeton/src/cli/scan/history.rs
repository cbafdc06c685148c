//! Looks through a git history with the program `git`: every line that some commit added. Never changes the repository.

use super::{
    Tally,
    find::{self, Finding},
};
use crate::cli::{Failure, output::Output};
use indicatif::ProgressBar;
use std::{
    collections::HashSet,
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

/// More of one line is not looked at: history holds whole minified files.
const LINE_MAX: u64 = 1024 * 1024;
/// Marks the line that begins a commit; no line of a diff begins with it.
const COMMIT: &[u8] = b"\x01commit ";

/// Where in the history the reading is.
#[derive(Debug, Default)]
struct Place {
    commit: String,
    file: String,
    line: u64,
    in_hunk: bool,
}

/// Looks through the history of the repository that holds `path`, where there is one.
pub(crate) fn look(path: &Path, output: &Output, findings: &mut Vec<Finding>, tally: &mut Tally) -> Result<(), Failure> {
    let Some(mut child) = start(path, output)? else { return Ok(()) };
    let progress = ProgressBar::new_spinner().with_message("looking through the git history");
    progress.enable_steady_tick(Duration::from_millis(120));
    let known: HashSet<_> = findings.iter().map(|finding| (finding.file.clone(), finding.id)).collect();
    let mut seen = HashSet::new();
    if let Some(stdout) = child.stdout.take() {
        read(BufReader::with_capacity(256 * 1024, stdout), &mut |place, finding| match finding {
            None => {
                tally.commits += 1;
                progress.inc(1);
            }
            Some((kind, id)) => {
                let here = path.join(&place.file).display().to_string();
                if !known.contains(&(here, id)) && seen.insert((place.file.clone(), id)) {
                    let (file, commit) = (place.file.clone(), Some(place.commit.clone()));
                    findings.push(Finding { file, line: place.line, commit, kind, id });
                }
            }
        })
        .map_err(|fault| Failure::failed(format!("cannot read what git tells: {fault}")))?;
    }
    let status = child.wait().map_err(|fault| Failure::failed(format!("cannot wait for git: {fault}")))?;
    progress.finish_and_clear();
    if status.success() { Ok(()) } else { Err(Failure::failed(format!("git could not read the history of `{}`", path.display()))) }
}

/// Starts git, or says why the history is left out.
fn start(path: &Path, output: &Output) -> Result<Option<Child>, Failure> {
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        command.arg("-C").arg(path).arg("--no-optional-locks").args(arguments);
        // What the environment or the repository says about pagers, external diffs and text filters is not run.
        command.env("GIT_PAGER", "cat").env("GIT_TERMINAL_PROMPT", "0").env_remove("GIT_EXTERNAL_DIFF").stdin(Stdio::null());
        command
    };
    let probe = git(&["rev-parse", "--verify", "--quiet", "HEAD"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    let shown = path.display();
    match probe {
        Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => {
            output.remark(&format!("the program `git` is not installed: the history of `{shown}` is left out"));
            return Ok(None);
        }
        Err(fault) => return Err(Failure::failed(format!("cannot start git: {fault}"))),
        Ok(status) if !status.success() => {
            output.remark(&format!("`{shown}` is in no git repository with commits: there is no history to look through"));
            return Ok(None);
        }
        Ok(_) => {}
    }
    let log = [
        "-c",
        "core.quotePath=false",
        "-c",
        "core.fsmonitor=false",
        "-c",
        "log.showSignature=false",
        "log",
        "--all",
        "--full-history",
        "-m",
        "--no-color",
        "--no-ext-diff",
        "--no-textconv",
        "--no-renames",
        "--unified=0",
        "--src-prefix=a/",
        "--dst-prefix=b/",
        "--relative",
        "--format=%x01commit %H",
        "--patch",
        "--",
        ".",
    ];
    let child = git(&log).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    child.map(Some).map_err(|fault| Failure::failed(format!("cannot start git: {fault}")))
}

/// Is told of each commit (without a finding) and of each token that a line adds.
type Tell<'a> = &'a mut dyn FnMut(&Place, Option<(jeton_core::kind::TokenKind, jeton_core::id::TokenId)>);

/// Reads a stream of patches; tells of each commit (without a finding) and of each token that a line adds.
fn read(mut reader: impl BufRead, tell: Tell<'_>) -> std::io::Result<()> {
    let mut place = Place::default();
    let mut line = Vec::new();
    loop {
        line.clear();
        if (&mut reader).take(LINE_MAX).read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        if !line.ends_with(b"\n") && line.len() as u64 >= LINE_MAX {
            skip_rest(&mut reader)?;
        }
        if let Some(commit) = line.strip_prefix(COMMIT) {
            let commit = String::from_utf8_lossy(commit).trim().to_owned();
            let same = commit == place.commit;
            place = Place { commit, ..Place::default() };
            if !same {
                tell(&place, None);
            }
        } else if line.starts_with(b"diff --git ") {
            place.in_hunk = false;
        } else if let Some(name) = line.strip_prefix(b"+++ ").filter(|_| !place.in_hunk) {
            place.file = file_name(name);
        } else if line.starts_with(b"@@ ") {
            place.in_hunk = true;
            place.line = added_from(&line).unwrap_or(1);
        } else if place.in_hunk && line.starts_with(b"+") {
            for token in find::tokens_in(&line) {
                tell(&place, Some(token));
            }
            place.line += 1;
        }
    }
}

/// `a/b.txt` from `b/a/b.txt`, or from the quoted form that names with odd characters have.
fn file_name(name: &[u8]) -> String {
    let name = String::from_utf8_lossy(name);
    let name = name.trim_end().trim_matches('"');
    name.strip_prefix("b/").unwrap_or(name).to_owned()
}

fn skip_rest(reader: &mut impl BufRead) -> std::io::Result<()> {
    let mut rest = Vec::new();
    loop {
        rest.clear();
        let read = reader.by_ref().take(LINE_MAX).read_until(b'\n', &mut rest)?;
        if read == 0 || rest.ends_with(b"\n") {
            return Ok(());
        }
    }
}

/// The first added line of a hunk: `12` in `@@ -3,2 +12,4 @@`.
fn added_from(hunk: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(hunk).ok().or_else(|| hunk.get(..40).and_then(|head| std::str::from_utf8(head).ok()))?;
    let added = text.split(' ').find_map(|part| part.strip_prefix('+'))?;
    added.split(',').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hunks_tell_their_line() {
        assert_eq!(added_from(b"@@ -3,2 +12,4 @@ fn main() {\n"), Some(12));
        assert_eq!(added_from(b"@@ -0,0 +1 @@\n"), Some(1));
        assert_eq!(added_from(b"@@ nonsense\n"), None);
    }
}
