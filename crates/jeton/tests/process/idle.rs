//! Ten thousand connections that say nothing: they cost little, and nobody waits for them.

use super::{
    caller::{gate_route, gate_status},
    installation::{Installation, Node, free_address, until},
};
use std::{
    process::Command,
    time::{Duration, Instant},
};
use tokio::net::TcpStream;

const IDLE: usize = 10_000;
/// Files that a process has open besides.
const BESIDES: usize = 500;

/// How many files a process may have open: at present, and at most.
fn limit_of_open_files(pid: u32) -> (usize, usize) {
    let limits = std::fs::read_to_string(format!("/proc/{pid}/limits")).expect("limits");
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files")).expect("a limit");
    let mut numbers = line.split_whitespace().map(|number| number.parse().unwrap_or(usize::MAX));
    (numbers.next().expect("a limit"), numbers.next().expect("a limit"))
}

/// As many of them as this machine lets one process have at most. What this process may, those that it starts may too.
fn as_many_as_may_be() -> usize {
    let wanted = IDLE + BESIDES;
    let (_, hard) = limit_of_open_files(std::process::id());
    if limit_of_open_files(std::process::id()).0 < wanted {
        let limit = format!("--nofile={}:{hard}", wanted.min(hard)).replace(&usize::MAX.to_string(), "unlimited");
        let raised = Command::new("prlimit").args(["--pid", &std::process::id().to_string(), &limit]).status();
        println!("the limit of open files was raised: {raised:?}");
    }
    let count = IDLE.min(limit_of_open_files(std::process::id()).0.saturating_sub(BESIDES));
    if count < IDLE {
        println!("only {count} of {IDLE} connections: a process may have {hard} files open here at most");
    }
    count
}

/// What a process holds in memory, in MiB.
fn resident(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("a process");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a size");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") / 1024
}

/// How many files a process has open.
fn open_files_of(pid: u32) -> usize {
    std::fs::read_dir(format!("/proc/{pid}/fd")).expect("a process").count()
}

/// The limit with which a system begins a process is not the one that it has to live with.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_program_takes_all_open_files_that_it_may_have() {
    let (_, hard) = limit_of_open_files(std::process::id());
    let few = format!("--nofile=128:{}", hard.min(4_000));
    let installation = Installation::on_sqlite("");
    let node = Node::launch_within(&["prlimit", &few], installation.path(), free_address(), free_address()).ready().await;
    assert_eq!(limit_of_open_files(node.pid()), (hard.min(4_000), hard.min(4_000)));
    let (_, said) = node.stop().await;
    assert!(said.contains("LimitNOFILE"), "nothing is said of a limit that is low: {said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_idle_connections_are_borne() {
    let count = as_many_as_may_be();
    let installation = Installation::on_sqlite(&gate_route());
    let node = installation.start().await;
    let owner = installation.owner_of(&node);
    owner.declare_api().await;
    let token = owner.issue("checked meanwhile").await;
    assert_eq!(gate_status(&node, &token.text).await, 200);
    let before = resident(node.pid());
    let mut idle = Vec::with_capacity(count);
    while idle.len() < count {
        let more = (0..200.min(count - idle.len())).map(|_| TcpStream::connect(node.address));
        for io in futures_util::future::join_all(more).await {
            idle.push(io.expect("a connection"));
        }
    }
    // Each is taken: what the kernel has accepted, the program takes from it in its own time.
    until("a file open for each connection", async || (open_files_of(node.pid()) > count).then_some(())).await;
    let begun = Instant::now();
    for _ in 0..20 {
        assert_eq!(gate_status(&node, &token.text).await, 200);
    }
    let checked = begun.elapsed();
    assert!(checked < Duration::from_secs(5), "twenty checks took {checked:?}");
    owner.expect(200, "GET", "/v1/self", None).await;
    let open = open_files_of(node.pid());
    assert!(open > count, "none ends, and the program has {open} files open for {count} connections");
    let grown = resident(node.pid()).saturating_sub(before);
    println!("{count} idle connections: {grown} MiB, twenty checks in {checked:?}");
    assert!(grown < 400, "{grown} MiB for {count} connections");
    drop(idle);
    owner.expect(200, "GET", "/v1/self", None).await;
    node.stop().await;
}
