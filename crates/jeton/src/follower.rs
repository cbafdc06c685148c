//! Follows the change log into the gate and the memory of clients: tokens and clients are forgotten, APIs and keys read again. Never the other way round.
//!
//! On the node that makes a change the gate is told before the change is answered; this is for everything else: other nodes'
//! changes, a restart, and knowing how old the memory may be. Woken by the database where it can, and asks by itself anyway.

mod commits;

use crate::{keys::Keys, oauth::clients::ClientMemory};
use commits::OwnCommits;
use jeton_core::{
    change::{Change, Changed, Revision},
    jose::KeySet,
};
use jeton_gate::{
    Gate,
    clock::SystemClock,
    port::{Catalogue, Clock},
};
use jeton_store::{Store, StoreError};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// How often the log is asked without being woken: well within any allowed staleness.
const ASK_EVERY: Duration = Duration::from_millis(200);
/// Changes read at once.
const PAGE: usize = 1000;
/// How often it is looked whether the ids must be read again.
const SCAN_AGAIN: Duration = Duration::from_secs(2);
/// Ids read at once.
const IDS: usize = 20_000;
/// After this long without an answer the log says so again.
const COMPLAIN_EVERY: Duration = Duration::from_secs(10);

/// What follows the log.
pub struct Follower {
    store: Store,
    gate: Gate,
    clients: Arc<ClientMemory>,
    keys: Arc<Keys>,
    clock: Arc<SystemClock>,
    reached: watch::Sender<Revision>,
}

/// Tells how far the follower is.
#[derive(Clone)]
pub struct Progress(watch::Receiver<Revision>);

impl Progress {
    /// Waits until everything up to `revision` has been taken in on this node, APIs and keys included; false when that took
    /// longer than `at_most`.
    pub async fn wait_for(&mut self, revision: Revision, at_most: Duration) -> bool {
        tokio::time::timeout(at_most, self.0.wait_for(|reached| *reached >= revision)).await.is_ok_and(|reached| reached.is_ok())
    }
}

impl Follower {
    /// Takes everything in for the first time.
    pub async fn start(
        store: Store,
        gate: Gate,
        clients: Arc<ClientMemory>,
        keys: Arc<Keys>,
        clock: Arc<SystemClock>,
    ) -> Result<(Self, Progress), StoreError> {
        let asked = Instant::now();
        let head = store.head().await?;
        let follower = Self { store, gate, clients, keys, clock, reached: watch::Sender::new(Revision(0)) };
        follower.read_catalogue().await?;
        follower.gate.set_keys(KeySet::clone(&follower.keys.public()));
        follower.gate.reached(head, asked);
        follower.reached.send_replace(head);
        let progress = Progress(follower.reached.subscribe());
        Ok((follower, progress))
    }

    /// Follows until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        tokio::select! {
            () = stop.cancelled() => {}
            () = self.follow() => {}
            () = self.know_ids() => {}
        }
    }

    async fn follow(&self) {
        let mut wake_ups = self.store.listen();
        let own = OwnCommits::of(&self.store);
        let mut failing_since: Option<Instant> = None;
        let mut ask_at = tokio::time::Instant::now();
        loop {
            let has_more = tokio::select! {
                told = wake_ups.next() => told.is_none_or(|newest| newest > *self.reached.borrow()),
                () = own.told.notified() => !self.took_own(&own),
                () = tokio::time::sleep_until(ask_at) => true,
            };
            if !has_more {
                continue;
            }
            ask_at = tokio::time::Instant::now() + ASK_EVERY;
            match self.catch_up().await {
                Ok(()) => {
                    if failing_since.take().is_some() {
                        tracing::info!("the change log answers again");
                    }
                }
                Err(error) => complain(&mut failing_since, &error),
            }
        }
    }

    /// Keeps the gate told of which ids exist, so that it can refuse made-up ones without a look-up.
    async fn know_ids(&self) {
        loop {
            if !self.gate.knows_ids()
                && let Err(error) = self.scan_ids().await
            {
                tracing::warn!(%error, "the ids of all tokens could not be read; unknown tokens are looked up until they can");
            }
            tokio::time::sleep(SCAN_AGAIN).await;
        }
    }

    async fn scan_ids(&self) -> Result<(), StoreError> {
        let expected = usize::try_from(self.store.count_tokens().await?).unwrap_or(usize::MAX);
        let scan = self.gate.scan_ids(expected);
        let mut after = None;
        loop {
            let ids = self.store.token_ids(after, IDS).await?;
            let Some(last) = ids.last() else { break };
            after = Some(*last);
            scan.add(ids);
        }
        let known = scan.finish();
        tracing::debug!(known, "the ids of all tokens were read");
        Ok(())
    }

    /// Takes note of this process's own commits, where nothing is left to be read for them.
    fn took_own(&self, own: &OwnCommits) -> bool {
        let Some(stretch) = own.unseen.lock().take() else { return true };
        let is_next = stretch.first.0 <= self.reached.borrow().0.saturating_add(1);
        if !(is_next && stretch.whole && stretch.tokens_only) {
            return false;
        }
        self.reached.send_if_modified(|reached| {
            let further = stretch.last > *reached;
            *reached = stretch.last.max(*reached);
            further
        });
        true
    }

    async fn catch_up(&self) -> Result<(), StoreError> {
        loop {
            let asked = Instant::now();
            let after = *self.reached.borrow();
            let read = self.store.changes_after(after, PAGE).await?;
            if read.truncated {
                let everything = Change { revision: read.head, at: self.clock.now(), what: Changed::Everything };
                self.take_in(&[everything]).await?;
                self.reached.send_replace(read.head);
            } else if let Some(last) = read.changes.last() {
                self.take_in(&read.changes).await?;
                self.reached.send_replace(last.revision);
            }
            if *self.reached.borrow() >= read.head {
                self.gate.reached(read.head, asked);
                return Ok(());
            }
        }
    }

    async fn take_in(&self, changes: &[Change]) -> Result<(), StoreError> {
        self.clients.apply(changes);
        self.gate.apply(changes);
        if changes.iter().any(|change| matches!(change.what, Changed::Cut(_) | Changed::Everything)) {
            self.store.refresh_cuts().await?;
        }
        if changes.iter().any(|change| matches!(change.what, Changed::Api(_) | Changed::Everything)) {
            self.read_catalogue().await?;
        }
        if changes.iter().any(|change| matches!(change.what, Changed::SigningKeys | Changed::Everything)) {
            self.read_keys().await?;
        }
        Ok(())
    }

    async fn read_catalogue(&self) -> Result<(), StoreError> {
        let apis = self.store.catalogue().await?;
        self.gate.set_catalogue(Catalogue { apis: apis.into_iter().map(Arc::new).collect() });
        Ok(())
    }

    async fn read_keys(&self) -> Result<(), StoreError> {
        match self.keys.reload_at(self.clock.now()).await {
            Ok(()) => self.gate.set_keys(KeySet::clone(&self.keys.public())),
            Err(crate::keys::KeysFault::Store(error)) => return Err(error),
            // A key that does not open is reported and not used; what was known before goes on.
            Err(error) => tracing::error!(%error, "changed signing keys cannot be used"),
        }
        Ok(())
    }
}

fn complain(failing_since: &mut Option<Instant>, error: &StoreError) {
    if failing_since.is_none_or(|since| since.elapsed() >= COMPLAIN_EVERY) {
        tracing::warn!(%error, "the change log cannot be read; what is in memory is trusted until `gate.max_staleness_ms` is over");
        *failing_since = Some(Instant::now());
    }
}
