//! `jeton client`: from metadata to a client that is used, and back.

use super::authority::served;

const METADATA: &str = r#"{"client_name": "Shop", "redirect_uris": ["https://shop.example/back"], "x_unknown": 1}"#;

#[test]
fn a_client_is_registered_looked_at_and_stopped() {
    let served = served().with_api();
    let run = served.jeton(&["client", "register", "--metadata", "-", "--approve"]).stdin(METADATA).run().ended(0);
    let told: serde_json::Value = serde_json::from_str(&run.stdout).expect("one JSON document, with or without --json");
    let id = told["client_id"].as_str().expect("its id").to_owned();
    let secret = told["client_secret"].as_str().expect("its secret").to_owned();
    assert!(secret.starts_with("jtn_cls_") && told["jeton_state"] == "approved" && told.get("x_unknown").is_none(), "{told}");
    let shown = served.jeton(&["client", "show", &id]).run().ended(0);
    assert!(shown.stdout.contains("https://shop.example/back") && !shown.stdout.contains(&secret), "{}", shown.stdout);
    let list = served.json(&["client", "list", "--source", "operator", "--state", "approved"]);
    assert_eq!(list["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(served.json(&["client", "suspend", &id, "--reason", "odd"])["state"], "suspended");
    assert_eq!(served.json(&["client", "resume", &id])["state"], "approved");
    let rotated = served.jeton(&["client", "rotate-secret", &id, "--overlap", "1h"]).run().ended(0);
    assert!(rotated.stdout.trim().starts_with("jtn_cls_") && rotated.stdout.trim() != secret, "{}", rotated.stdout);
    served.jeton(&["client", "approve", &id]).run().ended(1);
    assert_eq!(served.json(&["client", "remove", &id, "--yes"])["removed"], id.as_str());
    served.jeton(&["client", "show", &id]).run().ended(4);
}

#[test]
fn a_client_that_waits_is_approved_in_part_or_rejected() {
    let served = served().with_api();
    let waiting = || {
        let run = served.jeton(&["client", "register", "--metadata", "-"]).stdin(METADATA).run().ended(0).says("client approve");
        let told: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
        told["client_id"].as_str().expect("its id").to_owned()
    };
    let (one, other) = (waiting(), waiting());
    assert_eq!(served.json(&["client", "list", "--waiting"])["items"].as_array().map(Vec::len), Some(2));
    let approved = served.json(&["client", "approve", &one, "--scope", "openid"]);
    assert_eq!((approved["state"].as_str(), approved["metadata"]["scope"].as_str()), (Some("approved"), Some("openid")));
    assert_eq!(served.json(&["client", "reject", &other, "--reason", "unknown"])["reason"], "unknown");
}

#[test]
fn what_is_laid_down_about_a_client_is_said_when_it_is_registered() {
    let served = served().with_api();
    let more = ["--first-party", "--introspects", "https://api.example", "--introspects", "https://other.example", "--legacy-assertions"];
    let run = served.jeton(&[&["client", "register", "--metadata", "-"], &more[..]].concat()).stdin(METADATA).run().ended(0);
    let told: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
    let policy = &served.json(&["client", "show", told["client_id"].as_str().expect("its id")])["policy"];
    assert_eq!(policy["introspects"], serde_json::json!(["https://api.example", "https://other.example"]));
    assert_eq!((&policy["first_party"], &policy["legacy_assertion_audience"]), (&true.into(), &true.into()));
    served.jeton(&["client", "register", "--metadata", "-", "--introspects", "orders"]).stdin(METADATA).run().ended(2);
}

#[test]
fn metadata_that_is_wrong_is_named() {
    let served = served();
    served.jeton(&["client", "register", "--metadata", "-"]).stdin("[]").run().ended(2).says("not a JSON object");
    let bad = r#"{"redirect_uris": ["http://shop.example/"]}"#;
    served.jeton(&["client", "register", "--metadata", "-"]).stdin(bad).run().ended(2).says("redirect_uris");
    served.jeton(&["client", "show", "nonsense"]).run().ended(2).says("app_");
}
