//! `jeton doctor` on installations in every condition: each finding says what is wrong and what to do, the exit code whether
//! anything is, and nothing is changed by looking.

use super::{
    authority::{Stopped, configured, served},
    jeton::jeton,
};
use serde_json::Value;
use std::{fs, os::unix::fs::PermissionsExt, path::Path};

/// What is said in a folder; the exit code must agree with it.
#[track_caller]
fn looked_over(folder: &Path) -> Value {
    let run = jeton(&["doctor", "--json"]).within(folder).run();
    let document = run.document();
    let failed = checks(&document).iter().any(|check| check["verdict"] == "fail");
    assert_eq!((run.code, document["healthy"].as_bool()), (i32::from(failed), Some(!failed)), "{document}");
    for check in checks(&document) {
        assert!(!check["detail"].as_str().expect("a detail").is_empty(), "{check}");
        let fix = check["fix"].as_str().unwrap_or_default();
        assert_eq!(fix.is_empty(), check["verdict"] == "ok", "{check}");
    }
    document
}

fn checks(document: &Value) -> &[Value] {
    document["checks"].as_array().expect("checks")
}

/// The failed check of this name, and what it says.
#[track_caller]
fn failed(document: &Value, name: &str, words: &[&str]) {
    let found = checks(document).iter().find(|check| check["check"] == name && check["verdict"] == "fail");
    let found = found.unwrap_or_else(|| panic!("`{name}` has not failed: {document:#}"));
    for word in words {
        assert!(found.to_string().contains(word), "`{word}` is not in {found}");
    }
}

fn database(stopped: &Stopped) -> String {
    format!("sqlite://{}", stopped.folder.path().join("jeton-data/jeton.db").display())
}

fn edit(stopped: &Stopped, statement: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    assert!(runtime.block_on(jeton_store::testing::execute(&database(stopped), statement)) > 0, "{statement}");
}

#[test]
fn a_running_one_is_healthy() {
    let served = served();
    let healthy = looked_over(served.path());
    assert!(checks(&healthy).iter().all(|check| check["verdict"] == "ok"), "{healthy:#}");
    let names: Vec<_> = checks(&healthy).iter().filter_map(|check| check["check"].as_str()).collect();
    let wanted = [
        "configuration",
        "master key",
        "data folder",
        "database",
        "set up",
        "generation",
        "clock",
        "change log",
        "audit chain",
        "listen",
        "TLS",
        "issuer",
    ];
    for wanted in wanted {
        assert!(names.contains(&wanted), "{names:?}");
    }
    let said = served.jeton(&["doctor"]).env("COLUMNS", "80").run().ended(0).stdout;
    assert!(said.lines().all(|line| line.starts_with("ok    ")), "{said}");
}

#[test]
fn a_fresh_folder_is_told_to_begin() {
    let (folder, _) = configured();
    failed(&looked_over(folder.path()), "master key", &["no master key", "jeton init"]);
    assert!(!folder.path().join("jeton-data").exists(), "looking made something");
}

#[test]
fn keys_and_files_that_do_not_fit_are_named() {
    let stopped = served().stopped();
    let folder = stopped.folder.path();
    let (key, data) = (folder.join("jeton-data/master.key"), folder.join("jeton-data/jeton.db"));
    let mode = |path: &Path, mode| fs::set_permissions(path, PermissionsExt::from_mode(mode)).expect("its mode");
    mode(&key, 0o644);
    failed(&looked_over(folder), "master key", &["644", "chmod 600"]);
    mode(&key, 0o600);
    let right = fs::read_to_string(&key).expect("the key");
    let (_, other) = right.trim().split_at(right.trim().len() - 8);
    let wrong = right.replace(other, &other.chars().rev().collect::<String>());
    fs::write(&key, "nonsense\n").expect("the key");
    failed(&looked_over(folder), "master key", &["master.key", "copy"]);
    if wrong != right {
        fs::write(&key, &wrong).expect("the key");
        let document = looked_over(folder);
        assert_eq!(document["healthy"], false, "{document:#}");
        assert!(document.to_string().contains("master key"), "{document:#}");
        assert!(!document.to_string().contains(right.trim()), "the key is shown");
    }
    fs::write(&key, &right).expect("the key");
    // With what the engine keeps beside it: all of it is the database.
    let files = ["jeton.db", "jeton.db-wal", "jeton.db-shm"];
    let away = tempfile::tempdir().expect("a folder");
    for name in files.iter().filter(|name| folder.join("jeton-data").join(name).exists()) {
        fs::copy(folder.join("jeton-data").join(name), away.path().join(name)).expect("copied");
        fs::remove_file(folder.join("jeton-data").join(name)).expect("removed");
    }
    failed(&looked_over(folder), "database", &["not there", "jeton restore"]);
    fs::write(&data, "this is no database at all, whatever its name may say").expect("a file");
    mode(&data, 0o600);
    failed(&looked_over(folder), "database", &["database"]);
    for name in files {
        let _ = fs::remove_file(folder.join("jeton-data").join(name));
        if away.path().join(name).exists() {
            fs::copy(away.path().join(name), folder.join("jeton-data").join(name)).expect("copied");
        }
    }
    mode(&data, 0o600);
    let document = looked_over(folder);
    assert_eq!(document["healthy"], true, "{document:#}");
}

#[test]
fn another_master_key_is_recognised_as_one() {
    let (one, other) = (served().stopped(), served().stopped());
    let key = |stopped: &Stopped| stopped.folder.path().join("jeton-data/master.key");
    fs::copy(key(&other), key(&one)).expect("copied");
    let document = looked_over(one.folder.path());
    assert_eq!(document["healthy"], false, "{document:#}");
    let found = checks(&document).iter().find(|check| check["verdict"] == "fail").expect("a failed check").to_string();
    assert!(found.contains("master key"), "{found}");
}

#[test]
fn what_was_changed_in_the_database_is_found() {
    let served = served();
    for number in 0..4 {
        served.json(&["project", "add", &format!("project {number}")]);
        served.json(&["api", "add", "--audience", &format!("https://{number}.example"), "--name", "API"]);
    }
    let stopped = served.stopped();
    edit(&stopped, "DELETE FROM changes WHERE revision = 3");
    failed(&looked_over(stopped.folder.path()), "change log", &["revision 3", "jeton restore"]);
    edit(&stopped, "UPDATE audit_events SET target = 'nothing' WHERE sequence = 4");
    failed(&looked_over(stopped.folder.path()), "audit chain", &["event 4", "audit verify"]);
    edit(&stopped, "UPDATE heads SET audit_sequence = 1");
    assert_eq!(looked_over(stopped.folder.path())["healthy"], false);
}

#[test]
fn a_database_and_an_address_that_cannot_be_reached_are_told() {
    let stopped = served().stopped();
    let folder = stopped.folder.path();
    let configuration = fs::read_to_string(folder.join("jeton.toml")).expect("the configuration");
    let held = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = held.local_addr().expect("its address").port();
    drop(held);
    let nowhere = format!("{configuration}\n[database]\nurl = \"postgres://jeton:sesame@127.0.0.1:{port}/jeton\"\n");
    fs::write(folder.join("jeton.toml"), nowhere).expect("a configuration");
    let document = looked_over(folder);
    failed(&document, "database", &["database.url"]);
    assert!(!document.to_string().contains("sesame"), "the password is shown: {document}");
    fs::write(folder.join("jeton.toml"), "isuer = \"x\"\n").expect("a configuration");
    failed(&looked_over(folder), "configuration", &["line 1", "issuer"]);
    // It runs, but not under the name that it gives itself.
    let away = configuration.replace("issuer = \"http://127.0.0.1:", "issuer = \"http://127.0.0.2:");
    fs::write(folder.join("jeton.toml"), &configuration).expect("a configuration");
    let served = stopped.started();
    fs::write(served.path().join("jeton.toml"), away).expect("a configuration");
    let document = looked_over(served.path());
    let issuer = checks(&document).iter().find(|check| check["check"] == "issuer").expect("looked at");
    assert!(issuer["verdict"] == "warn" && issuer.to_string().contains("127.0.0.2"), "{issuer}");
}
