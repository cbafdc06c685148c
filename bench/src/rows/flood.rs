//! A flood of well-formed, made-up tokens: how much of their throughput known ones keep beside it, against the same number of
//! connections that send known ones too, and how many of the made-up ones reach the database.

use crate::{
    installation::{Database, Installation, check_request},
    load::{self, Measured},
    pairs,
    report::{Goal, Line},
};
use anyhow::Result;
use jeton_core::{id::TokenId, kind::TokenKind, token_text::PlainToken};
use std::rc::Rc;

/// Made-up tokens: more than any short memory of unknown ones could hold by luck.
const UNKNOWN: usize = 400_000;
/// Connections of each kind.
const EACH: usize = 16;
/// What counts look-ups in the store.
const LOOKUPS: &str = "jeton_gate_lookups_total";

/// Measures the row.
pub async fn measure() -> Result<Vec<Line>> {
    let installation = Installation::prepare(&Database::Sqlite, None)?;
    let node = installation.start("0")?;
    installation.declare_api(&node).await?;
    let issued = installation.issue(&node, "opaque", 10_000).await?;
    let known: Rc<Vec<Vec<u8>>> = Rc::new(issued.iter().map(|(text, _)| check_request(text)).collect());
    load::run_once(node.server.address, 32, known.clone(), 200).await?;
    let unknown: Rc<Vec<Vec<u8>>> = Rc::new((0..UNKNOWN).map(|_| check_request(made_up().expose())).collect());

    let mut kept = Vec::new();
    let (mut flooded, mut before) = (0u64, node.metric(LOOKUPS).await?);
    let mut looked_up = 0.0;
    for _ in 0..pairs::PAIRS {
        let calm = beside(&node.server, known.clone(), known.clone(), 200).await?;
        before += node.metric(LOOKUPS).await? - before;
        let wild = beside(&node.server, known.clone(), unknown.clone(), 401).await?;
        let after = node.metric(LOOKUPS).await?;
        looked_up += after - before;
        before = after;
        flooded += wild.1.done;
        kept.push(wild.0.rate() / calm.0.rate());
    }
    Ok(vec![
        Line::of_runs(
            "flood: throughput that known tokens keep",
            kept,
            "x",
            Some(Goal::AtLeast(0.80)),
            format!("{flooded} made-up ones answered 401 meanwhile"),
        ),
        Line::plain(
            "flood: made-up tokens that reach the database",
            100.0 * looked_up / flooded as f64,
            "%",
            Some(Goal::AtMost(1.0)),
            format!("by `{LOOKUPS}`"),
        ),
    ])
}

/// Runs two loads at once on as many connections each.
async fn beside(
    server: &crate::process::Server,
    one: Rc<Vec<Vec<u8>>>,
    other: Rc<Vec<Vec<u8>>>,
    expected: u16,
) -> Result<(Measured, Measured)> {
    let first = load::run(server.address, EACH, pairs::TIME, one, 200);
    let second = load::run(server.address, EACH, pairs::TIME, other, expected);
    let (first, second) = tokio::join!(first, second);
    Ok((first?, second?))
}

/// A token of the right form that nobody issued.
fn made_up() -> PlainToken {
    PlainToken::from_random(None, TokenKind::Key, TokenId::from_random(rand::random()), &rand::random())
}
