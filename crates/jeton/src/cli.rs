//! The command line: nouns, then verbs; text for people, one JSON document for scripts.
//!
//! Never takes a secret as an argument, and prints one only where it is issued.

mod api;
mod apply;
mod arguments;
mod audit;
mod backup;
mod client;
mod completions;
mod confirm;
mod connection;
mod demo;
mod describe;
mod doctor;
mod duration;
mod failure;
mod gate;
mod init;
mod instant;
mod jwt;
mod key;
mod local;
mod man;
mod migrate;
mod output;
mod paging;
mod policy;
mod project;
mod restore;
mod scan;
mod secret;
mod serve;
mod token;
mod user;
mod verifier;

use clap::{Args, CommandFactory, Parser, Subcommand};
pub(crate) use failure::{Exit, Failure, Outcome};
use output::{Output, Tone};
use std::process::ExitCode;

const AFTER: &str = "\
Start here:
  jeton demo     a whole system on loopback, with curl lines to try
  jeton init     a data folder, keys and the owner's token
  jeton serve    the authority, and the gate in front of your API
  jeton gate     only a gate, which follows an authority elsewhere

A running authority is spoken to at JETON_URL (http://127.0.0.1:8700 when unset) with the token in \
JETON_TOKEN, or in the file of mode 0600 that JETON_TOKEN_FILE names. A secret is never an argument.

Exit codes: 0 done, 1 failed, 2 usage, 3 refused, 4 not found, 5 authority unreachable, 6 not yet everywhere";

/// Issue, check, watch and take back API tokens.
#[derive(Debug, Parser)]
#[command(name = "jeton", version, about, after_help = AFTER, max_term_width = 100, subcommand_required = true, arg_required_else_help = true)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// What every command takes.
#[derive(Debug, Args)]
struct Global {
    /// Print exactly one JSON document on stdout; everything else goes to stderr
    #[arg(long, global = true, help_heading = "Output")]
    json: bool,
    /// Show instants in UTC instead of this machine's time zone
    #[arg(long, global = true, help_heading = "Output")]
    utc: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Demo),
    Serve(serve::Serve),
    Gate(gate::Gate),
    Init(init::Init),
    Token(token::TokenCommand),
    Api(api::ApiCommand),
    Client(client::ClientCommand),
    Project(project::ProjectCommand),
    Policy(policy::PolicyCommand),
    User(user::UserCommand),
    Key(key::KeyCommand),
    Verifier(verifier::VerifierCommand),
    Audit(audit::AuditCommand),
    Apply(apply::Apply),
    Jwt(jwt::JwtCommand),
    Scan(scan::Scan),
    Backup(backup::Backup),
    Restore(restore::Restore),
    Migrate(migrate::Migrate),
    Doctor(doctor::Doctor),
    Completions(completions::Completions),
    Man(man::Man),
}

/// A secret out of a file that its owner alone can read; the fault in words.
pub(crate) fn secret_from_file(path: &std::path::Path, what: &str) -> Result<zeroize::Zeroizing<String>, String> {
    secret::from_file(path, what).map_err(|failure| failure.what)
}

/// The whole tree of commands, for completions, man pages and the reference.
pub fn tree() -> clap::Command {
    Cli::command()
}

/// Runs the program and gives its exit code.
pub fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().collect();
    // Before anything else reads them: the parser's own errors repeat what they were given.
    let wants_json = arguments.iter().any(|argument| argument == "--json");
    if let Err(failure) = arguments::refuse_secrets(&arguments) {
        return ended(Err(failure), &Output::start(wants_json, false));
    }
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(Exit::Usage as u8));
        }
    };
    let output = Output::start(cli.global.json, cli.global.utc);
    let outcome = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => {
            let outcome = runtime.block_on(run(cli.command, &output));
            runtime.shutdown_background();
            outcome
        }
        Err(fault) => Err(Failure::failed(format!("cannot start the runtime: {fault}"))),
    };
    ended(outcome, &output)
}

async fn run(command: Command, output: &Output) -> Outcome {
    match command {
        Command::Demo(command) => command.run(output).await,
        Command::Serve(command) => command.run(output).await,
        Command::Gate(command) => command.run(output).await,
        Command::Init(command) => command.run(output).await,
        Command::Token(command) => command.run(output).await,
        Command::Api(command) => command.run(output).await,
        Command::Client(command) => command.run(output).await,
        Command::Project(command) => command.run(output).await,
        Command::Policy(command) => command.run(output).await,
        Command::User(command) => command.run(output).await,
        Command::Key(command) => command.run(output).await,
        Command::Verifier(command) => command.run(output).await,
        Command::Audit(command) => command.run(output).await,
        Command::Apply(command) => command.run(output).await,
        Command::Jwt(command) => command.run(output).await,
        Command::Scan(command) => command.run(output),
        Command::Backup(command) => command.run(output).await,
        Command::Restore(command) => command.run(output).await,
        Command::Migrate(command) => command.run(output).await,
        Command::Doctor(command) => command.run(output).await,
        Command::Completions(command) => command.run(output),
        Command::Man(command) => command.run(output),
    }
}

/// Says why, where a command did not succeed, and turns its outcome into the exit code.
fn ended(outcome: Outcome, output: &Output) -> ExitCode {
    let failure = match outcome {
        Ok(exit) => return ExitCode::from(exit as u8),
        Err(failure) => failure,
    };
    if !failure.what.is_empty() {
        output.remark_toned(Tone::Bad, "error", &failure.what);
        if let Some(fix) = &failure.fix {
            output.remark_toned(Tone::Strong, "  fix", fix);
        }
        if output.json {
            let _ = output.document(&failure.document());
        }
    }
    ExitCode::from(failure.exit as u8)
}
