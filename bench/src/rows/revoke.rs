//! Revocation: from the acknowledgement to the first refusal, on the same node, and on another over PostgreSQL.

use crate::{
    installation::{Database, Installation, Node, check_request},
    load::{self, Connection},
    report::{Goal, Line, quantile as at},
};
use anyhow::{Result, bail};
use jeton_store::testing::Cluster;
use serde_json::json;
use std::time::{Duration, Instant};

/// How many tokens are revoked.
const TOKENS: usize = 200;

/// Measures the row.
pub async fn measure() -> Result<Vec<Line>> {
    let cluster = Cluster::start();
    let installation = Installation::prepare(&Database::Postgres(cluster.fresh_database()), None)?;
    let first = installation.start("0")?;
    let second = installation.start("0")?;
    installation.declare_api(&first).await?;
    let issued = installation.issue(&first, "opaque", 2 * TOKENS).await?;
    let (same, other) = issued.split_at(TOKENS);
    let (same_node, asked) = distribution(&installation, &first, &first, same).await?;
    let (other_node, _) = distribution(&installation, &first, &second, other).await?;
    let first_try = asked.iter().filter(|tries| **tries == 1).count();
    let note = |sorted: &[f64]| format!("p50 {:.2} ms, p90 {:.2} ms, greatest {:.2} ms", at(sorted, 0.5), at(sorted, 0.9), at(sorted, 1.0));
    Ok(vec![
        Line::plain(
            "revoked to refused, same node: refused at the next request",
            first_try as f64 / TOKENS as f64,
            "x",
            Some(Goal::AtLeast(1.0)),
            note(&same_node),
        ),
        Line::plain(
            "revoked to refused, other node on PostgreSQL, p99",
            at(&other_node, 0.99),
            "ms",
            Some(Goal::AtMost(50.0)),
            note(&other_node),
        ),
        Line::plain("revoked to refused, other node on PostgreSQL, greatest", at(&other_node, 1.0), "ms", Some(Goal::AtMost(1000.0)), ""),
    ])
}

/// Milliseconds from the acknowledgement by `by` to the refusal by `at`, in order, and how often `at` was asked for each.
async fn distribution(installation: &Installation, by: &Node, at: &Node, tokens: &[(String, String)]) -> Result<(Vec<f64>, Vec<usize>)> {
    let (mut times, mut asked) = (Vec::new(), Vec::new());
    let mut revoker = Connection::open(by.server.address).await?;
    let mut checker = Connection::open(at.server.address).await?;
    for (text, id) in tokens {
        let check = check_request(text);
        let before = checker.status(&check).await?;
        if before != 200 {
            bail!("a live token was answered {before}");
        }
        let body = json!({"reason": "bench"}).to_string();
        let answer = revoker.send(&load::request("POST", &format!("/v1/tokens/{id}/revoke"), Some(&installation.owner), &body)).await?;
        let acknowledged = Instant::now();
        if !(200..300).contains(&answer.status) {
            bail!("revoking gave {}: {}", answer.status, String::from_utf8_lossy(&answer.body));
        }
        let mut tries = 1;
        while checker.status(&check).await? == 200 {
            tries += 1;
            if acknowledged.elapsed() > Duration::from_secs(10) {
                bail!("a revoked token still passes after ten seconds");
            }
        }
        times.push(acknowledged.elapsed().as_secs_f64() * 1000.0);
        asked.push(tries);
    }
    times.sort_by(f64::total_cmp);
    Ok((times, asked))
}
