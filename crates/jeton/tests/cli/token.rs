//! The life of a token from the command line, with the exit codes that scripts hold on to.

use super::{
    authority::{AUDIENCE, served},
    jeton::jeton,
};
use serde_json::Value;
use std::net::TcpListener;

#[test]
fn a_token_lives_is_rotated_and_dies() {
    let served = served().with_api();
    let issued = served.issue(&["--network", "127.0.0.0/8", "--expires", "30d", "--metadata", "team=shop"]);
    let (token, id) = (issued["token"].as_str().expect("the token").to_owned(), issued["id"].as_str().expect("its id").to_owned());
    let verify = |more: &[&str]| served.jeton(&[&["token", "verify", "--audience", AUDIENCE, "--json"], more].concat()).stdin(&token).run();

    let good = verify(&["--scope", "orders:read", "--ip", "127.0.0.1"]).ended(0).document();
    assert_eq!((good["active"].as_bool(), good["id"].as_str()), (Some(true), Some(id.as_str())));
    assert_eq!(verify(&["--scope", "orders:write", "--ip", "127.0.0.1"]).ended(3).document()["code"], "insufficient_scope");
    assert_eq!(verify(&["--ip", "203.0.113.9"]).ended(3).document()["code"], "address_not_allowed");

    let shown = served.json(&["token", "show", &id]);
    assert_eq!(shown["metadata"]["team"], "shop");
    assert_eq!(served.json(&["token", "edit", &id, "--name", "renamed"])["name"], "renamed");
    served.jeton(&["token", "edit", &id, "--name", "again", "--if-version", "1"]).run().ended(1);

    let rotated = served.json(&["token", "rotate", &id, "--overlap", "0s"]);
    assert_eq!(rotated["id"].as_str(), Some(id.as_str()));
    verify(&["--ip", "127.0.0.1"]).ended(3);

    assert_eq!(served.json(&["token", "suspend", &id, "--reason", "unused"])["status"], "suspended");
    assert_eq!(served.json(&["token", "resume", &id])["status"], "active");
    assert_eq!(served.json(&["token", "revoke", &id, "--reason", "leaked", "--yes"])["status"], "revoked");
    served.jeton(&["token", "resume", &id]).run().ended(1);
    let newer = rotated["token"].as_str().expect("the new token").to_owned();
    let dead = served.jeton(&["token", "verify", "--json"]).stdin(&newer).run().ended(3).document();
    assert_eq!(dead["code"], "revoked");
}

#[test]
fn a_revocation_waits_and_names_who_is_behind() {
    let served = served().with_api();
    let revoke = |more: &[&str]| {
        let id = served.issue(&[])["id"].as_str().expect("its id").to_owned();
        served.jeton(&[&["token", "revoke", &id, "--yes"], more].concat()).run()
    };
    revoke(&["--wait"]).ended(0).says("1 of 1 verifiers acknowledged it");
    let head = served.json(&["verifier", "list"])["items"][0]["revision"].as_u64().expect("a revision");
    let follower = served.json(&["token", "issue", "--name", "follower", "--audience", &served.url, "--scope", "changes:read"]);
    served.asks(follower["token"].as_str().expect("the token"), &format!("/v1/changes?after={head}"));
    let id = follower["id"].as_str().expect("its id");
    revoke(&["--wait=1"]).ended(6).says(id).says("may permit it still");
    let told = revoke(&["--wait=1", "--json"]).ended(6).document();
    assert_eq!((&told["everywhere"], &told["status"]), (&false.into(), &"revoked".into()));
    served.jeton(&["verifier", "list"]).run().ended(0);
    revoke(&["--wait=0"]).ended(2);
}

#[test]
fn many_are_revoked_at_once_and_a_family_from_its_first() {
    let served = served().with_api();
    let of = |subject: &str| served.issue(&["--subject", subject]);
    let verify = |token: &Value| {
        let token = token["token"].as_str().expect("the token").to_owned();
        served.jeton(&["token", "verify", "--json", "--audience", AUDIENCE]).stdin(&token).run().document()["code"]
            .as_str()
            .expect("a code")
            .to_owned()
    };
    let (one, two, other) = (of("robot/7"), of("robot/7"), of("robot/8"));
    served
        .jeton(&["token", "revoke", "--subject", "robot/7", "--dry-run"])
        .run()
        .ended(0)
        .says("this would revoke 2 living tokens of subject `robot/7`");
    assert_eq!(verify(&one), "ok");
    let run = served.jeton(&["token", "revoke", "--subject", "robot/7", "--reason", "leaked", "--yes", "--wait"]).run().ended(0);
    run.says("2 living tokens of subject `robot/7`").says("verifiers acknowledged it");
    assert_eq!((verify(&one), verify(&two), verify(&other)), ("revoked".into(), "revoked".into(), "ok".into()));
    assert_eq!(
        served.json(&["token", "revoke", "--project", served.json(&["project", "list"])["items"][0]["id"].as_str().expect("an id")])["what"],
        "project"
    );
    served.jeton(&["token", "revoke", "--everything", "--yes"]).run().ended(1).says("--include-caller");
    served.jeton(&["token", "revoke", "--key", "nobodys", "--yes"]).run().ended(4);
    for wrong in [
        &["token", "revoke"][..],
        &["token", "revoke", "--subject", "a", "--everything"],
        &["token", "revoke", "--key", "k", "--issued-before", "x"],
    ] {
        served.jeton(wrong).run().ended(2);
    }
    let (parent, sibling) = (of("robot/9"), of("robot/9"));
    let id = |token: &Value| token["id"].as_str().expect("an id").to_owned();
    let child = served.json(&["token", "derive", &id(&parent), "--name", "c"]);
    served.json(&["token", "revoke", &id(&child), "--family", "--yes"]);
    assert_eq!((verify(&parent), verify(&child), verify(&sibling)), ("revoked".into(), "revoked".into(), "ok".into()));
}

#[test]
fn text_says_what_scripts_and_people_need() {
    let served = served().with_api();
    let empty = served.jeton(&["token", "list", "--kind", "svc"]).run().ended(0).says("no token fits");
    assert!(empty.stdout.is_empty());
    let run = served.jeton(&["token", "issue", "--name", "ci", "--audience", AUDIENCE, "--expires", "30d"]).run().ended(0);
    let run = run.says("in 30 days").says("only time");
    let token = run.stdout.trim();
    assert!(token.starts_with("jtn_pat_") && run.stdout.lines().count() == 1, "{}", run.stdout);
    let id = &token[8..20];
    let list = served.jeton(&["token", "list", "--limit", "1"]).run().ended(0).says("--cursor");
    assert!(list.stdout.starts_with(&format!("{id}\tpat\tci\tactive\t")), "{}", list.stdout);
    assert!(!list.stdout.contains('\u{1b}'));
    let all = served.json(&["token", "list", "--all"]);
    assert!(all["items"].as_array().expect("items").len() >= 2 && all["next"].is_null());
    let show = served.jeton(&["token", "show", id]).run().ended(0).stdout;
    assert!(show.contains("personal access token") && show.contains("in 30 days"), "{show}");
}

#[test]
fn a_call_is_explained_in_advance() {
    let served = served().with_api();
    let issued = served.issue(&["--network", "192.0.2.0/24"]);
    let id = issued["id"].as_str().expect("its id");
    let ask = |more: &[&str]| served.json(&[&["token", "explain", id, "--audience", AUDIENCE], more].concat());
    assert_eq!(ask(&["--method", "GET", "--path", "/v1/orders/7", "--ip", "192.0.2.1"])["code"], "ok");
    assert_eq!(ask(&["--method", "POST", "--path", "/v1/orders", "--ip", "192.0.2.1"])["code"], "insufficient_scope");
    assert_eq!(ask(&["--ip", "127.0.0.1"])["code"], "address_not_allowed");
    let text = served.jeton(&["token", "explain", id, "--audience", AUDIENCE, "--ip", "127.0.0.1"]).run().ended(0).stdout;
    assert!(text.contains("would be refused: address_not_allowed"), "{text}");
    served.jeton(&["token", "explain", "dec_AAAAAAAAAAAA"]).run().ended(4);
    served.jeton(&["token", "explain", "nonsense"]).run().ended(2);
}

#[test]
fn a_child_dies_with_its_parent() {
    let served = served().with_api();
    let parent = served.issue(&[]);
    let id = parent["id"].as_str().expect("its id");
    let child = served.json(&["token", "derive", id, "--name", "job", "--expires", "1h"]);
    let text = child["token"].as_str().expect("the child").to_owned();
    let jwt = served.json(&["token", "derive", id, "--name", "edge", "--format", "jwt"]);
    let jwt = jwt["token"].as_str().expect("the JWT").to_owned();
    for token in [&text, &jwt] {
        served.jeton(&["token", "verify", "--audience", AUDIENCE]).stdin(token).run().ended(0);
    }
    served.jeton(&["token", "derive", id, "--name", "wide", "--scope", "orders:write"]).run().ended(2);
    served.json(&["token", "revoke", id, "--yes"]);
    for token in [&text, &jwt] {
        served.jeton(&["token", "verify", "--audience", AUDIENCE]).stdin(token).run().ended(3);
    }
}

#[test]
fn exit_codes_keep_their_meaning() {
    let free = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its address");
    let gone = format!("http://{free}");
    let unreachable =
        jeton(&["token", "list", "--json"]).env("JETON_URL", &gone).env("JETON_TOKEN", "jtn_x").run().ended(5).says("jeton serve");
    assert_eq!(unreachable.document()["error"]["code"], "unreachable");
    jeton(&["token", "list"]).env("JETON_URL", &gone).run().ended(2).says("JETON_TOKEN");
    jeton(&["token", "list"]).env("JETON_URL", "http://auth.example.com").env("JETON_TOKEN", "jtn_x").run().ended(2).says("https");
    jeton(&["token", "show"]).run().ended(2);
    jeton(&["token", "show", "not-an-id"]).run().ended(2);

    let served = served();
    served.jeton(&["token", "show", "AAAAAAAAAAAA"]).run().ended(4);
    served.jeton(&["api", "show", "nothing"]).run().ended(4).says("jeton api list");
    let missing = served.jeton(&["token", "show", "AAAAAAAAAAAA", "--json"]).run().ended(4).document();
    assert!(missing["error"]["code"].is_string());
    jeton(&["token", "list"]).env("JETON_URL", &served.url).env("JETON_TOKEN", "garbage").run().ended(3);
    served.jeton(&["token", "issue", "--name", "x", "--audience", "https://unknown.example"]).run().ended(2);
}
