//! The access log of the real program: a line for each answer, and no secret in any.

use super::{
    caller::issued,
    installation::{AUDIENCE, Installation, until},
};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_have_a_line_and_lines_have_no_secret() {
    let route = format!(
        "[log]\naccess = 1\nformat = \"json\"\n\n[[gate.route]]\npath = \"/v1/things/**\"\naudience = \"{AUDIENCE}\"\nscopes = [\"things:read\"]\nupstream = \"http://127.0.0.1:1\"\n"
    );
    let installation = Installation::on_sqlite(&route);
    let node = installation.start().await;
    let owner = installation.owner_of(&node);
    owner
        .expect(201, "POST", "/v1/apis", Some(json!({"audience": AUDIENCE, "name": "Things", "scopes": [{"scope": "things:read"}]})))
        .await;
    let order = json!({"kind": "svc", "name": "robot", "audience": [AUDIENCE], "scopes": ["things:read"]});
    let token = issued(&owner.expect(201, "POST", "/v1/tokens", Some(order)).await);
    let http = reqwest::Client::new();
    let url = |path: &str| format!("{}{path}", node.url());
    http.get(url(&format!("/v1/things/{}?access_token={}", token.text, token.text))).send().await.expect("an answer");
    let passed = http.get(url("/v1/things/7?q=secret")).bearer_auth(&token.text).send().await.expect("an answer");
    assert_eq!(passed.status().as_u16(), 502, "nobody is behind");
    http.get(url("/oauth/jwks")).send().await.expect("an answer");

    let lines = until("all have their lines", async || {
        let said = node.said();
        let lines: Vec<Value> = said.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        let lines: Vec<Value> = lines.into_iter().filter(|line: &Value| line["target"] == "jeton::access").collect();
        lines.iter().any(|line| line["path"] == "/oauth/jwks").then_some(lines)
    })
    .await;
    let keys = lines.iter().find(|line| line["path"] == "/oauth/jwks").expect("a line");
    assert_eq!((&keys["method"], &keys["status"], &keys["client"]), (&json!("GET"), &json!(200), &Value::Null), "{keys}");
    assert!(keys["request"].as_str().is_some_and(|id| id.starts_with("req_")) && keys["micros"].is_u64(), "{keys}");
    assert!(lines.iter().any(|line| line["path"] == "/v1/things/7" && line["status"] == 502), "{lines:?}");
    let said = node.said();
    assert!(!said.contains(&token.text[20..]) && !said.contains("q=secret") && !said.contains(&installation.owner[20..]));
    node.stop().await;
}
