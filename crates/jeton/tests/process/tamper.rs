//! Somebody who can write the database while the program is down: what he puts back is refused by the real program, and reported.

use super::{
    caller::{gate_route, gate_status},
    installation::{Installation, run, until},
};
use jeton_store::testing::execute;
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_row_put_back_with_its_log_is_refused_and_reported() {
    let installation = Installation::on_sqlite(&gate_route());
    let url = format!("sqlite://{}", installation.path().join("jeton-data/jeton.db").display());
    let node = installation.start().await;
    let owner = installation.owner_of(&node);
    owner.declare_api().await;
    let (stolen, other) = (owner.issue("stolen").await, owner.issue("other").await);
    execute(&url, "CREATE TABLE kept AS SELECT * FROM tokens").await;
    owner.expect(200, "POST", &format!("/v1/tokens/{}/revoke", stolen.id), Some(json!({"reason": "leaked"}))).await;
    assert_eq!(gate_status(&node, &stolen.text).await, 401);
    let (status, said) = node.stop().await;
    assert!(status.success(), "{said}");
    let id = &stolen.id;
    for statement in [
        format!("DELETE FROM changes WHERE id = '{id}' AND revision > (SELECT k.revision FROM kept k WHERE k.id = '{id}')"),
        format!("DELETE FROM tokens WHERE id = '{id}'"),
        format!("INSERT INTO tokens SELECT * FROM kept WHERE id = '{id}'"),
    ] {
        assert!(execute(&url, &statement).await > 0, "{statement} met nothing");
    }

    let examined = run(installation.path(), &["doctor"]);
    let told = String::from_utf8_lossy(&examined.stdout).into_owned();
    assert_eq!(examined.status.code(), Some(1), "{told}");
    assert!(told.contains("changes are missing"), "{told}");
    let node = installation.start().await;
    until("the start reports it", async || node.said().contains("changes are missing").then_some(())).await;
    assert_eq!(gate_status(&node, &stolen.text).await, 503, "a revoked token was put back");
    assert_eq!(gate_status(&node, &other.text).await, 200, "nobody touched it");
    assert!(node.said().contains("a row was changed from outside"), "{}", node.said());
    let metrics = reqwest::get(format!("http://{}/metrics", node.ops)).await.expect("an answer").text().await.expect("text");
    let counted = metrics.lines().any(|line| line.contains("tampered") && !line.starts_with('#') && !line.ends_with(" 0"));
    assert!(counted, "{metrics}");
}
