//! Keeps the sealed copy: now and then while something changes, and once more at the end.

use crate::remote::{
    clock::Moment,
    copy::{self, CopyKey, Head},
    follow::LastTold,
};
use jeton_gate::Gate;
use parking_lot::Mutex;
use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio_util::sync::CancellationToken;

/// How often a copy is made at most.
const EVERY: Duration = Duration::from_secs(15);
/// A copy may take one part in so many of the time.
const SHARE: u32 = 20;

/// So few tokens are written again whether anything changed or not.
const FEW: usize = 10_000;

/// What keeps the copy.
pub(super) struct Keeper {
    pub(super) path: PathBuf,
    pub(super) key: CopyKey,
    pub(super) gate: Gate,
    pub(super) told: Arc<Mutex<LastTold>>,
}

impl Keeper {
    /// Keeps it until `stop`.
    pub(super) async fn run(self, stop: CancellationToken) {
        let (mut wait, mut kept) = (Duration::from_secs(2), None);
        while stop.run_until_cancelled(tokio::time::sleep(wait)).await.is_some() {
            let begun = Instant::now();
            // Where nothing changed the copy only grows older than it need be, which is worth a small one only.
            if kept != Some((self.gate.applied(), self.gate.held())) || self.gate.held() < FEW {
                self.keep().await;
                kept = Some((self.gate.applied(), self.gate.held()));
            }
            wait = EVERY.max(begun.elapsed() * SHARE);
        }
        self.keep().await;
    }
    async fn keep(&self) {
        let Some(head) = self.head() else { return };
        let (path, key, gate) = (self.path.clone(), self.key.clone(), self.gate.clone());
        let written = tokio::task::spawn_blocking(move || copy::write(&path, &key, &head, &gate)).await;
        match written {
            Ok(Ok(tokens)) => tracing::debug!(tokens, "the sealed copy was written"),
            Ok(Err(fault)) => tracing::warn!(copy = %self.path.display(), %fault, "the sealed copy could not be written"),
            Err(_) => {}
        }
    }
    /// What stands before the tokens: read before they are, so that they are at least as new.
    fn head(&self) -> Option<Head> {
        let told = self.told.lock();
        let fresh = Moment::now().and_then(|now| now.minus(self.gate.age()?));
        let LastTold { whom, apis, keys, after } = &*told;
        Some(Head::new(whom.clone(), (*after)?, fresh, self.gate.now(), apis.clone(), keys.clone()))
    }
}
