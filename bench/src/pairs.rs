//! Pairs of runs: Jeton and another server (a bare one, mostly) in turn, never at the same time, and the ratio of each pair.

use crate::{
    load::{self, Measured},
    process::Server,
    report::{Goal, Line},
};
use anyhow::Result;
use std::{rc::Rc, time::Duration};

/// How many pairs are taken.
pub const PAIRS: usize = 5;
/// How long each side of a pair runs.
pub const TIME: Duration = Duration::from_millis(1500);
/// Keep-alive connections of the load.
pub const CONNECTIONS: usize = 32;

/// One side: a server and what is sent to it.
pub struct Side<'a> {
    /// The server.
    pub server: &'a Server,
    /// What it asks while it answers: its processor time counts too.
    pub beside: Option<&'a Server>,
    /// The requests, sent in turn.
    pub requests: Rc<Vec<Vec<u8>>>,
}

impl<'a> Side<'a> {
    /// A server that asks nobody.
    pub fn new(server: &'a Server, requests: Rc<Vec<Vec<u8>>>) -> Self {
        Self { server, beside: None, requests }
    }
    /// One that asks another.
    pub fn asking(server: &'a Server, beside: &'a Server, requests: Rc<Vec<Vec<u8>>>) -> Self {
        Self { server, beside: Some(beside), requests }
    }
    /// Processor seconds that were used for it.
    fn cpu_seconds(&self) -> Result<f64> {
        Ok(self.server.cpu_seconds()? + self.beside.map(Server::cpu_seconds).transpose()?.unwrap_or(0.0))
    }
}

/// A run of one side: its throughput and the server's processor time for each answer.
#[derive(Clone, Copy)]
pub struct Run {
    /// Answers per second.
    pub rate: f64,
    /// Microseconds of the server's processor per answer.
    pub cpu_micros: f64,
    /// The share of its core that the server used.
    pub busy: f64,
}

/// Runs one side once. Every answer must be a 200.
pub async fn run(side: &Side<'_>, time: Duration) -> Result<Run> {
    let before = side.cpu_seconds()?;
    let measured: Measured = load::run(side.server.address, CONNECTIONS, time, side.requests.clone(), 200).await?;
    let cpu = side.cpu_seconds()? - before;
    Ok(Run { rate: measured.rate(), cpu_micros: cpu * 1e6 / measured.done.max(1) as f64, busy: cpu / measured.seconds })
}

/// Takes the pairs and gives two lines: the ratio of throughputs, and the ratio of processor time per answer, which does not
/// depend on how fast the load is. Both must reach the goal, where there is one.
pub async fn compare(what: &str, own: Side<'_>, bare: Side<'_>, goal: impl Into<Option<f64>>) -> Result<Vec<Line>> {
    let goal = goal.into().map(Goal::AtLeast);
    run(&own, TIME / 3).await?;
    run(&bare, TIME / 3).await?;
    let (mut rates, mut cpus) = (Vec::new(), Vec::new());
    let (mut own_rate, mut bare_rate, mut busy) = (Vec::new(), Vec::new(), Vec::new());
    for pair in 0..PAIRS {
        let (a, b) = if pair % 2 == 0 {
            let a = run(&own, TIME).await?;
            (a, run(&bare, TIME).await?)
        } else {
            let b = run(&bare, TIME).await?;
            (run(&own, TIME).await?, b)
        };
        rates.push(a.rate / b.rate);
        cpus.push(b.cpu_micros / a.cpu_micros);
        own_rate.push(a.rate);
        bare_rate.push(b.rate);
        busy.push(a.busy.min(b.busy));
    }
    let note = format!(
        "{:.0}/s against {:.0}/s; servers busy ≥ {:.0} % of a core",
        median(&mut own_rate),
        median(&mut bare_rate),
        100.0 * busy.iter().copied().fold(f64::INFINITY, f64::min)
    );
    Ok(vec![
        Line::of_runs(what, rates, "x", goal, note),
        Line::of_runs(format!("{what}, by processor time"), cpus, "x", goal, "the other's over Jeton's, per answer"),
    ])
}

/// The middle value.
pub fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
