//! Runs the binary with a clean environment, and reads what it says.

use serde_json::Value;
use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

/// What a run of the binary came to.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) code: i32,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

/// A run about to be made.
pub(super) struct Jeton(Command, Option<Vec<u8>>);

/// The binary with these arguments and nothing of this process's environment that could steer it.
pub(super) fn jeton(arguments: &[&str]) -> Jeton {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jeton"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("JETON_")) {
        command.env_remove(name);
    }
    command.args(arguments).env("TZ", "UTC").env_remove("NO_COLOR");
    Jeton(command, None)
}

impl Jeton {
    pub(super) fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.0.env(name, value);
        self
    }
    pub(super) fn within(mut self, folder: &Path) -> Self {
        self.0.current_dir(folder);
        self
    }
    pub(super) fn stdin(mut self, text: &str) -> Self {
        self.1 = Some(text.as_bytes().to_vec());
        self
    }
    pub(super) fn run(mut self) -> Run {
        let stdin = if self.1.is_some() { Stdio::piped() } else { Stdio::null() };
        let mut child = self.0.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts");
        if let Some(text) = self.1 {
            // A program that has ended early does not read what is left.
            let _ = child.stdin.take().expect("a pipe").write_all(&text);
        }
        let out = child.wait_with_output().expect("the binary ends");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        Run { code: out.status.code().expect("an exit code"), stdout: text(out.stdout), stderr: text(out.stderr) }
    }
}

impl Run {
    /// Asserts the exit code.
    #[track_caller]
    pub(super) fn ended(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        self
    }
    /// Asserts that stdout is exactly one JSON document, and gives it.
    #[track_caller]
    pub(super) fn document(&self) -> Value {
        let mut documents = serde_json::Deserializer::from_str(&self.stdout).into_iter::<Value>();
        let first = documents.next().expect("a document").expect("JSON");
        assert!(documents.next().is_none(), "more than one document: {}", self.stdout);
        first
    }
    /// Asserts that stderr has these words.
    #[track_caller]
    pub(super) fn says(self, words: &str) -> Self {
        assert!(self.stderr.contains(words), "`{words}` is not in: {}", self.stderr);
        self
    }
}
