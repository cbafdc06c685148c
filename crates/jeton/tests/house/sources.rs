//! Finds and reads the files of the repository for the other house tests. Judges nothing.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// The root of the repository.
pub fn root() -> PathBuf {
    let mut root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    root.pop();
    root.pop();
    root
}

/// One file of the repository.
pub struct Source {
    /// Its path below the root, with `/`.
    pub path: String,
    /// Its text.
    pub text: String,
}

impl Source {
    /// The text without the unit tests at its end.
    pub fn without_tests(&self) -> &str {
        match self.text.find("#[cfg(test)]\nmod tests") {
            Some(at) => &self.text[..at],
            None => &self.text,
        }
    }
}

/// All files with one of these extensions, in order of their paths. Build output and data folders are passed over.
pub fn files(extensions: &[&str]) -> Vec<Source> {
    let mut found = Vec::new();
    walk(&root(), &mut |path| {
        let fits = path.extension().is_some_and(|own| extensions.iter().any(|wanted| own == *wanted));
        if fits {
            let text = std::fs::read_to_string(path).unwrap_or_else(|fault| panic!("`{}` cannot be read: {fault}", path.display()));
            let below = path.strip_prefix(root()).expect("below the root");
            found.push(Source { path: below.to_string_lossy().replace('\\', "/"), text });
        }
    });
    found.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(!found.is_empty(), "no file with {extensions:?} was found: the walk is broken");
    found
}

/// The Rust files of the workspace.
pub fn rust_files() -> Vec<Source> {
    files(&["rs"])
}

/// The text of one file.
pub fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|fault| panic!("`{path}` cannot be read: {fault}"))
}

/// What a cargo command prints, run at the root and offline: what the build needed is there already.
pub fn cargo(arguments: &[&str]) -> String {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(program).args(arguments).arg("--offline").current_dir(root()).output().expect("cargo runs");
    let faults = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "`cargo {}` failed: {faults}", arguments.join(" "));
    String::from_utf8(output.stdout).expect("cargo prints UTF-8")
}

fn walk(folder: &Path, visit: &mut dyn FnMut(&Path)) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let entry = entry.expect("an entry");
        let (path, name) = (entry.path(), entry.file_name());
        let passed_over = [".git", "target", "jeton-data", "node_modules", "snapshots", "corpus"].iter().any(|skip| name == *skip);
        match entry.file_type().expect("a file type") {
            kind if kind.is_dir() && !passed_over => walk(&path, visit),
            kind if kind.is_file() => visit(&path),
            _ => {}
        }
    }
}
