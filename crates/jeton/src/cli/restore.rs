//! `jeton restore`: puts a backup in place. What was revoked or rotated out since does not come back to life.

use super::{
    Exit, Failure, Outcome, backup, confirm, local,
    local::Installation,
    output::{Output, Tone},
};
use crate::bootstrap::ring;
use clap::Args;
use jeton_store::{
    StoreError,
    restore::{RestoreOptions, RestoreReport, restore_at},
};
use serde_json::json;
use std::path::PathBuf;

const AFTER: &str = "\
Examples:
  jeton restore jeton-backup-1797753600.jsonl
  jeton restore backup.jsonl --force --yes

Stop the authority first. The whole file is checked before anything is changed. What was revoked, suspended or rotated \
since the backup is known from the journal beside the master key and done again. Where that journal is missing, all \
tokens are suspended with the reason `restored`, unless --trust-backup says that nothing was revoked since; a fresh \
owner's token to look through them with comes from `jeton init --owner`.";

/// Put a backup in place of the database
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(crate) struct Restore {
    #[command(flatten)]
    installation: Installation,
    /// The backup
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Leave tokens active although nobody can tell what was revoked since the backup
    #[arg(long)]
    trust_backup: bool,
    /// Replace a database that is not empty
    #[arg(long)]
    force: bool,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

impl Restore {
    /// Restores it.
    pub(crate) async fn run(self, output: &Output) -> Outcome {
        let config = self.installation.config()?;
        if !self.file.exists() {
            return Err(Failure::not_found(format!("there is no file `{}`", self.file.display())));
        }
        confirm::ask(&format!("put `{}` in place of the database?", self.file.display()), self.yes)?;
        let ring = ring::load(&config).map_err(local::from_ring)?;
        let how = RestoreOptions { force: self.force, trust_backup: self.trust_backup };
        let progress = backup::progress("restoring");
        let options = local::options(&config, ring);
        let done = restore_at(options, &self.file, how, output.clock.now, |rows| progress.set_position(rows)).await;
        progress.finish_and_clear();
        let report = done.map_err(|fault| match fault {
            StoreError::Conflict(_) => {
                local::from_store(fault).fix("--force replaces a database that is not empty; stop the authority first")
            }
            fault => local::from_store(fault),
        })?;
        say(output, &report)?;
        Ok(Exit::Done)
    }
}

fn say(output: &Output, report: &RestoreReport) -> Outcome<()> {
    let rows: u64 = report.rows.values().sum();
    if output.json {
        return output.document(&json!({
            "backup_made_at": report.header.created_at, "rows": report.rows, "journal_complete": report.covered,
            "replayed": report.replayed, "suspended": report.suspended, "apis_to_review": report.apis_to_review,
            "generation": report.generation, "revision": report.revision,
        }));
    }
    let made = output.clock.show(report.header.created_at);
    output.remark_toned(Tone::Good, "restored", &format!("{rows} rows from the backup of {made}; generation {} begins", report.generation));
    if report.replayed > 0 {
        output.remark(&format!("{} tokens were changed again as the journal tells: what was revoked since stays revoked", report.replayed));
    }
    if report.suspended > 0 {
        let words = format!(
            "{} tokens, since nobody can tell whether they were revoked or edited: look through them with `jeton token list --state suspended`, \
             and give back those that are good with `jeton token resume ID …`",
            report.suspended
        );
        output.remark_toned(Tone::Warning, "suspended", &words);
        output
            .remark("if your own token is among them: `jeton init --owner` issues a fresh owner's token, on this machine, without another");
    }
    for api in &report.apis_to_review {
        output.remark_toned(Tone::Warning, "look at", &format!("the API {api}: it was changed since the backup"));
    }
    Ok(())
}
