//! Bytes per live token in a verifier: a gate of its own in a process of its own, filled, and its resident memory before and after.
//!
//! The tokens differ as an installation's do, since what is rare costs more: see [`Mix`]. All that a verifier holds of them
//! counts: records, tables, policies, and the filter of ids that exist.

use crate::{
    process,
    report::{Goal, Line},
    rows::decide,
};
use anyhow::{Context, Result, bail};
use jeton_core::{
    change::Revision,
    facts::TokenRecord,
    id::ProjectId,
    name::Subject,
    network::Networks,
    policy::Policy,
    timestamp::{Span, Timestamp},
    token_text::TokenDigest,
};
use std::{process::Command, sync::Arc};

/// Projects with keys of their own, each with its own policy.
const PROJECTS: usize = 10_000;
/// One token in so many has a policy that no other has: a network of its own.
const OWN_POLICY: usize = 100;
/// One in so many was rotated, and its old secret still works.
const ROTATED: usize = 50;
/// One in so many is not valid yet.
const NOT_YET: usize = 200;
/// One in so many has a long subject.
const LONG_SUBJECT: usize = 50;

/// Measures the row.
pub async fn measure(large: bool) -> Result<Vec<Line>> {
    let sizes: &[usize] = if large { &[1, 10] } else { &[1] };
    let mut lines = Vec::new();
    for millions in sizes {
        let output = Command::new(std::env::current_exe()?).args(["--hold", &millions.to_string()]).output()?;
        if !output.status.success() {
            bail!("filling a gate failed: {}", String::from_utf8_lossy(&output.stderr));
        }
        let text = String::from_utf8(output.stdout)?;
        let (held, bytes) = text.trim().split_once(' ').context("two numbers")?;
        let (held, bytes): (f64, f64) = (held.parse()?, bytes.parse()?);
        let note = format!("{held:.0} held, {:.0} MB in all", bytes / 1e6);
        let goal = if *millions == 1 { 128.0 } else { 120.0 };
        lines.push(Line::plain(format!("memory per live token, {millions} M"), bytes / held, "bytes", Some(Goal::AtMost(goal)), note));
    }
    Ok(lines)
}

/// The child: fills a gate and prints how many tokens it holds and by how many bytes it grew.
pub fn hold(millions: usize) -> Result<()> {
    let count = millions * 1_000_000;
    let own = std::process::id();
    let gate = decide::gate(count);
    let mix = Mix::new();
    let before = process::resident_bytes(own)?;
    let mut held = 0;
    let scan = gate.scan_ids(count);
    for batch in 0..count / 10_000 {
        let records: Vec<_> = (0..10_000).map(|at| mix.record(batch * 10_000 + at)).collect::<Result<_>>()?;
        scan.add(records.iter().map(|record| record.id));
        held += gate.remember(&records, Revision(1));
    }
    scan.finish();
    println!("{held} {}", process::resident_bytes(own)? - before);
    Ok(())
}

/// Tokens as they come in an installation with many projects.
struct Mix {
    projects: Vec<Policy>,
}

impl Mix {
    fn new() -> Self {
        let policy = |_| Policy { project: Some(ProjectId::from_random(rand::random())), ..decide::policy().as_ref().clone() };
        Self { projects: (0..PROJECTS).map(policy).collect() }
    }
    /// The token with this number. Each comes with a copy of its policy, as it does from a store.
    fn record(&self, number: usize) -> Result<TokenRecord> {
        let is_one_in = |many: usize| (number / PROJECTS + number).is_multiple_of(many);
        let mut policy = self.projects.get(number % PROJECTS).context("a project")?.clone();
        if is_one_in(OWN_POLICY) {
            let address = std::net::Ipv4Addr::from(u32::try_from(number)?);
            policy.networks = Networks::parse(&[address.to_string()], &[]).ok().context("a network")?;
        }
        let mut record = decide::record(&Arc::new(policy)).1;
        if is_one_in(ROTATED) {
            record.secrets.previous = Some((TokenDigest::from_bytes(rand::random()), Timestamp::from_seconds(3_900_000_000)));
        }
        if is_one_in(NOT_YET) {
            record.not_before = Some(Timestamp::from_seconds(3_800_000_000).plus(Span::from_days(1)));
        }
        if is_one_in(LONG_SUBJECT) {
            record.subject = Subject::parse(&format!("service-account:{}@projects.example", record.id)).ok().context("a subject")?;
        }
        Ok(record)
    }
}
