//! A gate elsewhere that holds all tokens of an installation: how long it takes to load them from the snapshot, what they weigh, and whether it
//! keeps up with a thousand changes a second. The larger form holds ten million: its store takes the disk that the note says.

use crate::{
    elsewhere::{self, Elsewhere},
    filling,
    installation::{Database, Installation, Node},
    report::{Goal, Line},
    rows::many,
    steady::Steady,
};
use anyhow::{Result, bail, ensure};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// Tokens that are held, in the usual form.
const MILLION: usize = many(1_000_000, 20_000);
/// Changes per second that are made while the gate follows, a few more than it must bear.
const CHANGES: usize = many(1_100, 100);
/// For how long.
const TIME: Duration = Duration::from_secs(10);
/// What authority and gate share: a snapshot keeps more threads busy than there are cores.
const CORES: &str = "0,1";
/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(600);

/// Measures the row.
pub async fn measure(large: bool) -> Result<Vec<Line>> {
    let mut lines = with(MILLION, Some(Goal::AtMost(300.0)), None).await?;
    if large {
        lines.extend(with(10 * MILLION, None, Some(Goal::AtMost(60.0))).await?);
    }
    Ok(lines)
}

async fn with(count: usize, memory: Option<Goal>, time: Option<Goal>) -> Result<Vec<Line>> {
    let installation = Installation::prepare(&Database::Sqlite, None)?;
    let credential = {
        let node = installation.start("1")?;
        installation.declare_api(&node).await?;
        elsewhere::credential(&installation, &node).await?
    };
    let filled = filling::fill(&installation, count, None, |_| ()).await?;
    let authority = installation.start(CORES)?;
    authority.server.settled(PATIENCE).await?;
    let begun = Instant::now();
    let gate = Elsewhere::start(&authority, &credential, count + 100_000, CORES)?;
    gate.filled(PATIENCE).await?;
    let seconds = begun.elapsed().as_secs_f64();
    let followed = follow(&installation, &authority, &gate).await?;
    let (server, name) = (&gate.node.server, format!("gate elsewhere, {count} tokens"));
    let held = gate.node.metric("jeton_gate_memory_tokens").await?;
    let weight = format!("{held:.0} held, after following; {:.0} MB at most while loading", server.most_resident_bytes()? as f64 / 1e6);
    let store = format!("the store takes {:.0} MB and was filled in {:.0} s", filled.bytes as f64 / 1e6, filled.took.as_secs_f64());
    Ok(vec![
        Line::plain(format!("{name}: resident"), server.resident_bytes()? as f64 / 1e6, "MB", memory, weight),
        Line::plain(format!("{name}: loaded from the snapshot"), seconds, "s", time, store),
        Line::plain(format!("{name}: follows"), followed.rate, "/s", Some(Goal::AtLeast(1_000.0)), followed.note),
    ])
}

/// How a gate followed.
struct Followed {
    /// Changes per second, until it knew the last of them.
    rate: f64,
    note: String,
}

/// Issues tokens at a steady pace, and waits until the gate knows of the last one.
async fn follow(installation: &Installation, authority: &Node, gate: &Elsewhere) -> Result<Followed> {
    let (before, begun) = (installation.head(authority).await?, Instant::now());
    let issue = Arc::new(vec![installation.issue_request("opaque")]);
    let load = Steady::start(authority.server.address, CHANGES as f64, issue, 201);
    let mut oldest = 0f64;
    while begun.elapsed() < TIME {
        tokio::time::sleep(Duration::from_millis(100)).await;
        oldest = oldest.max(gate.node.metric("jeton_gate_staleness_seconds").await?);
    }
    let made = load.end()?;
    ensure!(made.unavailable == 0, "{} tokens were not issued", made.unavailable);
    let (after, ended) = (installation.head(authority).await?, Instant::now());
    while gate.node.metric("jeton_gate_revision").await? < after {
        if ended.elapsed() > PATIENCE {
            bail!("the gate does not come to revision {after}");
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let behind = ended.elapsed();
    let note = format!(
        "{:.0} tokens/s issued; its memory never older than {oldest:.2} s; the last one was known after {} ms",
        made.rate,
        behind.as_millis()
    );
    Ok(Followed { rate: (after - before) / begun.elapsed().as_secs_f64(), note })
}
