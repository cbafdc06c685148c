//! JWTs that are new to a proxy, on one core: the built-in one, which looks up each as well, against Envoy (`jwt_authn`) and HAProxy
//! (`jwt_verify`), which verify and look at nothing else. All get the same tokens, each of them once.

use super::{HOST, Requests, Rig, call};
use crate::{
    fronts::{self, Front, Looked, Verified},
    installation::{AUDIENCE, ISSUER},
    load::{self, Connection},
    pairs,
    process::Server,
    report::{Goal, Line},
    rows::many,
};
use anyhow::Result;
use serde_json::{Value, json};
use std::rc::Rc;

/// Rounds, each with tokens of its own.
const ROUNDS: usize = 5;
/// Tokens of a round.
const TOKENS: usize = many(6_000, 200);

/// What one server made of one round.
#[derive(Clone, Copy)]
struct Took {
    rate: f64,
    cpu_micros: f64,
}

/// Measures the row.
pub async fn measure() -> Result<Vec<Line>> {
    let mut lines = Vec::new();
    for algorithm in ["EdDSA", "ES256"] {
        let rig = Rig::start(&format!("\n[signing]\nalgorithm = \"{algorithm}\"\n")).await?;
        let keys = rig.installation.ask(&rig.node, "GET", "/oauth/jwks", &json!(null)).await?.json()?;
        let fronts = others(&rig, algorithm, &keys)?;
        let mut issued = rig.installation.issue(&rig.node, "jwt", ROUNDS * TOKENS + 1).await?;
        if let Some((first, _)) = issued.pop() {
            ready(&fronts, &call(&first)).await?;
        }
        let mut runs: Vec<Vec<Took>> = std::iter::once(()).chain(fronts.iter().map(|_| ())).map(|()| Vec::new()).collect();
        for round in issued.chunks_exact(TOKENS) {
            let requests: Requests = Rc::new(round.iter().map(|(text, _)| call(text)).collect());
            let servers = std::iter::once(&rig.node.server).chain(fronts.iter().map(|(_, front)| &front.server));
            for (server, runs) in servers.zip(&mut runs) {
                runs.push(once(server, &requests).await?);
            }
        }
        let Some((own, rivals)) = runs.split_first() else { continue };
        for ((name, _), other) in fronts.iter().zip(rivals) {
            lines.extend(against(&format!("proxy: JWT first sight, {algorithm} / {name}"), own, other));
        }
    }
    Ok(lines)
}

/// The other proxies that can verify this algorithm.
fn others(rig: &Rig, algorithm: &str, keys: &Value) -> Result<Vec<(&'static str, Front)>> {
    let verified = Verified { issuer: ISSUER, audience: AUDIENCE, jeton: rig.node.server.address, host: HOST };
    let upstream = rig.upstream.address;
    let mut all = vec![("Envoy", fronts::envoy_verifying(upstream, &verified)?)];
    if algorithm == "ES256" {
        all.push(("HAProxy", fronts::haproxy_verifying(upstream, &verified, keys, Looked::Whole)?));
        all.push(("HAProxy, signature alone", fronts::haproxy_verifying(upstream, &verified, keys, Looked::SignatureAlone)?));
    }
    Ok(all)
}

/// Sees to it that each has its keys and its connection to the upstream, and refuses what is not signed.
async fn ready(fronts: &[(&'static str, Front)], request: &[u8]) -> Result<()> {
    for (name, front) in fronts {
        let mut connection = Connection::open(front.server.address).await?;
        let passed = connection.send(request).await?;
        let refused = Connection::open(front.server.address).await?.send(&call("eyJhbGciOiJub25lIn0.e30.")).await?;
        anyhow::ensure!((passed.status, refused.status) == (200, 401), "{name} answered {} and {}", passed.status, refused.status);
    }
    Ok(())
}

async fn once(server: &Server, requests: &Requests) -> Result<Took> {
    let before = server.cpu_seconds()?;
    let measured = load::run_once(server.address, pairs::CONNECTIONS, requests.clone(), 200).await?;
    Ok(Took { rate: measured.rate(), cpu_micros: (server.cpu_seconds()? - before) * 1e6 / measured.done as f64 })
}

fn against(what: &str, own: &[Took], other: &[Took]) -> Vec<Line> {
    let by = |ratio: fn(&Took, &Took) -> f64| own.iter().zip(other).map(|(own, other)| ratio(own, other)).collect::<Vec<f64>>();
    let of = |runs: &[Took], value: fn(&Took) -> f64| pairs::median(&mut runs.iter().map(value).collect::<Vec<f64>>());
    let rates = format!("{:.0}/s against {:.0}/s", of(own, |took| took.rate), of(other, |took| took.rate));
    let cpu = format!("{:.1} µs of processor against {:.1} µs", of(own, |took| took.cpu_micros), of(other, |took| took.cpu_micros));
    let goal = Some(Goal::AtLeast(1.0));
    vec![
        Line::of_runs(what, by(|own, other| own.rate / other.rate), "x", goal, rates),
        Line::of_runs(format!("{what}, by processor time"), by(|own, other| other.cpu_micros / own.cpu_micros), "x", goal, cpu),
    ]
}
