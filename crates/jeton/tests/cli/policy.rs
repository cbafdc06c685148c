//! `jeton policy`: what holds is shown, tried before it is laid down, and replaced whole by who knows the newest.

use super::authority::{Served, served};
use serde_json::{Value, json};

fn set(served: &Served, policy: &Value, more: &[&str]) -> super::jeton::Jeton {
    served.jeton(&[&["policy", "set", "--file", "-"], more].concat()).stdin(&policy.to_string())
}

#[test]
fn a_policy_is_shown_edited_and_laid_down() {
    let served = served();
    let mut policy = served.json(&["policy", "show"]);
    assert_eq!(policy["version"], json!(0));
    let shown = served.jeton(&["policy", "show"]).run().ended(0);
    assert!(shown.stdout.contains("approvers approve apps") && shown.stdout.contains("developer"), "{}", shown.stdout);
    policy["kinds"]["pat"]["longest_seconds"] = json!(3600);
    let file = served.path().join("policy.json");
    std::fs::write(&file, policy.to_string()).expect("a file");
    let named = ["policy", "set", "--file", file.to_str().expect("a path"), "--yes"];
    served.jeton(&named).run().ended(0).says("version 1");
    let laid = served.json(&["policy", "show"]);
    assert_eq!((&laid["version"], &laid["kinds"]["pat"]["longest_seconds"]), (&json!(1), &json!(3600)));
    let shown = served.jeton(&["policy", "show"]).run().ended(0);
    assert!(shown.stdout.lines().any(|line| line.starts_with("pat") && line.contains("3600")), "{}", shown.stdout);
    // The file was made from the policy before: somebody else's would be lost.
    served.jeton(&named).run().ended(1).says("jeton policy show --json");
    assert_eq!(served.json(&["policy", "show"])["version"], json!(1));
    // Without a version it replaces whatever holds, and what it does not say is laid down no more.
    let told = set(&served, &json!({}), &["--json"]).run().ended(0).document();
    assert_eq!((&told["version"], told["kinds"]["pat"].get("longest_seconds")), (&json!(2), None));
}

#[test]
fn a_policy_is_tried_before_it_is_laid_down() {
    let served = served().with_api();
    served.issue(&["--kind", "key", "--expires", "never"]);
    let wanted = json!({"kinds": {"key": {"must_end": true}}});
    set(&served, &wanted, &["--dry-run"]).run().ended(0).says("`kinds.key.must_end`: 1 token that is alive breaks it");
    let counted = set(&served, &wanted, &["--dry-run", "--json"]).run().ended(0).document();
    assert_eq!((&counted["breaking"][0]["rule"], &counted["breaking"][0]["tokens"]), (&json!("kinds.key.must_end"), &json!(1)));
    set(&served, &json!({"kinds": {"svc": {"must_end": true}}}), &["--dry-run"]).run().ended(0).says("no token that is alive");
    assert_eq!(served.json(&["policy", "show"])["version"], json!(0), "nothing was laid down");
    set(&served, &wanted, &["--yes"]).run().ended(0).says("1 token").says("laid down");
    served
        .jeton(&["token", "issue", "--kind", "key", "--name", "b", "--audience", super::authority::AUDIENCE, "--expires", "never"])
        .run()
        .ended(3)
        .says("kinds.key.must_end");
}

#[test]
fn a_policy_that_is_wrong_is_named_and_changes_nothing() {
    let served = served();
    for (text, words) in [
        ("[]", "the policy"),
        ("{\"kinds\": {}, \"kinds\": {}}", "the policy"),
        ("{\"kinds\": {\"oat\": {}}}", "kinds"),
        ("{\"kinds\": {\"pat\": {\"longest\": 1}}}", "longest"),
        ("{\"lives\": 1}", "lives"),
        ("{\"version\": \"1\"}", "`version` must be the number"),
    ] {
        served.jeton(&["policy", "set", "--file", "-", "--yes"]).stdin(text).run().ended(2).says(words);
    }
    served.jeton(&["policy", "set", "--file", "nowhere.json"]).run().ended(2).says("cannot read `nowhere.json`");
    served.jeton(&["policy", "set"]).run().ended(2).says("--file");
    let both = served.jeton(&["policy", "set", "--file", "-", "--token", "-"]).stdin("{}");
    both.run().ended(2).says("cannot both come from stdin");
    assert_eq!(served.json(&["policy", "show"])["version"], json!(0));
}
