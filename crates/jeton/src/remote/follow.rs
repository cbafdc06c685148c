//! Follows the authority: asks for what came after the last place that was taken in, takes the answer in, and asks again, which
//! tells the authority how far this gate is. Whatever goes wrong, the memory grows old and is not believed any more.
//!
//! An answer is as new as the moment at which its question left, by this machine's monotonic clock: so neither a slow line nor a
//! clock that is set makes anything look newer than it is.

use super::{
    line::{AskFault, Asker, Line},
    newest::Newest,
    source::Rest,
    standing::Standing,
    whole,
    wire::{Told, ToldToken, Whom},
};
use jeton_core::{
    api::Api,
    change::{Change, Changed, Revision},
    facts::TokenRecord,
    jose::KeySet,
    limits,
};
use jeton_gate::{Gate, port::Catalogue};
use parking_lot::Mutex;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio_util::sync::CancellationToken;

/// The first wait after a failure; doubled each time, with some chance in it.
const AGAIN_AFTER: Duration = Duration::from_millis(50);
/// The longest.
const AGAIN_AT_LATEST: Duration = Duration::from_secs(1);
/// Longest time to catch up in before the door is opened.
const CATCH_UP: Duration = Duration::from_secs(2);
/// An authority hears from a gate so often in the time that its memory may be old.
const HEARD_IN_TIME: u64 = 5;
/// Shortest wait for a change.
const SHORTEST_WAIT: Duration = Duration::from_millis(20);

/// What the authority told last, for the sealed copy.
#[derive(Clone, Debug)]
pub struct LastTold {
    /// Whom the gate follows.
    pub whom: Whom,
    /// The APIs.
    pub apis: Vec<Api>,
    /// The keys.
    pub keys: serde_json::Value,
    /// The last place that was taken in; `None` while the gate begins anew.
    pub after: Option<Revision>,
}

/// What follows.
pub struct Follower {
    /// The line.
    pub line: Line,
    /// The gate that is told.
    pub gate: Gate,
    /// How it stands.
    pub standing: Arc<Standing>,
    /// Told when the authority answers.
    pub rest: Arc<Rest>,
    /// Told how far its change log is.
    pub newest: Arc<Newest>,
    /// What was told last.
    pub last: Arc<Mutex<LastTold>>,
    /// As whom it asks.
    pub asker: Asker,
    /// How long the authority waits for a change, in milliseconds.
    pub wait_ms: AtomicU64,
}

impl Follower {
    /// Follows until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        if stop.run_until_cancelled(self.follow()).await.is_some() {
            stop.cancelled().await;
        }
        // Nobody waits for it any more.
        if let Err(fault) = self.line.leave(&self.asker).await {
            tracing::debug!(%fault, "the authority was not told of the end");
        }
    }

    /// Takes in what came after a sealed copy, for a moment at most: before that each token would have to be asked for.
    pub async fn catch_up(&self) {
        let catching = async {
            while self.gate.age().is_none() {
                if let Err(fault) = self.ask(Duration::ZERO).await {
                    tracing::debug!(%fault, "what came after the sealed copy is not known yet");
                    return;
                }
            }
        };
        if tokio::time::timeout(CATCH_UP, catching).await.is_err() {
            tracing::debug!("the door is opened before all that came after the sealed copy is known");
        }
    }

    /// Asks once, and takes the answer in.
    async fn ask(&self, wait: Duration) -> Result<(), AskFault> {
        let asked = Instant::now();
        let after = self.last.lock().after;
        let told = self.line.changes(&self.asker, after, wait).await?;
        self.take_in(told, asked)
    }

    /// Follows; comes back only where there is nothing to follow any more. Then the memory grows old.
    async fn follow(&self) {
        let mut again = AGAIN_AFTER;
        loop {
            let wait = Duration::from_millis(self.wait_ms.load(Ordering::Relaxed));
            match self.ask(wait).await {
                Ok(()) => again = AGAIN_AFTER,
                Err(fault @ AskFault::WentBack { .. }) => {
                    tracing::error!(%fault, "the authority is not followed any more");
                    self.standing.lost(&fault);
                    return;
                }
                Err(fault) => {
                    self.standing.lost(&fault);
                    tokio::time::sleep(again.mul_f64(rand::random_range(0.5..1.0))).await;
                    again = (again * 2).min(AGAIN_AT_LATEST);
                }
            }
        }
    }

    /// Takes an answer to a question in that left at `asked`.
    fn take_in(&self, told: Told, asked: Instant) -> Result<(), AskFault> {
        let mut last = self.last.lock();
        if told.whom.issuer != last.whom.issuer {
            return Err(AskFault::Strange(format!("it is the authority of `{}` and not of `{}`", told.whom.issuer, last.whom.issuer)));
        }
        let known = self.newest.place();
        if told.head < known {
            return Err(AskFault::WentBack { head: told.head, known });
        }
        whole::check(&told, last.after.filter(|_| told.whom == last.whom))?;
        self.newest.told(told.head);
        let offset = told.now.saturating_sub(self.gate.now().as_micros());
        let is_other = told.whom != last.whom;
        if told.truncated || is_other || last.after.is_none() {
            // More changed than the answer tells, or the gate guards other APIs than before.
            self.forget_all(told.head);
        }
        if is_other && told.apis.is_none() {
            // From the beginning, which tells of the other APIs.
            (last.after, last.whom) = (None, told.whom);
            return Ok(());
        }
        self.gate.apply(&told.changes);
        if let Some(apis) = told.apis {
            self.take_up_times(&apis);
            set_apis(&self.gate, apis.clone());
            last.apis = apis;
        }
        if let Some(keys) = told.keys {
            set_keys(&self.gate, &keys)?;
            last.keys = keys;
        }
        let records: Vec<TokenRecord> = told.tokens.into_iter().filter_map(ToldToken::whole).collect();
        self.gate.remember(&records, told.as_of);
        last.after = Some(told.reached);
        if told.reached >= told.head {
            self.gate.reached(told.head, asked);
        }
        self.standing.heard(&told.whom, offset);
        last.whom = told.whom;
        self.rest.over();
        Ok(())
    }
    /// How often the authority must be heard, and how long what it told is believed, follows from the APIs.
    pub fn take_up_times(&self, apis: &[Api]) {
        let usual = self.gate.settings().max_staleness;
        self.wait_ms.store(wait_ms(apis, usual), Ordering::Relaxed);
        self.asker.trusts_ms.store(trusts_ms(apis, usual), Ordering::Relaxed);
    }
    fn forget_all(&self, revision: Revision) {
        tracing::info!(%revision, "everything may have changed: all is forgotten and asked for again");
        self.gate.apply(&[Change { revision, at: self.gate.now(), what: Changed::Everything }]);
    }
}

/// How long the authority may wait for a change, so that it is heard several times while the memory is still young enough.
fn wait_ms(apis: &[Api], usual: Duration) -> u64 {
    let usual = u64::try_from(usual.as_millis()).unwrap_or(u64::MAX);
    let strictest = apis.iter().filter_map(|api| api.max_staleness_ms).map(u64::from).chain([usual]).min().unwrap_or(usual);
    let every: Duration = limits::FOLLOW_EVERY.into();
    let every = u64::try_from(every.as_millis()).unwrap_or(u64::MAX);
    let shortest = u64::try_from(SHORTEST_WAIT.as_millis()).unwrap_or(0);
    (strictest / HEARD_IN_TIME).clamp(shortest, every)
}

/// How long a memory is believed at most, by the API that believes it longest.
fn trusts_ms(apis: &[Api], usual: Duration) -> u64 {
    let usual = u64::try_from(usual.as_millis()).unwrap_or(u64::MAX);
    let of = |api: &Api| {
        let stale = u64::from(api.serve_stale_seconds.unwrap_or(0)) * 1000;
        api.max_staleness_ms.map_or(usual, u64::from).saturating_add(stale)
    };
    apis.iter().map(of).max().unwrap_or(usual)
}

/// Gives the gate its APIs.
pub fn set_apis(gate: &Gate, apis: Vec<Api>) {
    gate.set_catalogue(Catalogue { apis: apis.into_iter().map(Arc::new).collect() });
}

/// Gives the gate the keys that verify JWTs.
pub fn set_keys(gate: &Gate, keys: &serde_json::Value) -> Result<(), AskFault> {
    let (set, skipped) =
        KeySet::parse(keys.to_string().as_bytes()).map_err(|fault| AskFault::Strange(format!("its keys cannot be read: {fault}")))?;
    if !skipped.is_empty() {
        tracing::warn!(skipped = skipped.len(), "keys of the authority are of a kind that this gate does not know: their JWTs are refused");
    }
    gate.set_keys(set);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strictest_api_says_how_often_the_authority_is_heard() {
        assert_eq!(wait_ms(&[], Duration::from_secs(2)), 400);
        assert_eq!(wait_ms(&[], Duration::from_secs(60)), 400);
        assert_eq!(wait_ms(&[], Duration::from_millis(500)), 100);
        assert_eq!(wait_ms(&[], Duration::from_millis(50)), 20);
    }
}
