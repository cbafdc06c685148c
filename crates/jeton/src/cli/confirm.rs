//! Asks before what cannot be undone, where somebody is there to answer.

use super::Failure;
use std::io::{BufRead, IsTerminal, Write};

/// Asks on the terminal whether to go on. Without a terminal nobody is asked: scripts say what they mean.
pub(crate) fn ask(question: &str, yes: bool) -> Result<(), Failure> {
    if yes || !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Ok(());
    }
    let mut stderr = std::io::stderr().lock();
    let _ = write!(stderr, "{question} [y/N] ");
    let _ = stderr.flush();
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer);
    match read.is_ok().then(|| answer.trim().to_ascii_lowercase()).as_deref() {
        Some("y" | "yes") => Ok(()),
        _ => Err(Failure::failed("nothing was changed").fix("answer `y`, or pass --yes to skip the question")),
    }
}
