//! A disk that is full: writes answer 503 and say why, reads go on, and it heals by itself when there is room again.
//!
//! The real program on a small file system of its own, mounted where nobody else sees it. Where mounting is not allowed, the
//! program runs with a limit on the size of its files instead, and the test says so.

use super::{
    caller::{Caller, Issued, gate_route, gate_status, order},
    installation::{Installation, Node, free_address, until},
};
use serde_json::json;
use std::{
    io::Write,
    path::{Path, PathBuf},
    process::Command,
};

/// The size of the file system: room for the database and not for much more.
const ROOM: &str = "12m";
/// The largest file where there is only a limit on files.
const LARGEST: u64 = 6_000_000;

/// How the disk is made full.
enum Disk {
    /// A file system of its own; the data folder as the node sees it.
    Own(PathBuf),
    /// A limit on files.
    Limited,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_writes_serves_reads_and_heals() {
    let installation = Installation::on_sqlite(&gate_route());
    let (node, disk) = start(&installation).await;
    let owner = installation.owner_of(&node);
    owner.declare_api().await;
    let (kept, revoked, cold) = (owner.issue("kept").await, owner.issue("revoked").await, owner.issue("cold").await);
    assert_eq!(gate_status(&node, &kept.text).await, 200);

    if let Disk::Own(data) = &disk {
        fill(data);
    }
    // Full at once, or after a few more.
    let last = issue_until_refused(&owner).await.unwrap_or(cold);
    assert_eq!(gate_status(&node, &kept.text).await, 200, "what is in memory passes");
    assert_eq!(gate_status(&node, &last.text).await, 200, "what was issued last can be looked up");
    assert_eq!(owner.verify(&revoked.text).await, "ok", "nothing is done that was not acknowledged");
    owner.expect(200, "GET", "/v1/tokens", None).await;
    let words = if matches!(disk, Disk::Own(_)) { "the disk is full" } else { "cannot be written" };
    until("the log says why", async || node.said().contains(words).then_some(())).await;

    match &disk {
        Disk::Own(data) => std::fs::remove_file(data.join("filler")).expect("there is room again"),
        Disk::Limited => limit(&node, "unlimited"),
    }
    until("it heals by itself", async || {
        let path = format!("/v1/tokens/{}/revoke", revoked.id);
        let answer = owner.send("POST", &path, Some(json!({"reason": "test"}))).await.expect("an answer");
        (answer.status == 200).then_some(())
    })
    .await;
    assert_eq!(gate_status(&node, &revoked.text).await, 401);
    assert_eq!(owner.verify(&owner.issue("after").await.text).await, "ok");
    assert_eq!(owner.verify(&last.text).await, "ok");
    let report = owner.expect(200, "GET", "/v1/audit/verify", None).await;
    assert_eq!(report["whole"], json!(true), "{report}");
}

/// A node whose disk can be made full.
async fn start(installation: &Installation) -> (Node, Disk) {
    let data = installation.path().join("jeton-data");
    let allowed = Command::new("unshare").args(["--mount", "mount", "-t", "tmpfs", "none", "/mnt"]).output();
    if allowed.is_ok_and(|tried| tried.status.success()) {
        // In a mount name space of its own: gone with the process, seen by nobody else but through it.
        let script = format!(
            "cp -a '{0}' '{0}.kept' && mount -t tmpfs -o size={ROOM},mode=700 none '{0}' && cp -a '{0}.kept/.' '{0}' && exec \"$0\" \"$@\"",
            data.display()
        );
        let wrapped = ["unshare", "--mount", "/bin/sh", "-c", &script];
        let node = Node::launch_within(&wrapped, installation.path(), free_address(), free_address()).ready().await;
        let seen = Path::new("/proc").join(node.pid().to_string()).join("root");
        let seen = seen.join(data.strip_prefix("/").expect("an absolute path"));
        return (node, Disk::Own(seen));
    }
    println!("mounting is not allowed here: a limit on the size of files stands in for the full disk");
    let wrapped = ["/bin/sh", "-c", "trap '' XFSZ; exec \"$0\" \"$@\""];
    let node = Node::launch_within(&wrapped, installation.path(), free_address(), free_address()).ready().await;
    limit(&node, &LARGEST.to_string());
    (node, Disk::Limited)
}

/// Writes into the data folder until nothing more fits.
fn fill(data: &Path) {
    let mut file = std::fs::File::create(data.join("filler")).expect("a file");
    for size in [64 * 1024, 4096, 1] {
        while file.write_all(&vec![b'x'; size]).is_ok() {}
    }
}

/// The soft limit on the size of the node's files.
fn limit(node: &Node, bytes: &str) {
    let limited = Command::new("prlimit").args([&format!("--fsize={bytes}:unlimited"), "--pid", &node.pid().to_string()]).status();
    assert!(limited.expect("`prlimit` runs").success());
}

/// Issues until that is refused for want of room; gives the last token that was issued, if there was one.
async fn issue_until_refused(owner: &Caller) -> Option<Issued> {
    let mut last = None;
    let metadata = json!({"padding": "x".repeat(500), "more": "x".repeat(500)});
    let refused = until("the disk is full", async || {
        for _ in 0..20 {
            let mut asked = order("more");
            asked["metadata"] = metadata.clone();
            let answer = owner.send("POST", "/v1/tokens", Some(asked)).await.expect("an answer");
            match answer.status {
                201 => last = Some(super::caller::issued(&answer.body)),
                _ => return Some(answer),
            }
        }
        None
    })
    .await;
    assert_eq!((refused.status, &refused.body["code"]), (503, &json!("unavailable")), "{}", refused.body);
    last
}
