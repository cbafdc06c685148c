//! `jeton backup`: all that matters of the database in one file, from one consistent moment, for either engine.

use super::{
    Exit, Failure, Outcome, local,
    local::Installation,
    output::{Output, Tone},
};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use std::{path::PathBuf, time::Duration};

const AFTER: &str = "\
Examples:
  jeton backup
  jeton backup /backups/jeton-friday.jsonl

The file is of mode 0600. It is of no use without the master key, which is not in it: keep a copy of that apart. \
It can be made while the authority runs, and restored into SQLite and PostgreSQL alike.";

/// Write a backup of the database
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(crate) struct Backup {
    #[command(flatten)]
    installation: Installation,
    /// The file to write [default: jeton-backup-TIME.jsonl]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

impl Backup {
    /// Writes it.
    pub(crate) async fn run(self, output: &Output) -> Outcome {
        let config = self.installation.config()?;
        let file = self.file.unwrap_or_else(|| PathBuf::from(format!("jeton-backup-{}.jsonl", output.clock.now.as_seconds())));
        if file.exists() {
            return Err(
                Failure::usage(format!("`{}` exists already", file.display())).fix("name a new file: a backup is never overwritten")
            );
        }
        let store = local::open(&config).await?;
        let progress = progress("backing up");
        let made = store.backup_at(&file, output.clock.now, |rows| progress.set_position(rows)).await;
        progress.finish_and_clear();
        store.close().await;
        let made = made.map_err(local::from_store)?;
        let rows: u64 = made.rows.values().sum();
        if output.json {
            let header = &made.header;
            output.document(&json!({
                "file": file, "instance": header.instance, "generation": header.generation, "revision": header.revision,
                "created_at": header.created_at, "rows": made.rows,
            }))?;
        } else {
            let about = format!("`{}`: {rows} rows at revision {}", file.display(), made.header.revision);
            output.remark_toned(Tone::Good, "backed up", &about);
            output.remark(&format!("it needs the master key `{}` to be restored: keep a copy of that apart", config.master_key.display()));
        }
        Ok(Exit::Done)
    }
}

/// A counter of rows on a terminal; nothing elsewhere.
pub(crate) fn progress(message: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {msg}: {pos} rows").unwrap_or_else(|_| ProgressStyle::default_spinner());
    let progress = ProgressBar::new_spinner().with_style(style).with_message(message);
    progress.enable_steady_tick(Duration::from_millis(120));
    progress
}
