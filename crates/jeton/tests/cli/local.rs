//! Commands that work on this machine's own data.

use super::{
    authority::{AUDIENCE, configured, served},
    jeton::jeton,
};

#[test]
fn an_installation_is_set_up_once() {
    let (folder, _) = configured();
    let run = jeton(&["init"]).within(folder.path()).run().ended(0).says("jeton serve").says("master key");
    assert!(run.stdout.trim().starts_with("jtn_") && run.stdout.lines().count() == 1, "{}", run.stdout);
    jeton(&["init"]).within(folder.path()).run().ended(1).says("already");
    jeton(&["migrate"]).within(folder.path()).run().ended(0).says("up to date");
    let verdict = jeton(&["audit", "verify", "--offline"]).within(folder.path()).run().ended(0);
    assert!(verdict.stdout.contains("whole"), "{}", verdict.stdout);
}

#[test]
fn a_wrong_configuration_is_a_usage_error_that_names_the_line() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("jeton.toml"), "listen = \"127.0.0.1:0\"\nisuer = \"x\"\n").expect("a configuration");
    for command in ["serve", "init", "migrate", "backup"] {
        jeton(&[command]).within(folder.path()).run().ended(2).says("line 2").says("issuer");
    }
}

#[test]
fn serve_says_what_is_missing() {
    let (folder, _) = configured();
    jeton(&["serve"]).within(folder.path()).run().ended(1).says("jeton init");
}

#[test]
fn what_was_revoked_since_the_backup_stays_revoked() {
    let served = served().with_api();
    let kept = served.issue(&[]);
    let gone = served.issue(&[]);
    let backup = served.path().join("backup.jsonl");
    let name = backup.display().to_string();
    let made = served.json(&["backup", &name]);
    assert_eq!(made["file"].as_str(), Some(name.as_str()));
    served.jeton(&["backup", &name]).run().ended(2).says("exists already");
    served.json(&["token", "revoke", gone["id"].as_str().expect("its id"), "--yes"]);
    let restored = served.stopped();
    let report = jeton(&["restore", &name, "--force", "--yes", "--json"]).within(restored.folder.path()).run().ended(0).document();
    assert_eq!(report["journal_complete"].as_bool(), Some(true), "{report}");
    let served = restored.started();
    let verify = |token: &serde_json::Value| {
        let text = token["token"].as_str().expect("the token").to_owned();
        served.jeton(&["token", "verify", "--audience", AUDIENCE]).stdin(&text).run().code
    };
    assert_eq!((verify(&kept), verify(&gone)), (0, 3));
}

#[test]
fn a_new_master_key_takes_over_all_that_the_old_one_marked() {
    let served = served().with_api();
    let token = served.issue(&[]);
    served.jeton(&["key", "rotate", "--master"]).run().ended(1).says("runs");
    let stopped = served.stopped();
    let key = stopped.folder.path().join("jeton-data/master.key");
    let before = std::fs::read_to_string(&key).expect("the key file");
    let report = jeton(&["key", "rotate", "--master", "--json"]).within(stopped.folder.path()).run().ended(0);
    assert!(report.document()["rows"].as_u64().is_some_and(|rows| rows > 0), "{report:?}");
    let after = std::fs::read_to_string(&key).expect("the key file");
    assert!(after.ends_with(&before) && after.lines().count() == 2, "the old key stays behind the new one");
    assert!(!report.stdout.contains(after.lines().next().expect("a key")));
    let served = stopped.started();
    let text = token["token"].as_str().expect("the token").to_owned();
    served.jeton(&["token", "verify", "--audience", AUDIENCE]).stdin(&text).run().ended(0);
    served.jeton(&["audit", "verify"]).run().ended(0);
}
