//! `jeton serve`: the authority, and the gate for the routes that it is configured with.

use super::{Exit, Failure, Outcome, local::Installation, output::Output};
use crate::{
    serve::{self, StartFault},
    telemetry,
};
use clap::Args;

const AFTER: &str = "\
Examples:
  jeton serve
  jeton serve --config /etc/jeton/jeton.toml
  JETON_LISTEN=127.0.0.1:9000 jeton serve

Ends in order on Ctrl-C or SIGTERM: takes no more connections, finishes what is under way, writes use down.";

/// Run the authority, and the gate for its configured routes
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(crate) struct Serve {
    #[command(flatten)]
    installation: Installation,
}

impl Serve {
    /// Runs it until it is told to end.
    pub(crate) async fn run(self, _: &Output) -> Outcome {
        let config = self.installation.config()?;
        config.check_authority().map_err(|fault| Failure::usage(fault.to_string()))?;
        telemetry::start_logging(&config.log);
        let metrics = telemetry::start_metrics().map_err(|fault| Failure::failed(format!("metrics cannot be collected: {fault}")))?;
        let running = serve::start(config, Some(metrics)).await.map_err(failure)?;
        running.until_told().await.map_err(|fault| Failure::failed(format!("cannot wait for signals: {fault}")))?;
        Ok(Exit::Done)
    }
}

fn failure(fault: StartFault) -> Failure {
    match fault {
        StartFault::Store(fault) => super::local::from_store(fault),
        StartFault::Setting(..) => Failure::usage(fault.to_string()),
        other => Failure::failed(other.to_string()),
    }
}
