//! How a gate stands to its authority, as `/readyz` and the metrics tell it. Decides nothing.

use super::wire::Whom;
use crate::ops::Check;
use jeton_core::change::Revision;
use jeton_gate::Gate;
use metrics::{Gauge, gauge};
use parking_lot::Mutex;
use std::time::{Duration, Instant};

/// From this difference on between the gate's clock and its authority's it is worth a word.
const CLOCKS_DIFFER: Duration = Duration::from_secs(2);

/// How a gate stands.
pub struct Standing {
    inner: Mutex<Inner>,
    following: Gauge,
    offset: Gauge,
    prefilled: Gauge,
}

#[derive(Default)]
struct Inner {
    /// Why the authority was not heard last time, and since when.
    lost: Option<(Instant, String)>,
    heard: bool,
    whom: Option<Whom>,
    copy: Option<Copy>,
    /// How far the authority's clock is ahead of the gate's, in microseconds.
    offset: i64,
    snapshot: Snapshot,
}

/// What the gate began with.
#[derive(Clone, Copy, Debug)]
pub struct Copy {
    /// Tokens that it held.
    pub tokens: usize,
    /// How far it went.
    pub revision: Revision,
}

/// How far the first filling of the memory is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Snapshot {
    /// Not begun.
    #[default]
    None,
    /// Under way.
    Loading,
    /// This many tokens came, and these stand in memory.
    Loaded {
        /// Tokens that were told or named.
        tokens: u64,
    },
}

impl Default for Standing {
    fn default() -> Self {
        Self {
            inner: Mutex::default(),
            following: gauge!("jeton_gate_following"),
            offset: gauge!("jeton_gate_authority_clock_offset_seconds"),
            prefilled: gauge!("jeton_gate_snapshot_tokens"),
        }
    }
}

impl Standing {
    /// The authority answered; its clock is `offset` microseconds ahead.
    pub fn heard(&self, whom: &Whom, offset: i64) {
        let mut inner = self.inner.lock();
        if let Some((since, _)) = inner.lost.take() {
            tracing::info!(lost_for_ms = millis(since.elapsed()), "the authority answers again");
        }
        if inner.whom.as_ref() != Some(whom) {
            inner.whom = Some(whom.clone());
        }
        if differs(offset) && !differs(inner.offset) {
            tracing::warn!(offset_ms = offset / 1000, "the clocks of this gate and of its authority differ: tokens end by this gate's");
        }
        inner.offset = offset;
        inner.heard = true;
    }
    /// The authority did not answer.
    pub fn lost(&self, why: &dyn std::fmt::Display) {
        let mut inner = self.inner.lock();
        let why = why.to_string();
        match &mut inner.lost {
            Some((_, before)) if *before == why => {}
            Some((_, before)) => {
                tracing::warn!(why, "the authority is not heard");
                *before = why;
            }
            None => {
                tracing::warn!(why, "the authority is not heard: what is in memory is trusted until it is too old");
                inner.lost = Some((Instant::now(), why));
            }
        }
    }
    /// The gate began with a copy.
    pub fn began_with(&self, copy: Copy, whom: &Whom) {
        let mut inner = self.inner.lock();
        inner.copy = Some(copy);
        inner.whom = Some(whom.clone());
    }
    /// How far the first filling of the memory is.
    pub fn snapshot(&self, snapshot: Snapshot) {
        self.inner.lock().snapshot = snapshot;
    }
    /// Whether the authority answered last time.
    pub fn is_following(&self) -> bool {
        let inner = self.inner.lock();
        inner.heard && inner.lost.is_none()
    }
    /// Brings the gauges up to date.
    pub fn observe(&self) {
        self.following.set(if self.is_following() { 1.0 } else { 0.0 });
        let inner = self.inner.lock();
        self.offset.set(std::time::Duration::from_micros(inner.offset.unsigned_abs()).as_secs_f64() * inner.offset.signum() as f64);
        if let Snapshot::Loaded { tokens } = inner.snapshot {
            self.prefilled.set(u32::try_from(tokens).map_or(f64::from(u32::MAX), f64::from));
        }
    }
    /// Whether each part is ready; without a gate it is still beginning.
    pub fn checks(&self, gate: Option<&Gate>) -> Vec<Check> {
        vec![self.authority(), self.change_log(gate), self.memory(gate), self.clock()]
    }

    fn authority(&self) -> Check {
        let inner = self.inner.lock();
        let whom = inner.whom.as_ref().map_or_else(String::new, |whom| {
            let audiences = whom.audiences.iter().map(jeton_core::name::Audience::as_str).collect::<Vec<_>>().join(", ");
            format!(" `{}` for {audiences}", whom.issuer)
        });
        let (ready, detail) = match (&inner.lost, inner.heard, inner.copy) {
            (None, true, _) => (true, format!("following{whom}")),
            (Some((since, why)), true, _) => (false, format!("not heard for {} s: {why}", since.elapsed().as_secs())),
            (Some((_, why)), false, Some(copy)) => {
                (false, format!("from sealed copy{whom}, taken at revision {}; not heard since the start: {why}", copy.revision))
            }
            (None, false, Some(copy)) => (false, format!("from sealed copy{whom}, taken at revision {}", copy.revision)),
            (Some((_, why)), false, None) => (false, format!("not heard since the start, and there is no copy: {why}")),
            (None, false, None) => (false, "not heard yet".to_owned()),
        };
        Check { name: "authority", ready, detail }
    }
    fn change_log(&self, gate: Option<&Gate>) -> Check {
        let Some(gate) = gate else {
            return Check { name: "change_log", ready: false, detail: "nothing is known yet".to_owned() };
        };
        let (fresh, applied) = (gate.is_fresh(), gate.applied());
        let age = gate.age().map_or_else(|| "never up to date".to_owned(), |age| format!("up to date {} ms ago", millis(age)));
        let word = if fresh { "fresh" } else { "stale" };
        Check { name: "change_log", ready: fresh, detail: format!("{word}: taken in up to revision {applied}, {age}") }
    }
    fn memory(&self, gate: Option<&Gate>) -> Check {
        let inner = self.inner.lock();
        let detail = match inner.snapshot {
            Snapshot::None => "no snapshot yet: tokens are asked for as they come".to_owned(),
            Snapshot::Loading => "a snapshot is under way: tokens are asked for as they come".to_owned(),
            Snapshot::Loaded { tokens } => format!("{tokens} tokens are known"),
        };
        // A gate without a snapshot answers as well, only slower.
        Check { name: "memory", ready: gate.is_some(), detail }
    }
    fn clock(&self) -> Check {
        let offset = self.inner.lock().offset;
        let detail = if differs(offset) {
            format!("this gate's clock and its authority's differ by {} ms: tokens end by this gate's", offset / 1000)
        } else {
            "as the authority's".to_owned()
        };
        Check { name: "clock", ready: true, detail }
    }
}

fn differs(offset: i64) -> bool {
    Duration::from_micros(offset.unsigned_abs()) > CLOCKS_DIFFER
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
