//! A million tokens revoked by one cut: how long the answer takes with all of them in memory, whether each is refused at the next request, and how
//! many changes that are.

use crate::{
    filling,
    installation::{Database, Installation, Node, check_request},
    load::{self, Connection},
    pairs::CONNECTIONS,
    report::{Goal, Line},
    rows::many,
};
use anyhow::{Context, Result, bail};
use jeton_core::id::ProjectId;
use serde_json::json;
use std::{rc::Rc, time::Instant};

/// How many tokens are ended at once.
const TOKENS: usize = many(1_000_000, 20_000);
/// How many of them are asked for afterwards.
const ASKED: usize = 2_000;
/// Tokens whose requests are written at a time.
const PART: usize = 10_000;

/// Measures the row.
pub async fn measure() -> Result<Vec<Line>> {
    let installation = Installation::prepare(&Database::Sqlite, None)?;
    let project = project(&installation).await?;
    let mut texts = Vec::with_capacity(TOKENS);
    filling::fill(&installation, TOKENS, Some(project), |text| texts.push(text.expose().to_owned())).await?;
    let node = installation.start("0")?;
    let loaded = Instant::now();
    for part in texts.chunks(PART) {
        let requests = part.iter().map(|text| check_request(text)).collect();
        load::run_once(node.server.address, CONNECTIONS, Rc::new(requests), 200).await?;
    }
    let loaded = loaded.elapsed().as_secs_f64();
    let held = node.metric("jeton_gate_memory_tokens").await?;
    if held < TOKENS as f64 {
        bail!("only {held} of {TOKENS} tokens are in memory");
    }
    let before = installation.head(&node).await?;
    let begun = Instant::now();
    let cut = installation.ask(&node, "POST", "/v1/revocations", &json!({"project": project.to_string(), "reason": "bench"})).await?;
    let answered = begun.elapsed().as_secs_f64() * 1000.0;
    let sample: Vec<_> = texts.iter().step_by(TOKENS / ASKED).collect();
    let refused = refused(&node, &sample).await?;
    let counted = cut.json()?["tokens"].as_u64().context("a revocation counts")?;
    Ok(vec![
        Line::plain(
            format!("{TOKENS} tokens in memory, one cut: answered after"),
            answered,
            "ms",
            Some(Goal::AtMost(500.0)),
            format!("{counted} counted first; each was looked up before, {TOKENS} of them in {loaded:.0} s"),
        ),
        Line::plain(
            "one cut: refused at the next request",
            refused as f64 / sample.len() as f64,
            "x",
            Some(Goal::AtLeast(1.0)),
            format!("{} of them asked for", sample.len()),
        ),
        Line::plain("one cut: rows in the change log", installation.head(&node).await? - before, "", Some(Goal::AtMost(1.0)), ""),
    ])
}

/// The project that keys are issued in.
async fn project(installation: &Installation) -> Result<ProjectId> {
    let node = installation.start("0")?;
    installation.declare_api(&node).await?;
    installation.issue(&node, "opaque", 1).await?;
    let projects = installation.ask(&node, "GET", "/v1/projects", &json!(null)).await?.json()?;
    let id = projects["items"][0]["id"].as_str().context("keys belong to a project")?;
    Ok(ProjectId::parse(id)?)
}

/// How many of these tokens are refused at the first request.
async fn refused(node: &Node, texts: &[&String]) -> Result<usize> {
    let mut connection = Connection::open(node.server.address).await?;
    let mut count = 0;
    for text in texts {
        count += usize::from(connection.status(&check_request(text)).await? == 401);
    }
    Ok(count)
}
