//! Tokens that the memory does not hold, asked of the authority: together where many ask at once, a few questions at a time, and for
//! a moment not at all after one failed, so that a dead authority holds nobody up.

use super::{
    line::Line,
    newest::{self, Newest},
    wire::{Records, WantedToken},
};
use jeton_core::{id::TokenId, limits};
use jeton_gate::port::{Answering, Loaded, SourceFault, TokenSource};
use parking_lot::Mutex;
use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::{Mutex as AsyncMutex, mpsc, oneshot};

/// Questions that wait at once; what comes on top counts as not answered.
const WAITING: usize = 4096;
/// How long nobody is asked after a failure.
const REST: Duration = Duration::from_millis(100);

/// The authority's tokens.
pub struct RemoteTokens {
    asking: mpsc::Sender<Asking>,
}

/// One question that waits.
struct Asking {
    wanted: WantedToken,
    answer: oneshot::Sender<Result<Loaded, SourceFault>>,
}

/// When asking failed last.
#[derive(Default)]
pub struct Rest(Mutex<Option<Instant>>);

impl RemoteTokens {
    /// Begins to ask over `line`, each question within `deadline`.
    pub fn start(line: &Line, deadline: Duration, rest: &Arc<Rest>, newest: &Arc<Newest>) -> Self {
        let (asking, waiting) = mpsc::channel(WAITING);
        let waiting = Arc::new(AsyncMutex::new(waiting));
        for _ in 0..limits::ASKING_AT_ONCE {
            let (waiting, rest, newest) = (Arc::clone(&waiting), Arc::clone(rest), Arc::clone(newest));
            let lane = Lane { line: line.clone(), waiting, deadline, rest, newest };
            tokio::spawn(lane.run());
        }
        Self { asking }
    }
    fn ask(&self, wanted: WantedToken) -> Answering<'_, Result<Loaded, SourceFault>> {
        Box::pin(async move {
            let (answer, answered) = oneshot::channel();
            self.asking.try_send(Asking { wanted, answer }).map_err(|_| SourceFault::Unavailable)?;
            answered.await.unwrap_or(Err(SourceFault::Unavailable))
        })
    }
}

impl TokenSource for RemoteTokens {
    fn find(&self, id: TokenId) -> Answering<'_, Result<Loaded, SourceFault>> {
        self.ask(WantedToken { id, below: None })
    }
    fn find_above(&self, id: TokenId, leaf: TokenId) -> Answering<'_, Result<Loaded, SourceFault>> {
        self.ask(WantedToken { id, below: Some(leaf) })
    }
}

/// One of those who ask: takes all that waits and asks for it at once. Ends when nobody can ask any more.
struct Lane {
    line: Line,
    waiting: Arc<AsyncMutex<mpsc::Receiver<Asking>>>,
    deadline: Duration,
    rest: Arc<Rest>,
    newest: Arc<Newest>,
}

impl Lane {
    async fn run(self) {
        while let Some(group) = self.next().await {
            if self.rest.is_due() {
                group.into_iter().for_each(|asking| drop(asking.answer.send(Err(SourceFault::Unavailable))));
                continue;
            }
            let wanted = group.iter().map(|asking| asking.wanted).collect();
            let known = self.newest.place();
            let records = self.line.records(wanted, self.deadline).await;
            match records.and_then(|records| newest::check(known, records.as_of).map(|()| records)) {
                Ok(records) => {
                    self.rest.over();
                    answer(group, records);
                }
                Err(fault) => {
                    tracing::debug!(%fault, "tokens could not be looked up");
                    self.rest.begin();
                    group.into_iter().for_each(|asking| drop(asking.answer.send(Err(SourceFault::Unavailable))));
                }
            }
        }
    }
    async fn next(&self) -> Option<Vec<Asking>> {
        let mut waiting = self.waiting.lock().await;
        let mut group = vec![waiting.recv().await?];
        while group.len() < limits::BATCH_MAX
            && let Ok(next) = waiting.try_recv()
        {
            group.push(next);
        }
        Some(group)
    }
}

fn answer(group: Vec<Asking>, records: Records) {
    let as_of = records.as_of;
    let found: HashMap<TokenId, _> =
        records.tokens.into_iter().filter_map(|token| token.whole()).map(|record| (record.id, record)).collect();
    for asking in group {
        let loaded = Loaded { record: found.get(&asking.wanted.id).cloned(), as_of };
        drop(asking.answer.send(Ok(loaded)));
    }
}

impl Rest {
    /// Asking failed.
    pub fn begin(&self) {
        *self.0.lock() = Some(Instant::now());
    }
    /// The authority answered.
    pub fn over(&self) {
        *self.0.lock() = None;
    }
    fn is_due(&self) -> bool {
        self.0.lock().is_some_and(|since| since.elapsed() < REST)
    }
}
