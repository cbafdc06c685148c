//! Whether the documents at the root and below `docs/` say what is true of the sources.

use super::sources;
use std::collections::BTreeSet;

/// What stands between backticks in a text, fenced blocks left out.
fn quoted(text: &str) -> Vec<String> {
    let mut fenced = false;
    let mut found = Vec::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            found.extend(line.split('`').skip(1).step_by(2).map(str::to_owned));
        }
    }
    found
}

/// The lines of the section under `heading`, up to the next heading of the same depth.
fn section<'a>(text: &'a str, heading: &str) -> &'a str {
    let from = text.find(&format!("\n{heading}\n")).unwrap_or_else(|| panic!("no section `{heading}`")) + heading.len() + 2;
    let depth = heading.split(' ').next().expect("a heading");
    let rest = &text[from..];
    rest.find(&format!("\n{depth} ")).map_or(rest, |end| &rest[..end])
}

#[test]
fn every_dependency_has_its_line() {
    let manifest: toml::Table = sources::read("Cargo.toml").parse().expect("a manifest");
    let named: BTreeSet<String> = manifest["workspace"]["dependencies"].as_table().expect("dependencies").keys().cloned().collect();
    let named: BTreeSet<String> = named.into_iter().filter(|name| !name.starts_with("jeton")).collect();
    let architecture = sources::read("ARCHITECTURE.md");
    let rows = section(&architecture, "## Dependencies").lines().filter(|line| line.starts_with("| `"));
    let told: BTreeSet<String> = rows.flat_map(|row| quoted(row.split('|').nth(1).unwrap_or_default())).collect();
    let untold: Vec<_> = named.difference(&told).collect();
    assert!(untold.is_empty(), "no line in ARCHITECTURE.md, section Dependencies: {untold:?}");
    let gone: Vec<_> = told.difference(&named).collect();
    assert!(gone.is_empty(), "ARCHITECTURE.md tells of what is no dependency: {gone:?}");
}

#[test]
fn every_refusal_is_documented() {
    let source = sources::read("crates/jeton-core/src/denial.rs");
    let table = source.split("told(").skip(2);
    let codes: BTreeSet<&str> = table.filter_map(|call| call.split('"').nth(1)).collect();
    assert!(codes.len() >= 18 && codes.contains("insufficient_scope"), "the table of refusals is not understood: {codes:?}");
    let page = sources::read("docs/refusals.md");
    let told: BTreeSet<String> = quoted(&page).into_iter().collect();
    let untold: Vec<_> = codes.iter().filter(|code| !told.contains(**code)).collect();
    assert!(untold.is_empty(), "docs/refusals.md does not tell of {untold:?}");
}

#[test]
fn paths_that_documents_name_exist() {
    let root = sources::root();
    let mut checked = 0;
    for file in sources::files(&["md"]) {
        for text in quoted(&file.text) {
            let starts = ["crates/", "bench/", "docs/", "fuzz/", "deploy/", ".ci/"].iter().any(|start| text.starts_with(start));
            if !starts || text.contains(['*', '<', '{', ' ', '…']) || text == "bench/results.json" {
                continue;
            }
            checked += 1;
            assert!(root.join(&text).exists(), "`{}` names `{text}`, which is not there", file.path);
        }
    }
    assert!(checked > 20, "only {checked} paths were found in the documents");
}

#[test]
fn tests_that_the_page_of_standards_names_exist() {
    let page = sources::read("docs/standards.md");
    let mut checked = 0;
    for row in page.lines().filter(|line| line.starts_with("| ")) {
        let mut file = String::new();
        for text in quoted(row.split('|').nth(4).unwrap_or_default()) {
            if text.starts_with("crates/") {
                file = sources::read(&text);
            } else {
                checked += 1;
                let at = file
                    .find(&format!("fn {text}("))
                    .unwrap_or_else(|| panic!("docs/standards.md names the test `{text}`, which is not there"));
                let before = file[..at].lines().rev().take(3).collect::<String>();
                assert!(before.contains("test]") || before.contains("test("), "`{text}`, which docs/standards.md names, is no test");
            }
        }
    }
    assert!(checked > 60, "only {checked} tests were found in the page");
}

#[test]
fn links_between_documents_lead_somewhere() {
    for file in sources::files(&["md"]) {
        let folder = std::path::Path::new(&file.path).parent().expect("a folder").to_owned();
        for link in file.text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let target = link.split('#').next().unwrap_or_default();
            if target.is_empty() || target.contains("://") || target.contains(' ') {
                continue;
            }
            assert!(sources::root().join(&folder).join(target).exists(), "`{}` links to `{link}`, which is not there", file.path);
        }
    }
}

#[test]
fn the_index_of_the_pages_is_whole() {
    let index = sources::read("docs/README.md");
    for file in sources::files(&["md"]).iter().filter(|file| file.path.starts_with("docs/") && file.path != "docs/README.md") {
        let below = file.path.trim_start_matches("docs/");
        assert!(index.contains(&format!("]({below})")), "docs/README.md does not list `{below}`");
    }
}

#[test]
fn the_glossary_holds_the_words_of_the_house() {
    let glossary = sources::read("GLOSSARY.md");
    let words = [
        "API",
        "actor",
        "audience",
        "audit event",
        "authority",
        "brand",
        "catalogue",
        "challenge",
        "change log",
        "check",
        "decision id",
        "demand",
        "denial",
        "digest",
        "facts",
        "gate",
        "generation",
        "hint",
        "issue",
        "journal",
        "limits",
        "mark",
        "master key",
        "network",
        "organisation",
        "overlap",
        "owner",
        "permit",
        "policy",
        "project",
        "quota",
        "rate",
        "refusal",
        "revision",
        "revoke",
        "rollup",
        "rotate",
        "route",
        "scope",
        "seal",
        "signing key",
        "subject",
        "suspend",
        "token",
        "token format",
        "token id",
        "token kind",
        "tombstone",
        "validate",
        "verify",
    ];
    for word in words {
        assert!(glossary.contains(&format!("**{word}**")), "GLOSSARY.md does not explain `{word}`");
    }
    let kinds = sources::read("crates/jeton-core/src/kind.rs");
    for letters in ["pat", "key", "pub", "svc", "oat", "ort", "cls", "grt"] {
        assert!(kinds.contains(&format!("\"{letters}\"")) && glossary.contains(&format!("`{letters}`")), "the kind `{letters}`");
    }
}

#[test]
fn the_readme_tests_as_the_pipeline_does() {
    let readme = sources::read("README.md");
    assert!(readme.contains("\nmake test\n"), "README.md names the test command on a line of its own");
    let pipeline = sources::read(".ci/run");
    assert!(pipeline.lines().any(|line| line == "exec make test"), ".ci/run runs the README's test command");
}
