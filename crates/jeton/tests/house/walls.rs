//! The walls between the crates: which may depend on which, and what must never be reachable from where.

use super::sources;
use std::collections::BTreeSet;

/// The crates that `package` pulls in when it is built (not what its tests need), itself excluded.
fn reach(package: &str) -> BTreeSet<String> {
    let tree = sources::cargo(&["tree", "-p", package, "-e", "normal,build", "--prefix", "none", "--format", "{p}"]);
    let names: BTreeSet<String> = tree.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect();
    assert!(names.contains(package), "`cargo tree -p {package}` does not name it");
    names.into_iter().filter(|name| name != package).collect()
}

/// The crates that `package` names in its own manifest, for building.
fn named(package: &str) -> BTreeSet<String> {
    let manifest: toml::Table = sources::read(&format!("crates/{package}/Cargo.toml")).parse().expect("a manifest");
    let sections = ["dependencies", "build-dependencies"];
    let tables = sections.iter().filter_map(|section| manifest.get(*section)).filter_map(toml::Value::as_table);
    tables.flat_map(|table| table.keys().cloned()).collect()
}

fn apart(package: &str, found: &BTreeSet<String>, forbidden: &[&str]) {
    let through: Vec<_> = forbidden.iter().filter(|name| found.contains(**name)).collect();
    assert!(through.is_empty(), "`{package}` must not reach {through:?}");
}

#[test]
fn the_rules_reach_no_runtime_no_socket_no_database_and_no_randomness() {
    let forbidden =
        ["jeton-store", "jeton-gate", "jeton", "tokio", "axum", "hyper", "http", "tower", "sqlx", "reqwest", "rand", "tracing", "metrics"];
    apart("jeton-core", &reach("jeton-core"), &forbidden);
}

#[test]
fn the_door_knows_no_store() {
    apart("jeton-gate", &reach("jeton-gate"), &["jeton-store", "jeton", "sqlx", "sqlx-core", "libsqlite3-sys"]);
}

#[test]
fn the_memory_knows_no_door_and_no_web() {
    apart("jeton-store", &reach("jeton-store"), &["jeton-gate", "jeton", "axum", "hyper", "reqwest"]);
}

#[test]
fn only_the_memory_names_the_database() {
    for package in ["jeton-core", "jeton-gate", "jeton"] {
        apart(package, &named(package), &["sqlx", "sqlx-core", "libsqlite3-sys", "rusqlite", "tokio-postgres"]);
    }
    assert!(named("jeton-store").contains("sqlx"), "the memory no longer names its database: mend this test");
}

#[test]
fn there_is_one_audited_core_of_cryptography() {
    let lock = sources::read("Cargo.lock");
    for banned in ["ring", "openssl", "openssl-sys", "native-tls", "rusqlite"] {
        if !lock.contains(&format!("name = \"{banned}\"\n")) {
            continue;
        }
        let tree = sources::cargo(&["tree", "-i", banned, "--workspace", "--target", "all", "-e", "all"]);
        assert!(tree.trim().is_empty(), "`{banned}` is in the build:\n{tree}");
    }
}

#[test]
fn passkeys_alone_bring_cryptography_of_their_own() {
    let tree = sources::cargo(&["tree", "-i", "rsa", "--workspace", "--depth", "1", "--prefix", "none", "-e", "normal"]);
    let above: Vec<&str> = tree.lines().skip(1).filter_map(|line| line.split(' ').next()).filter(|name| !name.is_empty()).collect();
    assert_eq!(above, ["crypto-glue"], "`rsa` is there for webauthn-rs alone");
}

#[test]
fn every_crate_keeps_the_lints_of_the_house() {
    for package in ["jeton-core", "jeton-store", "jeton-gate", "jeton"] {
        let manifest: toml::Table = sources::read(&format!("crates/{package}/Cargo.toml")).parse().expect("a manifest");
        let inherits = manifest.get("lints").and_then(|lints| lints.get("workspace")).and_then(toml::Value::as_bool);
        assert_eq!(inherits, Some(true), "`{package}` must have `[lints] workspace = true`");
    }
    let workspace: toml::Table = sources::read("Cargo.toml").parse().expect("a manifest");
    let unsafe_code = workspace["workspace"]["lints"]["rust"]["unsafe_code"].as_str();
    assert_eq!(unsafe_code, Some("forbid"));
}
