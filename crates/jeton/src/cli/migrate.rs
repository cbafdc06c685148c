//! `jeton migrate`: brings the database's tables up to date. `serve` does so by itself; this is for doing it beforehand.

use super::{
    Exit, Outcome, local,
    local::Installation,
    output::{Output, Tone},
};
use clap::Args;
use serde_json::json;

/// Bring the database's tables up to date
#[derive(Debug, Args)]
#[command(after_help = "`jeton serve` does this by itself when it starts. Make a backup first: `jeton backup`.")]
pub(crate) struct Migrate {
    #[command(flatten)]
    installation: Installation,
}

impl Migrate {
    /// Migrates it.
    pub(crate) async fn run(self, output: &Output) -> Outcome {
        let store = local::open(&self.installation.config()?).await?;
        let head = store.head().await.map_err(local::from_store);
        store.close().await;
        let head = head?;
        if output.json {
            output.document(&json!({ "migrated": true, "revision": head }))?;
        } else {
            output.remark_toned(Tone::Good, "up to date", &format!("the database is at revision {head}"));
        }
        Ok(Exit::Done)
    }
}
