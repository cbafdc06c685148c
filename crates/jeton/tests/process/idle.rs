//! Ten thousand connections that say nothing: they cost little, and nobody waits for them.

use super::installation::Installation;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;

const IDLE: usize = 10_000;

/// As many of them as this machine lets one process have, with some files besides.
fn as_many_as_may_be() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").expect("limits");
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files")).expect("a limit");
    line.split_whitespace().next().and_then(|soft| soft.parse::<usize>().ok()).map_or(IDLE, |soft| IDLE.min(soft.saturating_sub(500)))
}

/// What a process holds in memory, in MiB.
fn resident(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("a process");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a size");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") / 1024
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_idle_connections_are_borne() {
    let installation = Installation::on_sqlite("");
    let node = installation.start().await;
    let before = resident(node.pid());
    let count = as_many_as_may_be();
    let mut idle = Vec::with_capacity(count);
    while idle.len() < count {
        let more = (0..200.min(count - idle.len())).map(|_| TcpStream::connect(node.address));
        for io in futures_util::future::join_all(more).await {
            idle.push(io.expect("a connection"));
        }
    }
    let owner = installation.owner_of(&node);
    let begun = Instant::now();
    owner.expect(200, "GET", "/v1/self", None).await;
    assert!(begun.elapsed() < Duration::from_secs(5), "answered after {:?}", begun.elapsed());
    let grown = resident(node.pid()).saturating_sub(before);
    assert!(grown < 400, "{grown} MiB for {count} connections");
    drop(idle);
    owner.expect(200, "GET", "/v1/self", None).await;
    node.stop().await;
}
