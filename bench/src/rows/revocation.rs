//! Revocation at eight gates elsewhere that follow one authority, all of them under load: from the acknowledgement to the first refusal
//! at each gate.
//!
//! The gates are asked in turn, one question at a time, since eight busy loops on two cores would measure each other. So a time is never too
//! short, and too long by no more than the time between two questions to the same gate, which is told.

use crate::{
    elsewhere::{self, Elsewhere},
    installation::{Database, Installation, Node, check_request},
    load::{self, Connection},
    report::{self, Goal, Line, quantile},
    rows::many,
    steady::{Paced, Steady},
};
use anyhow::{Context, Result, bail};
use serde_json::json;
use std::{
    collections::VecDeque,
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant},
};

/// Gates that follow.
const GATES: usize = many(8, 3);
/// Tokens that are revoked.
const REVOKED: usize = many(1_000, 50);
/// Tokens that are checked beside that.
const KNOWN: usize = many(2_000, 200);
/// Checks per second at each gate.
const CHECKS: usize = many(250, 20);
/// Tokens issued per second at the authority: changes that every gate is told of.
const ISSUES: usize = many(100, 10);
/// A gate that has not refused by then never will.
const PATIENCE: Duration = Duration::from_secs(10);

/// What was seen of all revocations at all gates, in milliseconds.
#[derive(Default)]
struct Seen {
    /// From the acknowledgement to the refusal.
    times: Vec<f64>,
    /// From the last question that was not refused to the refusal.
    gaps: Vec<f64>,
}

/// Measures the row.
pub async fn measure() -> Result<Vec<Line>> {
    let installation = Installation::prepare(&Database::Sqlite, None)?;
    let authority = installation.start("0,1")?;
    installation.declare_api(&authority).await?;
    let known = installation.issue(&authority, "opaque", KNOWN).await?;
    let victims = installation.issue(&authority, "opaque", REVOKED).await?;
    let gates = follow(&installation, &authority, &victims).await?;

    let checks: Arc<Vec<Vec<u8>>> = Arc::new(known.iter().map(|(text, _)| check_request(text)).collect());
    let mut loads: Vec<Steady> =
        gates.iter().map(|gate| Steady::start(gate.node.server.address, CHECKS as f64, Arc::clone(&checks), 200)).collect();
    let issue = Arc::new(vec![installation.issue_request("opaque")]);
    loads.push(Steady::start(authority.server.address, ISSUES as f64, issue, 201));
    let seen = revoke(&installation, &authority, &gates, &victims).await;
    let mut paced = loads.into_iter().map(Steady::end).collect::<Result<Vec<_>>>()?;
    let issued = paced.pop().context("the load at the authority")?;
    Ok(lines(seen?, &paced, &issued))
}

/// Starts the gates and sees to it that each holds every token that will be revoked.
async fn follow(installation: &Installation, authority: &Node, victims: &[(String, String)]) -> Result<Vec<Elsewhere>> {
    let credential = elsewhere::credential(installation, authority).await?;
    let requests: Rc<Vec<Vec<u8>>> = Rc::new(victims.iter().map(|(text, _)| check_request(text)).collect());
    let mut gates = Vec::new();
    for _ in 0..GATES {
        let gate = Elsewhere::start(authority, &credential, 100_000, "0,1")?;
        gate.filled(Duration::from_secs(60)).await?;
        load::run_once(gate.node.server.address, 4, requests.clone(), 200).await?;
        gates.push(gate);
    }
    Ok(gates)
}

/// Revokes one token after the other and asks every gate until it refuses.
async fn revoke(installation: &Installation, authority: &Node, gates: &[Elsewhere], victims: &[(String, String)]) -> Result<Seen> {
    let mut revoker = Connection::open(authority.server.address).await?;
    let mut connections = Vec::new();
    for gate in gates {
        connections.push(Connection::open(gate.node.server.address).await?);
    }
    let mut seen = Seen::default();
    let body = json!({"reason": "bench"}).to_string();
    for (text, id) in victims {
        // In step with nothing that the gates do.
        tokio::time::sleep(Duration::from_millis(5).mul_f64(rand::random())).await;
        let answer = revoker.send(&load::request("POST", &format!("/v1/tokens/{id}/revoke"), Some(&installation.owner), &body)).await?;
        let acknowledged = Instant::now();
        if answer.status != 200 {
            bail!("revoking gave {}: {}", answer.status, String::from_utf8_lossy(&answer.body));
        }
        until_refused(&mut connections, &check_request(text), acknowledged, &mut seen).await?;
        // Another gate is the first to be asked next time.
        connections.rotate_left(1);
    }
    Ok(seen)
}

async fn until_refused(gates: &mut [Connection], check: &[u8], acknowledged: Instant, seen: &mut Seen) -> Result<()> {
    let mut left: VecDeque<_> = gates.iter_mut().map(|gate| (gate, acknowledged)).collect();
    while let Some((gate, before)) = left.pop_front() {
        let asked = Instant::now();
        match gate.status(check).await? {
            200 => left.push_back((gate, asked)),
            401 => {
                seen.times.push(acknowledged.elapsed().as_secs_f64() * 1e3);
                seen.gaps.push(before.elapsed().as_secs_f64() * 1e3);
            }
            // Neither a permit nor the refusal that is waited for: it did not hear from the authority in time.
            503 => left.push_back((gate, before)),
            other => bail!("a gate answered {other}"),
        }
        if acknowledged.elapsed() > PATIENCE {
            bail!("a revoked token still passes after {PATIENCE:?}");
        }
    }
    Ok(())
}

fn lines(mut seen: Seen, checks: &[Paced], issues: &Paced) -> Vec<Line> {
    seen.times.sort_by(f64::total_cmp);
    seen.gaps.sort_by(f64::total_cmp);
    let (times, gaps) = (&seen.times, &seen.gaps);
    let load = format!(
        "{} refusals: {GATES} gates, {REVOKED} revocations; beside {:.0} checks/s ({} were 503) and {:.0} issues/s",
        times.len(),
        checks.iter().map(|paced| paced.rate).sum::<f64>(),
        checks.iter().map(|paced| paced.unavailable).sum::<usize>(),
        issues.rate
    );
    let precise = format!(
        "too long by {:.2} ms at most (p50), {:.2} ms (p99): each gate is asked anew so often",
        quantile(gaps, 0.5),
        quantile(gaps, 0.99)
    );
    let what = format!("revoked to refused at {GATES} gates");
    let mut lines = vec![
        Line::plain(format!("{what}, p50"), quantile(times, 0.5), "ms", None, load),
        Line::plain(format!("{what}, p99"), quantile(times, 0.99), "ms", Some(Goal::AtMost(100.0)), precise),
        Line::plain(format!("{what}, greatest"), quantile(times, 1.0), "ms", Some(Goal::AtMost(1000.0)), ""),
    ];
    lines.extend(report::distribution(&what, times));
    lines
}
