//! Bytes per live token in a verifier: a gate of its own in a process of its own, filled, and its resident memory before and after.

use crate::{
    process,
    report::{Goal, Line},
    rows::decide,
};
use anyhow::{Context, Result, bail};
use jeton_core::change::Revision;
use std::process::Command;

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
    let policy = decide::policy();
    let before = process::resident_bytes(own)?;
    let mut held = 0;
    for _ in 0..count / 10_000 {
        let records: Vec<_> = (0..10_000).map(|_| decide::record(&policy).1).collect();
        held += gate.remember(&records, Revision(1));
    }
    println!("{held} {}", process::resident_bytes(own)? - before);
    Ok(())
}
