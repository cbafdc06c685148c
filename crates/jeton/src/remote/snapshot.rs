//! Fills the memory from a snapshot and learns which ids exist, beside following: a change that comes meanwhile wins over a line
//! that was read before it. Where the memory has no room for all, the rest is known by its ids and asked for as it comes.

use super::{
    line::{AskFault, Line},
    newest::{self, Newest},
    standing::{Snapshot, Standing},
    wire::{self, PolicySlots},
};
use jeton_core::{change::Revision, facts::TokenRecord, limits};
use jeton_gate::{Gate, IdScan};
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

/// How often it is looked whether a snapshot is needed.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// The wait after one that broke off; doubled each time.
const AGAIN_AFTER: Duration = Duration::from_secs(1);
const AGAIN_AT_LATEST: Duration = Duration::from_secs(30);
/// Records put into memory at once, since each segment of the memory is copied once for all of them: the more it holds already, the more
/// at once.
const AT_ONCE_LEAST: usize = 20_000;
const AT_ONCE_MOST: usize = 400_000;

/// What fills the memory.
pub struct Filler {
    /// The line.
    pub line: Line,
    /// The gate that is filled.
    pub gate: Gate,
    /// How it stands.
    pub standing: Arc<Standing>,
    /// The newest place that the authority told of.
    pub newest: Arc<Newest>,
    /// Tokens that the memory has room for.
    pub room: u64,
}

impl Filler {
    /// Takes a snapshot whenever the gate does not know which ids exist, until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        stop.run_until_cancelled(self.keep_filled()).await;
    }
    async fn keep_filled(&self) {
        let mut again = AGAIN_AFTER;
        loop {
            if self.gate.knows_ids() {
                tokio::time::sleep(LOOK_EVERY).await;
                continue;
            }
            self.standing.snapshot(Snapshot::Loading);
            match self.fill().await {
                Ok(tokens) => {
                    tracing::info!(tokens, "the snapshot is loaded");
                    self.standing.snapshot(Snapshot::Loaded { tokens });
                    again = AGAIN_AFTER;
                }
                Err(fault) => {
                    tracing::warn!(%fault, "the snapshot broke off; tokens are asked for as they come until there is one");
                    self.standing.snapshot(Snapshot::None);
                    tokio::time::sleep(again.mul_f64(rand::random_range(0.5..1.0))).await;
                    again = (again * 2).min(AGAIN_AT_LATEST);
                }
            }
        }
    }
    async fn fill(&self) -> Result<u64, AskFault> {
        let known = self.newest.place();
        let mut response = self.line.snapshot(self.room).await?;
        let (policies, held) = (PolicySlots::default(), Vec::new());
        let mut loading = Loading { gate: &self.gate, known, scan: None, revision: Revision(0), policies, held, put: 0 };
        let mut lines = Lines::default();
        loop {
            let Some(piece) = Line::piece(&mut response).await? else { return Err(broken("it ended before its end")) };
            lines.add(&piece)?;
            while let Some(line) = lines.next() {
                if let Some(tokens) = loading.take(line)? {
                    return Ok(tokens);
                }
            }
            // A long snapshot must not keep a thread to itself.
            tokio::task::yield_now().await;
        }
    }
}

/// A snapshot that is being taken in.
struct Loading<'a> {
    gate: &'a Gate,
    /// The newest place when the snapshot was asked for: an older one lacks what changed until then.
    known: Revision,
    scan: Option<IdScan<'a>>,
    revision: Revision,
    policies: PolicySlots,
    held: Vec<TokenRecord>,
    /// How many were put into memory.
    put: usize,
}

impl Loading<'_> {
    /// Takes a line in; with the last one it says how many tokens there are.
    fn take(&mut self, line: &[u8]) -> Result<Option<u64>, AskFault> {
        let line: wire::Line = serde_json::from_slice(line).map_err(|fault| broken(&fault.to_string()))?;
        match line {
            wire::Line::Start { revision, tokens } => {
                newest::check(self.known, revision)?;
                self.revision = revision;
                self.scan = Some(self.gate.scan_ids(usize::try_from(tokens).unwrap_or(usize::MAX).min(limits::SNAPSHOT_TOKENS_MAX)));
            }
            wire::Line::Policy { number, policy } => {
                if !self.policies.set(number, *policy) {
                    return Err(broken("a policy has a number that is not its turn"));
                }
            }
            wire::Line::Token(token) => {
                self.scan()?.add([token.id]);
                self.held.push(self.policies.record(token).ok_or_else(|| broken("a token has a policy that did not come"))?);
                if self.held.len() >= (self.put / 8).clamp(AT_ONCE_LEAST, AT_ONCE_MOST) {
                    self.put();
                }
            }
            wire::Line::Ids(ids) => self.scan()?.add(ids),
            wire::Line::End { tokens } => {
                self.put();
                let scan = self.scan.take().ok_or_else(|| broken("it has no beginning"))?;
                scan.finish();
                return Ok(Some(tokens));
            }
        }
        Ok(None)
    }
    fn scan(&self) -> Result<&IdScan<'_>, AskFault> {
        self.scan.as_ref().ok_or_else(|| broken("it has no beginning"))
    }
    fn put(&mut self) {
        self.gate.remember(&self.held, self.revision);
        self.put += self.held.len();
        self.held.clear();
    }
}

/// Lines out of pieces, none longer than its limit.
#[derive(Default)]
pub(super) struct Lines {
    held: Vec<u8>,
    from: usize,
}

impl Lines {
    /// Adds a piece.
    pub(super) fn add(&mut self, piece: &[u8]) -> Result<(), AskFault> {
        self.held.drain(..self.from);
        self.from = 0;
        self.held.extend_from_slice(piece);
        let end = self.held.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        if self.held.len() - end > limits::SNAPSHOT_LINE_MAX { Err(broken("a line of it is too long")) } else { Ok(()) }
    }
    /// The next whole line.
    pub(super) fn next(&mut self) -> Option<&[u8]> {
        let rest = self.held.get(self.from..)?;
        let length = rest.iter().position(|byte| *byte == b'\n')?;
        self.from += length + 1;
        rest.get(..length)
    }
}

fn broken(why: &str) -> AskFault {
    AskFault::Strange(format!("its snapshot cannot be read: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_out_whole_however_they_are_cut() {
        let text = b"one\ntwo\n\nthree\n";
        for size in 1..=text.len() {
            let mut lines = Lines::default();
            let mut out = Vec::new();
            for piece in text.chunks(size) {
                lines.add(piece).expect("short");
                while let Some(line) = lines.next() {
                    out.push(String::from_utf8(line.to_vec()).expect("text"));
                }
            }
            assert_eq!(out, ["one", "two", "", "three"], "in pieces of {size}");
        }
        let mut lines = Lines::default();
        assert!(lines.add(&vec![b'a'; limits::SNAPSHOT_LINE_MAX]).is_ok());
        assert!(lines.add(b"aa").is_err());
    }
}
