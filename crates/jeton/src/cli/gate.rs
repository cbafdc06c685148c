//! `jeton gate`: only the gate, which follows an authority elsewhere.

use super::{Exit, Failure, Outcome, local::Installation, output::Output};
use crate::{
    open_files,
    remote::run::{self, GateFault},
    serve::StartFault,
    telemetry,
    upgrade::{self, Successor},
};
use clap::Args;

const AFTER: &str = "\
Examples:
  jeton gate
  jeton gate --config /etc/jeton/gate.toml
  JETON_AUTHORITY__URL=https://auth.example.com jeton gate

Needs no database and no master key, but a token of its own (`authority.token_file`, else \
JETON_TOKEN), whose audiences are the issuer and the APIs that it guards:
  jeton token issue --kind svc --name gate-1 --scope gate:follow \\
      --expires 365d --audience https://auth.example.com \\
      --audience https://api.example.com

Ends in order on Ctrl-C or SIGTERM: takes no more connections, finishes what is under way, hands \
its use over. On SIGUSR2 it ends in the same way and the program that lies in its place goes on, on \
the same socket and with the sealed copy: whoever calls waits.";

/// Run only a gate, following an authority elsewhere
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(crate) struct Gate {
    #[command(flatten)]
    installation: Installation,
}

impl Gate {
    /// Runs it until it is told to end.
    pub(crate) async fn run(self, _: &Output) -> Outcome {
        let config = self.installation.config()?;
        config.check_gate().map_err(|fault| Failure::usage(fault.to_string()))?;
        telemetry::start_logging(&config.log);
        open_files::raise_and_tell();
        let metrics = telemetry::start_metrics().map_err(|fault| Failure::failed(format!("metrics cannot be collected: {fault}")))?;
        let successor =
            Successor::of_this_process().map_err(|fault| Failure::failed(format!("this program is not known to itself: {fault}")))?;
        let handed_on = upgrade::inherited().map_err(|fault| Failure::usage(format!("no listening socket was handed on: {fault}")))?;
        match run::until_told(handed_on, config, metrics, &successor).await.map_err(failure)? {
            None => Ok(Exit::Done),
            Some(socket) => Err(Failure::failed(format!("the next program does not start: {}", successor.take_over(socket)))),
        }
    }
}

fn failure(fault: GateFault) -> Failure {
    match fault {
        GateFault::Line(_) | GateFault::Issuer { .. } | GateFault::Start(StartFault::Setting(..)) => Failure::usage(fault.to_string()),
        other => Failure::failed(other.to_string()),
    }
}
