//! Many tokens revoked by one cut: how long the answer takes with all of them in memory, and whether each is refused at the next request.

use crate::{
    installation::{Database, Installation, Node, check_request},
    load::Connection,
    report::{Goal, Line},
};
use anyhow::{Context, Result, bail};
use serde_json::json;
use std::time::Instant;

/// How many tokens are ended at once.
const TOKENS: usize = 50_000;
/// How many of them are asked for afterwards.
const ASKED: usize = 2_000;

/// Measures the row.
pub async fn measure() -> Result<Vec<Line>> {
    let installation = Installation::prepare(&Database::Sqlite, None)?;
    let node = installation.start("0")?;
    installation.declare_api(&node).await?;
    let issued = installation.issue(&node, "opaque", TOKENS).await?;
    let texts: Vec<_> = issued.into_iter().map(|(text, _)| text).collect();
    if count(&node, &texts, 200).await? != TOKENS {
        bail!("a live token was refused");
    }
    let projects = installation.ask(&node, "GET", "/v1/projects", &json!(null)).await?.json()?;
    let project = projects["items"][0]["id"].as_str().context("keys belong to a project")?.to_owned();
    let begun = Instant::now();
    installation.ask(&node, "POST", "/v1/revocations", &json!({"project": project, "reason": "bench"})).await?;
    let answered = begun.elapsed().as_secs_f64() * 1000.0;
    let sample: Vec<_> = texts.into_iter().step_by(TOKENS / ASKED).collect();
    let refused = count(&node, &sample, 401).await?;
    Ok(vec![
        Line::plain(
            format!("{TOKENS} tokens in memory revoked by one cut: answered after"),
            answered,
            "ms",
            Some(Goal::AtMost(500.0)),
            "counted first, one row written",
        ),
        Line::plain(
            "revoked by a cut to refused: refused at the next request",
            refused as f64 / sample.len() as f64,
            "x",
            Some(Goal::AtLeast(1.0)),
            format!("{} of them asked for", sample.len()),
        ),
    ])
}

/// How many of these tokens are answered with a status at the first request.
async fn count(node: &Node, texts: &[String], wanted: u16) -> Result<usize> {
    let mut connection = Connection::open(node.server.address).await?;
    let mut count = 0;
    for text in texts {
        count += usize::from(connection.status(&check_request(text)).await? == wanted);
    }
    Ok(count)
}
