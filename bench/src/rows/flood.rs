//! A flood of well-formed, made-up tokens: how much of their throughput known ones keep beside it, against the same number of
//! connections that send known ones too, and how many of the made-up ones reach the database; at the authority, and at a gate elsewhere.

use crate::{
    elsewhere::{self, Elsewhere},
    installation::{Database, Installation, Node, check_request},
    load::{self, Measured},
    pairs,
    report::{Goal, Line},
    rows::many,
};
use anyhow::Result;
use jeton_core::{id::TokenId, kind::TokenKind, token_text::PlainToken};
use std::{rc::Rc, time::Duration};

/// Tokens that are known.
const KNOWN: usize = many(10_000, 500);
/// Made-up tokens: more than any short memory of unknown ones could hold by luck.
const UNKNOWN: usize = many(400_000, 40_000);
/// Connections of each kind.
const EACH: usize = 16;
/// What counts look-ups in the store, and a gate's questions to its authority.
const LOOKUPS: &str = "jeton_gate_lookups_total";

/// Measures the row at the authority.
pub async fn measure() -> Result<Vec<Line>> {
    let installation = Installation::prepare(&Database::Sqlite, None)?;
    let node = installation.start("0")?;
    let known = known(&installation, &node).await?;
    flooded("flood", "the database", &node, known).await
}

/// Measures the row at a gate elsewhere, whose authority shares the other core with the load.
pub async fn measure_elsewhere() -> Result<Vec<Line>> {
    let installation = Installation::prepare(&Database::Sqlite, None)?;
    let authority = installation.start("1")?;
    let known = known(&installation, &authority).await?;
    let credential = elsewhere::credential(&installation, &authority).await?;
    let gate = Elsewhere::start(&authority, &credential, 1_000_000, "0")?;
    gate.filled(Duration::from_secs(60)).await?;
    flooded("flood at a gate elsewhere", "the authority", &gate.node, known).await
}

async fn known(installation: &Installation, authority: &Node) -> Result<Rc<Vec<Vec<u8>>>> {
    installation.declare_api(authority).await?;
    let issued = installation.issue(authority, "opaque", KNOWN).await?;
    Ok(Rc::new(issued.iter().map(|(text, _)| check_request(text)).collect()))
}

async fn flooded(what: &str, behind: &str, node: &Node, known: Rc<Vec<Vec<u8>>>) -> Result<Vec<Line>> {
    load::run_once(node.server.address, 32, known.clone(), 200).await?;
    let unknown: Rc<Vec<Vec<u8>>> = Rc::new((0..UNKNOWN).map(|_| check_request(made_up().expose())).collect());
    let mut kept = Vec::new();
    let (mut flooded, mut looked_up) = (0u64, 0.0);
    for _ in 0..pairs::PAIRS {
        let calm = beside(&node.server, known.clone(), known.clone(), 200).await?;
        let before = node.metric(LOOKUPS).await?;
        let wild = beside(&node.server, known.clone(), unknown.clone(), 401).await?;
        looked_up += node.metric(LOOKUPS).await? - before;
        flooded += wild.1.done;
        kept.push(wild.0.rate() / calm.0.rate());
    }
    Ok(vec![
        Line::of_runs(
            format!("{what}: throughput that known tokens keep"),
            kept,
            "x",
            Some(Goal::AtLeast(0.80)),
            format!("{flooded} made-up ones answered 401 meanwhile"),
        ),
        Line::plain(
            format!("{what}: made-up tokens that reach {behind}"),
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
