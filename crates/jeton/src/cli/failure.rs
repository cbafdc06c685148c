//! What a command that did not succeed tells a person and a script: the message, what to do, and the exit code.
//!
//! Never holds a secret: what a caller typed is repeated only where it cannot be one.

use crate::client::{CallError, Problem};
use serde_json::{Value, json};

/// How a command ended. The numbers are part of the interface and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// Done.
    Done = 0,
    /// It was tried and failed.
    Failed = 1,
    /// The command line or a file that it names is wrong.
    Usage = 2,
    /// The authority, or the answer to a question about a token, says no.
    Refused = 3,
    /// There is no such thing.
    NotFound = 4,
    /// The authority does not answer.
    Unreachable = 5,
    /// It was done, and some verifiers have not acknowledged it yet.
    NotEverywhere = 6,
}

/// Why a command did not succeed.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The exit code.
    pub(crate) exit: Exit,
    /// What happened and why; empty where the command has said it already.
    pub(crate) what: String,
    /// What to do.
    pub(crate) fix: Option<String>,
    /// The authority's problem details, where there are any.
    pub(crate) problem: Option<Value>,
}

/// The result of a command.
pub(crate) type Outcome<T = Exit> = Result<T, Failure>;

impl Failure {
    /// A failure with its message.
    pub(crate) fn new(exit: Exit, what: impl Into<String>) -> Self {
        Self { exit, what: what.into(), fix: None, problem: None }
    }
    /// It was tried and failed.
    pub(crate) fn failed(what: impl Into<String>) -> Self {
        Self::new(Exit::Failed, what)
    }
    /// The command line or a file that it names is wrong.
    pub(crate) fn usage(what: impl Into<String>) -> Self {
        Self::new(Exit::Usage, what)
    }
    /// There is no such thing.
    pub(crate) fn not_found(what: impl Into<String>) -> Self {
        Self::new(Exit::NotFound, what)
    }
    /// Adds what to do.
    #[must_use]
    pub(crate) fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }
    /// The document that stands on stdout with `--json`.
    pub(crate) fn document(&self) -> Value {
        match &self.problem {
            Some(problem) => json!({ "error": problem }),
            None => json!({ "error": { "code": self.exit.word(), "detail": self.what, "fix": self.fix } }),
        }
    }
}

impl Exit {
    const fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Usage => "usage",
            Self::Refused => "refused",
            Self::NotFound => "not_found",
            Self::Unreachable => "unreachable",
            Self::NotEverywhere => "not_yet_everywhere",
        }
    }
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Address(what) => Self::usage(what),
            CallError::Unreachable { .. } => Self::new(Exit::Unreachable, error.to_string())
                .fix("start it with `jeton serve`, or set JETON_URL (or --url) to where it runs"),
            CallError::NotAnAuthority { .. } => {
                Self::new(Exit::Unreachable, error.to_string()).fix("set JETON_URL (or --url) to the authority's own address")
            }
            CallError::Problem(problem) => from_problem(*problem),
        }
    }
}

fn from_problem(problem: Problem) -> Failure {
    let exit = match problem.status {
        401 | 403 => Exit::Refused,
        404 => Exit::NotFound,
        400 | 413 | 415 | 422 => Exit::Usage,
        503 => Exit::Unreachable,
        _ => Exit::Failed,
    };
    let what = match problem.field.as_deref() {
        Some(field) if !problem.detail.contains(field) => format!("`{field}` {}", problem.detail),
        _ => problem.detail,
    };
    // Where the message names the field there is no more to say: the fix is in words for programs.
    let fix = match problem.code.as_str() {
        "bad_field" | "bad_query" => None,
        "not_found" => Some("check the id: `list` shows those that there are".to_owned()),
        _ => problem.fix,
    };
    Failure { exit, what, fix, problem: Some(problem.body) }
}

impl From<std::io::Error> for Failure {
    /// For what is written to stdout: a reader that has gone away is no fault worth a message.
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::BrokenPipe => Self::new(Exit::Done, ""),
            _ => Self::failed(format!("cannot write: {error}")),
        }
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::failed(format!("{error:#}"))
    }
}
