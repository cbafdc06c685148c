//! A start with a million tokens stored: from starting the process to its first right answer.

use crate::{
    filling,
    installation::{Database, Installation, check_request, until_ok},
    report::{Goal, Line},
    rows::many,
};
use anyhow::{Context, Result};
use std::time::{Duration, Instant};

/// Tokens stored.
const TOKENS: usize = many(1_000_000, 20_000);
/// Starts that are measured.
const RUNS: usize = 5;

/// Measures the row.
pub async fn measure() -> Result<Vec<Line>> {
    let installation = Installation::prepare(&Database::Sqlite, None)?;
    let text = {
        let node = installation.start("0")?;
        installation.declare_api(&node).await?;
        let issued = installation.issue(&node, "opaque", 1).await?;
        issued.into_iter().next().context("a token")?.0
    };
    let filled = filling::fill(&installation, TOKENS, None, |_| ()).await?;
    let mut seconds = Vec::new();
    for _ in 0..RUNS {
        let begun = Instant::now();
        let node = installation.start("0")?;
        until_ok(node.server.address, &check_request(&text), Duration::from_secs(120)).await?;
        seconds.push(begun.elapsed().as_secs_f64());
    }
    let note = format!(
        "to the first 200 of /gate/check; on one core; the store was filled at {:.0} tokens/s",
        TOKENS as f64 / filled.took.as_secs_f64()
    );
    Ok(vec![Line::of_runs(format!("start with {TOKENS} tokens stored, SQLite"), seconds, "s", Some(Goal::AtMost(1.0)), note)])
}
