//! Runs a scenario with the tools that `make prepare` installs. A scenario that ends badly, or not at all, fails the test with all that
//! it said.

use super::installation::PATIENCE;
use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// The folder of the scenarios.
pub(super) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/foreign")
}

/// The root of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A command that runs a scenario, or another script of the folder, trusting one authority for certificates beside the usual ones.
pub(super) fn command(script: &str, trusted: Option<&Path>) -> Command {
    let mut command = if script.ends_with(".py") {
        let python = root().join("target/foreign/venv/bin/python");
        assert!(python.exists(), "`{}` is missing: `make prepare` makes it", python.display());
        let mut command = Command::new(python);
        command.env("PYTHONPATH", folder().join("py")).env("PYTHONDONTWRITEBYTECODE", "1");
        command
    } else {
        let modules = root().join("node_modules/openid-client");
        assert!(modules.exists(), "`{}` is missing: `make prepare` installs it (with npm)", modules.display());
        Command::new("node")
    };
    command.arg(folder().join(script));
    if let Some(file) = trusted {
        for name in ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"] {
            command.env(name, file);
        }
    }
    command
}

/// A process that ends with this value.
pub(super) struct Process(pub(super) Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a command and writes its standard input.
fn start(command: &mut Command, input: &Value) -> Process {
    let child = command.stdin(Stdio::piped()).spawn();
    let mut child = child.unwrap_or_else(|fault| panic!("{command:?} does not start (install Debian's nodejs, python3): {fault}"));
    let mut stdin = child.stdin.take().expect("standard input");
    // Who ends before it has read all has said why.
    let _ = stdin.write_all(input.to_string().as_bytes());
    Process(child)
}

/// Starts a script that serves something, and gives what it says behind `ready`.
pub(super) fn serves(mut command: Command, input: &Value) -> (Process, String) {
    let mut process = start(command.stdout(Stdio::piped()), input);
    let mut line = String::new();
    BufReader::new(process.0.stdout.take().expect("output")).read_line(&mut line).expect("a line");
    let told = line.strip_prefix("ready").unwrap_or_else(|| panic!("{command:?} is not ready: {line:?}"));
    (process, told.trim().to_owned())
}

/// Runs a scenario to its end; it must pass.
pub(super) async fn passes(script: &str, setting: &Value, trusted: Option<&Path>) {
    let log = tempfile::NamedTempFile::new().expect("a file");
    let appending = || std::fs::OpenOptions::new().append(true).open(log.path()).expect("a file");
    let said = || std::fs::read_to_string(log.path()).unwrap_or_default();
    let mut command = command(script, trusted);
    let mut process = start(command.stdout(appending()).stderr(appending()), setting);
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = process.0.try_wait().expect("a child") {
            break status;
        }
        assert!(begun.elapsed() < 5 * PATIENCE, "{script} does not end:\n{}", said());
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert!(status.success(), "{script} ({status}):\n{}", said());
    assert!(said().contains("ok "), "{script} did nothing");
}
