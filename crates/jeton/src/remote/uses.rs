//! Hands the use that this gate counted to its authority: each part again and again until it is taken, which counts once. While the
//! authority is away parts wait, a bounded number of rows; the oldest go first, and that is counted.

use super::{
    line::{AskFault, Line},
    report::UsageReport,
};
use crate::recorder::Recorder;
use jeton_core::limits;
use metrics::{Counter, Gauge, counter, gauge};
use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio_util::sync::CancellationToken;

/// How often use is handed over.
const EVERY: Duration = Duration::from_secs(3);
/// How long the last use may take to be handed over when the gate is told to end.
const AT_THE_END: Duration = Duration::from_secs(3);

/// Hands use over.
pub struct Uses {
    line: Line,
    recorder: Arc<Recorder>,
    waiting: VecDeque<(Instant, UsageReport)>,
    rows: usize,
    dropped: Counter,
    waits: Gauge,
}

impl Uses {
    /// Hands over what `recorder` counts.
    pub fn new(line: Line, recorder: Arc<Recorder>) -> Self {
        let dropped = counter!("jeton_gate_use_dropped_total");
        Self { line, recorder, waiting: VecDeque::new(), rows: 0, dropped, waits: gauge!("jeton_gate_use_waiting") }
    }
    /// Hands over every few seconds, until `stop` and then once more.
    pub async fn run(mut self, stop: CancellationToken) {
        loop {
            let stopping = tokio::select! {
                () = stop.cancelled() => true,
                () = self.recorder.full() => false,
                () = tokio::time::sleep(EVERY) => false,
            };
            self.collect(stopping, Instant::now());
            if stopping {
                let all = tokio::time::timeout(AT_THE_END, self.hand_over()).await;
                if all.is_err() || !self.waiting.is_empty() {
                    tracing::warn!(rows = self.rows, "use was not taken by the authority before the end and is lost");
                }
                return;
            }
            self.hand_over().await;
        }
    }
    /// Takes what was counted since the last time.
    fn collect(&mut self, whole: bool, now: Instant) {
        let batch = if whole { self.recorder.whole_batch() } else { self.recorder.next_batch() };
        if let Some(batch) = batch {
            self.recorder.written();
            for part in UsageReport::parts(&batch) {
                self.rows += part.rows();
                self.waiting.push_back((now, part));
            }
        }
        let life: Duration = limits::USE_WAITING_LIFE.into();
        while let Some((since, part)) = self.waiting.front()
            && (self.rows > limits::USE_WAITING_MAX || now.saturating_duration_since(*since) > life)
        {
            self.rows -= part.rows();
            self.dropped.increment(part.rows() as u64);
            self.waiting.pop_front();
        }
        self.waits.set(u32::try_from(self.rows).map_or(f64::from(u32::MAX), f64::from));
    }
    /// Hands over what waits, until one part is not taken.
    async fn hand_over(&mut self) {
        while let Some((_, part)) = self.waiting.front() {
            match self.line.report(part).await {
                Ok(taken) => tracing::trace!(taken = taken.taken, "use was taken"),
                // It will never be taken: what comes behind it shall be.
                Err(AskFault::Rejected(why)) => {
                    tracing::error!(why, "the authority does not take a report of use, which is given up");
                    self.dropped.increment(part.rows() as u64);
                }
                Err(fault) => {
                    tracing::debug!(%fault, "use could not be handed over; it is kept and tried again");
                    return;
                }
            }
            if let Some((_, part)) = self.waiting.pop_front() {
                self.rows -= part.rows();
            }
        }
        self.waits.set(0.0);
    }
}
