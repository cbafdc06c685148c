//! A secret is never an argument, and never said but where it is issued.

use super::{authority::served, jeton::jeton};
use std::os::unix::fs::PermissionsExt;

#[test]
fn a_token_as_an_argument_is_refused_and_not_repeated() {
    let served = served().with_api();
    let token = served.issue(&[])["token"].as_str().expect("the token").to_owned();
    for arguments in [vec!["token", "verify", &token], vec!["token", "list", "--token", &token], vec!["nonsense", &token]] {
        let run = jeton(&arguments).run().ended(2).says("arguments can be read by others");
        assert!(!run.stderr.contains(&token[20..]) && !run.stdout.contains(&token[20..]), "{run:?}");
    }
    let glued = jeton(&["token", "list", &format!("--token={token}")]).run().ended(2);
    assert!(!glued.stderr.contains(&token[20..]));
    let words = jeton(&["token", "list", "--token", "sesame"]).run().ended(2);
    assert!(words.stderr.contains("only `-`"), "{}", words.stderr);
}

#[test]
fn a_file_that_others_can_read_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("token");
    std::fs::write(&path, "jtn_pat_x").expect("a file");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).expect("its mode");
    let name = path.display().to_string();
    jeton(&["token", "list", "--token-file", &name]).run().ended(2).says("chmod 600");
    jeton(&["token", "inspect", &name]).run().ended(2).says("others can read it");
}

#[test]
fn an_issued_secret_is_in_no_log_list_or_audit() {
    let served = served().with_api();
    let issued = served.issue(&["--expires", "1h"]);
    let (token, id) = (issued["token"].as_str().expect("the token"), issued["id"].as_str().expect("its id"));
    let rotated = served.json(&["token", "rotate", id, "--overlap", "10m"]);
    let newer = rotated["token"].as_str().expect("the new token");
    let seen = [
        served.jeton(&["token", "list", "--json"]).run().stdout,
        served.jeton(&["token", "show", id]).run().ended(0).stdout,
        served.jeton(&["audit", "tail", "--json"]).run().ended(0).stdout,
        served.log(),
    ];
    for text in seen {
        assert!(!text.contains(&token[20..]) && !text.contains(&newer[20..]), "{text}");
    }
}

#[test]
fn a_secret_can_go_into_a_file_of_its_own() {
    let served = served().with_api();
    let path = served.path().join("new.token");
    let name = path.display().to_string();
    let run = served.jeton(&["token", "issue", "--name", "x", "--audience", super::authority::AUDIENCE, "--out", &name]).run().ended(0);
    let token = std::fs::read_to_string(&path).expect("the file");
    assert_eq!(std::fs::metadata(&path).expect("the file").permissions().mode() & 0o777, 0o600);
    assert!(run.stdout.is_empty() && !run.stderr.contains(token.trim()));
    served.jeton(&["token", "inspect", &name]).run().ended(0);
    served
        .jeton(&["token", "issue", "--name", "x", "--audience", super::authority::AUDIENCE, "--out", &name])
        .run()
        .ended(2)
        .says("exists already");
}

#[test]
fn a_password_comes_from_stdin_alone_and_is_said_nowhere() {
    let served = served();
    let password = "plum orbit velvet canyon";
    let added = served.jeton(&["user", "add", "ada", "--password-stdin", "--json"]).stdin(&format!("{password}\r\n")).run().ended(0);
    assert!(added.document()["id"].as_str().is_some_and(|id| id.starts_with("usr_")), "{added:?}");
    served.jeton(&["user", "password", "ada"]).run().ended(2);
    served.jeton(&["user", "password", "ada", password, "--password-stdin"]).run().ended(2);
    served.jeton(&["user", "password", "ada", "--password-stdin"]).stdin("").run().ended(2).says("no password came from stdin");
    let weak =
        served.jeton(&["user", "password", "ada", "--password-stdin"]).stdin("password1234").run().ended(2).says("too easy to guess");
    assert!(!weak.stderr.contains("password1234"), "{weak:?}");
    served.jeton(&["user", "password", "nobody", "--password-stdin"]).stdin(password).run().ended(4);
    served
        .jeton(&["user", "password", "ada", "--password-stdin"])
        .stdin("copper lantern drift seven")
        .run()
        .ended(0)
        .says("sessions are over");
    let audit = served.jeton(&["audit", "tail", "--json"]).run().ended(0).stdout;
    assert!(audit.contains("password.set"), "{audit}");
    for text in [audit, served.log(), added.stdout] {
        assert!(!text.contains(password) && !text.contains("copper") && !text.contains("argon2"), "{text}");
    }
}
