//! Durable issue over HTTP: one client and sixty-four, on both engines, beside what the disk commits.

use crate::{
    installation::{Database, Installation},
    load,
    report::{Goal, Line},
};
use anyhow::Result;
use jeton_store::testing::Cluster;
use std::{io::Write, rc::Rc, time::Duration, time::Instant};

/// Runs of each figure.
const RUNS: usize = 5;
/// How long a run takes.
const TIME: Duration = Duration::from_secs(2);

/// Measures the row.
pub async fn measure() -> Result<Vec<Line>> {
    let mut lines = Vec::new();
    let cluster = Cluster::start();
    let engines = [("SQLite", Database::Sqlite), ("PostgreSQL", Database::Postgres(cluster.fresh_database()))];
    for (name, database) in engines {
        let installation = Installation::prepare(&database, None)?;
        let node = installation.start("0")?;
        installation.declare_api(&node).await?;
        let request = Rc::new(vec![installation.issue_request("opaque")]);
        for (clients, goal) in [(1, 1_000.0), (64, 8_000.0)] {
            let mut rates = Vec::new();
            load::run(node.server.address, clients, TIME / 4, request.clone(), 201).await?;
            for _ in 0..RUNS {
                rates.push(load::run(node.server.address, clients, TIME, request.clone(), 201).await?.rate());
            }
            let note = if name == "SQLite" {
                format!("the disk syncs {:.0} small appends a second", syncs_per_second(installation.path())?)
            } else {
                "the server's own commits included; it shares a core with the load".to_owned()
            };
            let goal = (name == "SQLite").then_some(Goal::AtLeast(goal));
            lines.push(Line::of_runs(format!("durable issue, {name}, {clients} client(s)"), rates, "/s", goal, note));
        }
    }
    Ok(lines)
}

/// How often this disk syncs a small append.
pub fn syncs_per_second(folder: &std::path::Path) -> Result<f64> {
    let mut file = std::fs::File::create(folder.join("sync-probe"))?;
    let begun = Instant::now();
    let mut done = 0;
    while begun.elapsed() < Duration::from_millis(500) {
        file.write_all(&[0; 512])?;
        file.sync_data()?;
        done += 1;
    }
    Ok(f64::from(done) / begun.elapsed().as_secs_f64())
}
