//! What services that build on this crate hold on to: everything public that stands in `tests/public_api.txt`. More may come; nothing of it
//! may go or change without somebody having looked at it.
//!
//! After a change that is meant: `JETON_ACCEPT=1 cargo test -p jeton-gate --test public_api`, and a line in `CHANGELOG.md` where something went.

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// The public items of a module and of the public modules below it, each with where it stands.
fn items(file: &Path, module: &str, found: &mut BTreeSet<String>) {
    let text = fs::read_to_string(file).unwrap_or_else(|fault| panic!("{}: {fault}", file.display()));
    let text = text.split("#[cfg(test)]\nmod tests").next().expect("a first part").to_owned();
    let mut within = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if line.starts_with("impl") || line.starts_with("pub trait") || line.starts_with("pub struct") || line.starts_with("pub enum") {
            within = line.trim_end_matches('{').trim().to_owned();
        } else if line.starts_with('}') {
            within.clear();
        }
        if let Some(name) = line.strip_prefix("pub mod ").and_then(|rest| rest.strip_suffix(';')) {
            items(&below(file, name), &format!("{module}::{name}"), found);
        }
        // What lies in a private part of a public module is reached through it.
        if let Some(name) = line.strip_prefix("mod ").and_then(|rest| rest.strip_suffix(';')).filter(|_| module.contains("::")) {
            items(&below(file, name), module, found);
        }
        let trimmed = line.trim_start();
        let of_enum = within.starts_with("pub enum") && trimmed.starts_with(|first: char| first.is_ascii_uppercase());
        let of_trait = within.starts_with("pub trait") && (trimmed.starts_with("fn ") || trimmed.starts_with("async fn "));
        if !(of_enum || of_trait || trimmed.starts_with("pub ")) || within.contains("for ") && !within.starts_with("pub trait") {
            continue;
        }
        let mut item = trimmed.to_owned();
        while !item.ends_with(['{', ';', ',', '}']) || item.matches('(').count() > item.matches(')').count() {
            let Some(next) = lines.next() else { break };
            item = format!("{item} {}", next.trim());
        }
        let item = item.trim_end_matches(['{', ';', ',']).trim();
        let place = if trimmed.len() == line.len() || within.is_empty() { module.to_owned() } else { format!("{module}: {within}") };
        found.insert(format!("{place}: {item}"));
    }
}

fn below(file: &Path, name: &str) -> PathBuf {
    let folder = match file.file_name().and_then(|own| own.to_str()) {
        Some("lib.rs") => file.parent().expect("a folder").to_owned(),
        _ => file.with_extension(""),
    };
    folder.join(format!("{name}.rs"))
}

#[test]
fn nothing_that_was_promised_goes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = BTreeSet::new();
    items(&root.join("src/lib.rs"), "jeton_gate", &mut found);
    let kept = root.join("tests/public_api.txt");
    if std::env::var_os("JETON_ACCEPT").is_some() {
        let text: String = found.iter().map(|item| format!("{item}\n")).collect();
        fs::write(&kept, text).expect("written");
    }
    let promised = fs::read_to_string(&kept).expect("the promised items");
    let gone: Vec<&str> = promised.lines().filter(|item| !found.contains(*item)).collect();
    assert!(gone.is_empty(), "these are gone or changed; where that is meant, run with JETON_ACCEPT=1:\n{}", gone.join("\n"));
    assert!(found.len() > 100 && found.iter().any(|item| item.contains("pub async fn check(")), "the items are not found any more");
}
