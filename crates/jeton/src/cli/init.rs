//! `jeton init`: the first start. Prints the owner's token, this once.

use super::{
    Exit, Failure, Outcome,
    local::Installation,
    output::{Output, Tone},
    secret,
};
use crate::bootstrap::{self, InitFault, Initialised};
use clap::Args;
use serde_json::json;
use std::path::PathBuf;

const AFTER: &str = "\
Examples:
  jeton init
  jeton init --out owner.token   # the token goes into a file of mode 0600
  jeton init --json              # {\"setup_url\": \"…\", \"owner_token\": \"…\"}
  jeton init --owner             # a fresh owner's token, where all is set up

Makes the data folder, the master key and the database where they are missing. What is there is never touched. The link \
that it prints makes the owner's account yours in a browser: it is good once, for a day.

With --owner it issues another owner's token without asking for one: for whoever holds the master key and the \
database, when the owner's token is lost, or sleeps after a restore. It is noted in the audit events.";

/// Set up a new installation: data folder, keys, database and the owner's token
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(crate) struct Init {
    #[command(flatten)]
    installation: Installation,
    /// Write the owner's token into a new file of mode 0600 instead of to stdout
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Issue a fresh owner's token for an installation that is there already
    #[arg(long)]
    owner: bool,
}

impl Init {
    /// Sets it up.
    pub(crate) async fn run(self, output: &Output) -> Outcome {
        let config = self.installation.config()?;
        if let Some(path) = self.out.as_deref().filter(|path| path.exists()) {
            return Err(Failure::usage(format!("`{}` exists already", path.display())).fix("name a new file, or remove this one first"));
        }
        let made = if self.owner { bootstrap::issue_owner_token(&config).await } else { bootstrap::init(&config).await };
        let made = made.map_err(failure)?;
        if let Some(path) = &self.out {
            secret::write_new(path, &made.owner_token)?;
        }
        if output.json {
            let token = self.out.is_none().then(|| made.owner_token.as_str());
            let setup_url = made.setup_url.as_ref().map(|url| url.as_str());
            output.document(&json!({ "setup_url": setup_url, "owner_token": token }))?;
            return Ok(Exit::Done);
        }
        if self.owner {
            let words = format!("the token {} is the owner's; who issued it is in the audit events", made.owner_token_id);
            output.remark_toned(Tone::Good, "issued", &words);
            if let Some(url) = &made.setup_url {
                output.remark(&format!("no owner can sign in yet: {} sets the account up; good once, for a day", url.as_str()));
            }
            return self.show(output, &made);
        }
        output.remark_toned(Tone::Good, "ready", &format!("the data is in `{}`", config.data_folder().display()));
        output.remark(&format!("the master key is `{}`: keep a copy of it apart from the database's backups", config.master_key.display()));
        self.show(output, &made)?;
        output.remark("");
        output.remark("next:");
        output.remark("  jeton serve");
        if let Some(url) = &made.setup_url {
            output.remark(&format!("  {}      # in a browser: makes the owner's account yours; good once, for a day", url.as_str()));
        }
        output.remark(&format!("  export JETON_URL={} JETON_TOKEN=…      # in another terminal", config.issuer));
        output.remark("  jeton api add --audience https://api.example.com --name Orders --scope 'orders:read=Read orders'");
        output.remark("  jeton token issue --name first --audience https://api.example.com --scope orders:read");
        Ok(Exit::Done)
    }
    /// Shows the token, or says where it is.
    fn show(&self, output: &Output, made: &Initialised) -> Outcome {
        match &self.out {
            Some(path) => output.remark(&format!("the owner's token is in `{}`, readable by you alone", path.display())),
            None => {
                output.remark("the owner's token is shown this once, and may do everything: keep it where secrets are kept");
                output.line(&made.owner_token)?;
            }
        }
        Ok(Exit::Done)
    }
}

fn failure(fault: InitFault) -> Failure {
    match fault {
        InitFault::Store(fault) => super::local::from_store(fault),
        InitFault::Issuer(_) => Failure::usage(fault.to_string()),
        InitFault::Already => {
            Failure::failed(fault.to_string()).fix("`jeton init --owner` issues a fresh owner's token, if that one is lost")
        }
        other => Failure::failed(other.to_string()),
    }
}
