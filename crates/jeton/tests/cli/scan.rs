//! `jeton scan` on real files and a real git repository.

use super::jeton::jeton;
use jeton_core::{id::TokenId, kind::TokenKind, token_text::PlainToken};
use std::{path::Path, process::Command};

fn token(seed: u8) -> (PlainToken, String) {
    let id = TokenId::from_random([seed; 16]);
    (PlainToken::from_random(None, TokenKind::Key, id, &[seed; 32]), id.to_string())
}

fn git(folder: &Path, arguments: &[&str]) {
    let set = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"];
    let done = Command::new("git").arg("-C").arg(folder).args(set).args(arguments).output().expect("git");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn tokens_are_found_in_files_and_in_history() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    let ((present, present_id), (past, past_id), (ignored, ignored_id)) = (token(1), token(2), token(3));
    git(path, &["init", "-q"]);
    std::fs::write(path.join(".gitignore"), "local.env\n").expect("a file");
    std::fs::write(path.join("old.txt"), format!("one\nkey = {}\n", past.expose())).expect("a file");
    git(path, &["add", "."]);
    git(path, &["commit", "-qm", "first"]);
    std::fs::write(path.join("old.txt"), "one\n").expect("a file");
    std::fs::write(path.join("now.txt"), format!("a\nb\nkey: \"{}\"\n", present.expose())).expect("a file");
    git(path, &["add", "."]);
    git(path, &["commit", "-qm", "second"]);
    std::fs::write(path.join("local.env"), ignored.expose()).expect("a file");
    let mut binary = vec![0_u8; 100];
    binary.extend_from_slice(token(4).0.expose().as_bytes());
    std::fs::write(path.join("binary"), binary).expect("a file");
    std::os::unix::fs::symlink("/etc", path.join("link")).expect("a link");

    let run = jeton(&["scan", "--json", "."]).within(path).run().ended(1);
    let found = run.document();
    let mut seen: Vec<_> = found["findings"].as_array().expect("findings").iter().collect();
    seen.sort_by_key(|finding| finding["file"].as_str().map(str::to_owned));
    assert_eq!(seen.len(), 2, "{found}");
    assert_eq!((seen[0]["line"].as_u64(), seen[0]["id"].as_str()), (Some(3), Some(present_id.as_str())));
    assert!(seen[0]["file"].as_str().is_some_and(|file| file.ends_with("now.txt")) && seen[0]["commit"].is_null());
    assert_eq!(
        (seen[1]["file"].as_str(), seen[1]["line"].as_u64(), seen[1]["id"].as_str()),
        (Some("old.txt"), Some(2), Some(past_id.as_str()))
    );
    assert_eq!(seen[1]["commit"].as_str().map(str::len), Some(40));
    assert_eq!((found["commits"].as_u64(), found["files_skipped"].as_u64()), (Some(2), Some(1)));
    for secret in [&present, &past, &ignored] {
        assert!(!run.stdout.contains(&secret.expose()[20..]) && !run.stderr.contains(&secret.expose()[20..]));
    }

    let all = jeton(&["scan", "--no-ignore", "--no-history", "."]).within(path).run().ended(1);
    assert!(all.stdout.contains(&ignored_id) && all.stdout.contains(&present_id) && !all.stdout.contains(&past_id), "{}", all.stdout);
}

#[test]
fn a_clean_folder_without_history_is_said_to_be_clean() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("a.txt"), "jtn_pat_ is how tokens begin\n").expect("a file");
    let run = jeton(&["scan", "."])
        .within(folder.path())
        .env("GIT_CEILING_DIRECTORIES", folder.path().parent().expect("a parent"))
        .run()
        .ended(0);
    let run = run.says("no token found").says("no git repository");
    assert!(run.stdout.is_empty());
    jeton(&["scan", "missing"]).within(folder.path()).run().ended(4);
    jeton(&["scan", "-", "--json"]).stdin(&format!("x {} y", token(1).0.expose())).run().ended(1);
}

#[test]
fn without_git_the_files_are_looked_through_all_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("a.txt"), token(1).0.expose()).expect("a file");
    let run = jeton(&["scan", "."]).within(folder.path()).env("PATH", folder.path()).run().ended(1);
    assert!(run.stderr.contains("not installed"), "{}", run.stderr);
}
