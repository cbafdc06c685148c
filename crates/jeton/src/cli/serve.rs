//! `jeton serve`: the authority, and the gate for the routes that it is configured with.

use super::{Exit, Failure, Outcome, local::Installation, output::Output};
use crate::{
    open_files,
    serve::{self, StartFault},
    telemetry,
    upgrade::{self, Successor},
};
use clap::Args;

const AFTER: &str = "\
Examples:
  jeton serve
  jeton serve --config /etc/jeton/jeton.toml
  JETON_LISTEN=127.0.0.1:9000 jeton serve

Ends in order on Ctrl-C or SIGTERM: takes no more connections, finishes what is under way, writes use down.
On SIGUSR2 it ends in the same way and the program that lies in its place goes on, on the same socket: whoever calls waits.";

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
        open_files::raise_and_tell();
        let metrics = telemetry::start_metrics().map_err(|fault| Failure::failed(format!("metrics cannot be collected: {fault}")))?;
        let successor =
            Successor::of_this_process().map_err(|fault| Failure::failed(format!("this program is not known to itself: {fault}")))?;
        let handed_on = upgrade::inherited().map_err(|fault| Failure::usage(format!("no listening socket was handed on: {fault}")))?;
        let running = serve::start_on(handed_on, config, Some(metrics)).await.map_err(failure)?;
        let told =
            running.until_told(Some(&successor)).await.map_err(|fault| Failure::failed(format!("cannot wait for signals: {fault}")))?;
        match told {
            None => Ok(Exit::Done),
            Some(socket) => Err(Failure::failed(format!("the next program does not start: {}", successor.take_over(socket)))),
        }
    }
}

fn failure(fault: StartFault) -> Failure {
    match fault {
        StartFault::Store(fault) => super::local::from_store(fault),
        StartFault::Setting(..) => Failure::usage(fault.to_string()),
        other => Failure::failed(other.to_string()),
    }
}
