//! A machine with one processor: many are served beside each other all the same.

use super::{
    caller::{gate_route, gate_status},
    installation::{Installation, Node, free_address},
};
use futures_util::future::join_all;
use serde_json::json;

/// Who asks at once.
const CALLERS: usize = 40;

/// The first processor that this process may use.
fn a_processor() -> String {
    let status = std::fs::read_to_string("/proc/self/status").expect("a process");
    let allowed = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:")).expect("a line");
    allowed.trim().split([',', '-']).next().expect("a number").to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_processor_serves_many() {
    let installation = Installation::on_sqlite(&gate_route());
    let pinned = ["taskset", "--cpu-list", &a_processor()];
    let node = Node::launch_within(&pinned, installation.path(), free_address(), free_address()).ready().await;
    let owner = installation.owner_of(&node);
    owner.declare_api().await;
    let names: Vec<String> = (0..CALLERS).map(|number| format!("caller {number}")).collect();
    let tokens = join_all(names.iter().map(|name| owner.issue(name))).await;
    let answers = join_all(tokens.iter().map(|token| gate_status(&node, &token.text))).await;
    assert_eq!(answers, [200; CALLERS]);
    let revoked = join_all(tokens.iter().map(async |token| {
        let path = format!("/v1/tokens/{}/revoke", token.id);
        owner.expect(200, "POST", &path, Some(json!({"reason": "test"}))).await;
        gate_status(&node, &token.text).await
    }));
    assert_eq!(revoked.await, [401; CALLERS]);
    let (ended, said) = node.stop().await;
    assert!(ended.success(), "{said}");
}
