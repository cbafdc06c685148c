//! Resources as code, and the nouns beside tokens.

use super::authority::{AUDIENCE, served};

const RESOURCES: &str = r#"
[[projects]]
name = "shop"

[[apis]]
audience = "https://api.example.com"
name = "Orders"
scopes = [{ scope = "orders:read", description = "Read orders" }, { scope = "orders:write", public = false }]
routes = [{ route = "GET /v1/orders/**", scopes = ["orders:read"] }]

[[users]]
name = "ada"
email = "ada@example.com"
role = "operator"
"#;

#[test]
fn applying_twice_changes_nothing() {
    let served = served();
    let file = served.path().join("resources.toml");
    let name = file.display().to_string();
    std::fs::write(&file, RESOURCES).expect("a file");

    let counts = |arguments: &[&str]| {
        let done = served.json(&[&["apply", "-f", &name], arguments].concat());
        ["added", "changed", "unchanged"].map(|count| done[count].as_u64().expect("a count"))
    };
    assert_eq!(counts(&["--dry-run"]), [3, 0, 0]);
    assert_eq!(counts(&["--dry-run"]), [3, 0, 0], "a dry run changes nothing");
    assert_eq!(counts(&[]), [3, 0, 0]);
    assert_eq!(counts(&[]), [0, 0, 3]);

    std::fs::write(&file, RESOURCES.replace("Read orders", "Read all orders")).expect("a file");
    let shown = served.jeton(&["apply", "-f", &name, "--dry-run"]).run().ended(0).stdout;
    assert!(shown.contains("~ api https://api.example.com") && shown.contains("+ scopes: orders:read=Read all orders"), "{shown}");
    assert_eq!(counts(&[]), [0, 1, 2]);
    assert_eq!(counts(&[]), [0, 0, 3]);

    let yaml = served.path().join("resources.yaml");
    std::fs::write(&yaml, "projects: [{name: shop}, {name: other}]\n").expect("a file");
    let done = served.json(&["apply", "-f", &yaml.display().to_string()]);
    assert_eq!((done["added"].as_u64(), done["unchanged"].as_u64()), (Some(1), Some(1)));

    std::fs::write(&file, "[[apis]]\nname = 3\n").expect("a file");
    served.jeton(&["apply", "-f", &name]).run().ended(2).says("line 2");
}

#[test]
fn apis_projects_users_and_keys_are_added_shown_and_removed() {
    let served = served().with_api();
    let api = served.json(&["api", "show", AUDIENCE]);
    assert_eq!(api["name"], "Orders");
    let edited = served.json(&["api", "edit", "Orders", "--name", "Sales"]);
    assert_eq!(edited["name"], "Sales");
    assert_eq!(edited["scopes"], api["scopes"]);
    served.jeton(&["api", "remove", AUDIENCE, "--yes"]).run().ended(0).says("removed");
    served.jeton(&["api", "show", AUDIENCE]).run().ended(4);

    let project = served.json(&["project", "add", "shop"]);
    assert_eq!(served.json(&["project", "show", "shop"])["id"], project["id"]);
    served.jeton(&["project", "remove", "shop", "--yes"]).run().ended(0);
    served.jeton(&["project", "show", "shop"]).run().ended(4);

    served.json(&["user", "add", "ada", "--email", "ada@example.com", "--role", "auditor"]);
    assert_eq!(served.json(&["user", "show", "ada@example.com"])["role"], "auditor");
    assert_eq!(served.json(&["user", "disable", "ada"])["disabled"], true);
    served.jeton(&["user", "remove", "ada", "--yes"]).run().ended(0);

    let before = served.json(&["key", "list"])["items"].as_array().expect("keys").len();
    let made = served.json(&["key", "rotate", "--algorithm", "EdDSA"]);
    assert_eq!(made["algorithm"], "EdDSA");
    assert_eq!(served.json(&["key", "list"])["items"].as_array().expect("keys").len(), before + 1);
}

#[test]
fn the_chain_of_events_is_shown_checked_and_exported() {
    let served = served().with_api();
    let tail = served.json(&["audit", "tail", "-n", "5"]);
    let actions: Vec<_> = tail["items"].as_array().expect("events").iter().filter_map(|event| event["action"].as_str()).collect();
    assert!(actions.contains(&"api.add"), "{actions:?}");
    let report = served.json(&["audit", "verify"]);
    assert_eq!(report["faults"].as_array().map(Vec::len), Some(0));
    let lines = served.jeton(&["audit", "export"]).run().ended(0).stdout;
    let events: Vec<serde_json::Value> = lines.lines().map(|line| serde_json::from_str(line).expect("a JSON line")).collect();
    assert!(events.iter().any(|event| event["action"] == "api.add"), "{lines}");
    // The chain holds events of no organisation besides the caller's own, which are all that it is shown.
    assert!(events.len() as u64 <= report["events"].as_u64().expect("a count"));
    let mut places: Vec<_> = events.iter().filter_map(|event| event["sequence"].as_u64()).collect();
    places.dedup();
    assert!(places.is_sorted_by(|newer, older| newer > older) && places.len() == events.len(), "{places:?}");
}
