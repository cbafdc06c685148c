//! Knows when each token was acknowledged as revoked, and watches gates: nothing passes that was put to a gate later than the
//! promised time after that.

use super::{
    caller::Issued,
    rig::{Authority, Gate},
};
use parking_lot_free::Shared;
use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

/// A lock that a panic of another task does not take along.
mod parking_lot_free {
    use std::sync::{Mutex, MutexGuard, PoisonError};

    #[derive(Default)]
    pub struct Shared<T>(Mutex<T>);

    impl<T> Shared<T> {
        pub fn lock(&self) -> MutexGuard<'_, T> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner)
        }
    }
}

/// How old the memory of a gate may be, unless an API says otherwise.
pub const MAX_STALENESS: Duration = Duration::from_secs(2);

/// What is known and what was seen.
#[derive(Default)]
pub struct Recorder {
    /// When the revocation of each token was acknowledged.
    dead: Shared<HashMap<String, Instant>>,
    seen: Shared<Seen>,
}

/// What was seen.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Requests that passed.
    pub passed: u64,
    /// Requests that were refused for what their token is.
    pub refused: u64,
    /// Requests that could not be decided.
    pub undecided: u64,
    /// The longest time after its acknowledged revocation at which a token was put to a gate and passed.
    pub latest: Duration,
    /// What broke the promise.
    pub broken: Vec<String>,
}

impl Recorder {
    /// Takes a token back and notes when that was acknowledged.
    pub async fn revoke(&self, authority: &Authority, token: &Issued) {
        authority.revoke(&token.id).await;
        self.dead.lock().insert(token.text.clone(), Instant::now());
    }
    /// Puts a token to a gate once and notes what came of it.
    pub async fn look(&self, name: &str, gate: &Gate, token: &Issued) {
        // Before the question: what is decided later was put later.
        let (asked, died) = (Instant::now(), self.dead.lock().get(&token.text).copied());
        let Some(said) = gate.try_ask(&token.text).await else {
            self.seen.lock().undecided += 1;
            return;
        };
        let after = died.map(|died| asked.saturating_duration_since(died));
        let mut seen = self.seen.lock();
        match said.status {
            200 => {
                seen.passed += 1;
                if let Some(after) = after {
                    seen.latest = seen.latest.max(after);
                    if after > MAX_STALENESS && said.stale.is_none() {
                        seen.broken.push(format!("{name}: {} passed {after:?} after it was taken back", token.id));
                    }
                }
            }
            401 => seen.refused += 1,
            503 => {
                seen.undecided += 1;
                if !said.retry_after {
                    seen.broken.push(format!("{name}: 503 without saying when to come back"));
                }
            }
            other => seen.broken.push(format!("{name}: answered {other}: {}", said.body)),
        }
    }
    /// Puts tokens to a gate, one after the other, until told to stop.
    pub fn watch(self: &Arc<Self>, name: &str, gate: Arc<Gate>, tokens: Vec<Issued>) -> tokio::task::JoinHandle<()> {
        let (own, name) = (Arc::clone(self), name.to_owned());
        tokio::spawn(async move {
            loop {
                for token in &tokens {
                    own.look(&name, &gate, token).await;
                }
                // Leaves the machine to the programs that are tried.
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
    }
    /// What was seen up to now.
    pub fn seen(&self) -> Seen {
        self.seen.lock().clone()
    }
    /// Fails where the promise was broken.
    pub fn judge(&self, what: &str) -> Seen {
        let seen = self.seen();
        println!(
            "{what}: {} passed, {} refused, {} undecided; longest after its revocation {:?}",
            seen.passed, seen.refused, seen.undecided, seen.latest
        );
        assert!(seen.broken.is_empty(), "{what}: {:#?}", seen.broken);
        seen
    }
}
