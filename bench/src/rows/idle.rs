//! The idle process: resident memory of `jeton serve` with nothing to do.

use crate::{
    installation::{Database, Installation},
    report::{Goal, Line},
};
use anyhow::Result;
use std::time::Duration;

/// Measures the row.
pub async fn measure() -> Result<Vec<Line>> {
    let installation = Installation::prepare(&Database::Sqlite, None)?;
    let node = installation.start("0")?;
    installation.declare_api(&node).await?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let megabytes = node.server.resident_bytes()? as f64 / 1e6;
    Ok(vec![Line::plain("idle process, resident", megabytes, "MB", Some(Goal::AtMost(35.0)), "with the dashboard, which nobody looks at")])
}
