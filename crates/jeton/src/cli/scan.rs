//! `jeton scan`: finds Jeton tokens in files and in git history, offline. Prints where and which, never the secret.

mod files;
mod find;
mod history;

use super::{
    Exit, Failure, Outcome,
    output::{Output, Tone},
};
use clap::Args;
use find::Finding;
use serde_json::json;
use std::path::PathBuf;

const AFTER: &str = "\
Examples:
  jeton scan .                         # the files here, and their git history
  jeton scan src deploy/config.yaml --no-history
  git diff --cached | jeton scan -     # before a commit

Finds what has the shape of a token and the right checksum, so that what it finds is one. Files that \
.gitignore names are passed over (--no-ignore looks into them too), as are symbolic links and binary files.
Exit code 0: none found. 1: some found, each named by its id: revoke them.";

/// Find Jeton tokens in files and git history, offline
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(crate) struct Scan {
    /// Files and folders to look through; `-` for stdin
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// Look into files that .gitignore and the like name, too
    #[arg(long)]
    no_ignore: bool,
    /// Leave the git history out
    #[arg(long)]
    no_history: bool,
}

/// What was looked at.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    files: u64,
    commits: u64,
    skipped: u64,
}

impl Scan {
    /// Looks.
    pub(crate) fn run(self, output: &Output) -> Outcome {
        let (mut findings, mut tally) = (Vec::new(), Tally::default());
        for path in &self.paths {
            if path.as_os_str() == "-" {
                find::in_stream(std::io::stdin().lock(), "stdin", &mut findings)
                    .map_err(|fault| Failure::failed(format!("cannot read stdin: {fault}")))?;
                continue;
            }
            if !path.exists() {
                return Err(Failure::not_found(format!("there is no file or folder `{}`", path.display())));
            }
            files::look(path, self.no_ignore, output, &mut findings, &mut tally)?;
            if !self.no_history && path.is_dir() {
                history::look(path, output, &mut findings, &mut tally)?;
            }
        }
        report(output, &findings, tally)?;
        Ok(if findings.is_empty() { Exit::Done } else { Exit::Failed })
    }
}

fn report(output: &Output, findings: &[Finding], tally: Tally) -> Outcome<()> {
    if output.json {
        let document = json!({
            "findings": findings, "files": tally.files, "commits": tally.commits, "files_skipped": tally.skipped,
        });
        return output.document(&document);
    }
    let rows: Vec<_> = findings.iter().map(Finding::row).collect();
    if !rows.is_empty() {
        output.list(&["where", "kind", "id"], &rows)?;
    }
    let looked = format!("{} files and {} commits looked at, {} files skipped", tally.files, tally.commits, tally.skipped);
    if findings.is_empty() {
        output.remark_toned(Tone::Good, "no token found", &looked);
    } else {
        let mut ids: Vec<_> = findings.iter().map(|finding| finding.id).collect();
        ids.sort_unstable();
        ids.dedup();
        output.remark_toned(Tone::Bad, "found", &format!("{} tokens in {} places; {looked}", ids.len(), findings.len()));
        output.remark("who has read these files has these tokens: `jeton token revoke ID --reason leaked`, then take them out");
    }
    Ok(())
}
