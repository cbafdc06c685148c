//! The one writer of a process: takes what has queued, does it in one transaction, answers when that is durable.
//!
//! Never answers before the commit, never answers "done" when it does not know, never lets one refused operation take its
//! neighbours down.

mod connection;
mod flush;
mod group;
mod looked_up;
mod settle;
mod tx;
mod waiting;

use crate::{
    error::{Result, StoreError},
    fault::Fault,
    store::{Shared, open::Source},
};
pub(crate) use flush::CHANNEL;
use jeton_core::id::TokenId;
pub(crate) use settle::Unsettled;
use std::{future::Future, pin::Pin, sync::Arc, time::Duration};
use tokio::sync::{mpsc, oneshot};
pub(crate) use tx::{Heads, HeadsRow, Tx};

/// Operations that may wait; more are turned away.
const QUEUE: usize = 4096;
/// Operations in one commit.
const GROUP: usize = 256;

/// One write. May be applied more than once, each time on a fresh transaction, when others were in the way.
pub(crate) trait Operation: Send + Sync + 'static {
    /// What the caller is told when it is durable.
    type Answer: Send + 'static;
    /// Whether it changes the database, the log and the audit chain only after everything that can refuse it: then a refusal
    /// leaves nothing behind and no savepoint is needed.
    const REFUSES_FIRST: bool = false;
    /// Whether all that it does is to issue tokens: then rows of tokens may go on waiting for the end of the transaction, and
    /// what was looked up in it stays true.
    const ONLY_ISSUES: bool = false;
    /// Tokens whose rows it looks at, where all that it does is to issue: those of a whole group are read by one statement.
    fn looks_at(&self) -> Vec<TokenId> {
        Vec::new()
    }
    /// Does it within `tx`.
    fn apply(&self, tx: &mut Tx<'_>) -> impl Future<Output = std::result::Result<Self::Answer, Fault>> + Send;
}

/// A boxed answer to come.
pub(crate) type Applying<'a> = Pin<Box<dyn Future<Output = std::result::Result<(), Fault>> + Send + 'a>>;

/// A queued operation whose types are forgotten.
pub(crate) trait Job: Send {
    fn refuses_first(&self) -> bool;
    fn only_issues(&self) -> bool;
    fn looks_at(&self) -> Vec<TokenId>;
    fn apply<'a>(&'a mut self, tx: &'a mut Tx<'_>) -> Applying<'a>;
    fn answer(self: Box<Self>, outcome: Result<()>);
}

struct Queued<O: Operation> {
    operation: O,
    outcome: Option<O::Answer>,
    to: oneshot::Sender<Result<O::Answer>>,
}

impl<O: Operation> Job for Queued<O> {
    fn refuses_first(&self) -> bool {
        O::REFUSES_FIRST
    }
    fn only_issues(&self) -> bool {
        O::ONLY_ISSUES
    }
    fn looks_at(&self) -> Vec<TokenId> {
        self.operation.looks_at()
    }
    fn apply<'a>(&'a mut self, tx: &'a mut Tx<'_>) -> Applying<'a> {
        Box::pin(async move {
            self.outcome = None;
            self.outcome = Some(self.operation.apply(tx).await?);
            Ok(())
        })
    }
    fn answer(self: Box<Self>, outcome: Result<()>) {
        let Self { outcome: answer, to, .. } = *self;
        let missing = || StoreError::Unavailable("the operation was not carried out".to_owned());
        // Whoever asked may have gone away; what was done stays done.
        let _gone = to.send(outcome.and_then(|()| answer.ok_or_else(missing)));
    }
}

enum Message {
    Job(Box<dyn Job>),
    Close(oneshot::Sender<()>),
}

/// Where operations are queued.
#[derive(Clone)]
pub(crate) struct Queue(mpsc::Sender<Message>);

impl Queue {
    /// Queues an operation and waits for its answer.
    pub(crate) async fn write<O: Operation>(&self, operation: O, deadline: Duration) -> Result<O::Answer> {
        let (to, answer) = oneshot::channel();
        let job = Box::new(Queued { operation, outcome: None, to });
        match self.0.send_timeout(Message::Job(job), deadline).await {
            Ok(()) => {}
            Err(mpsc::error::SendTimeoutError::Timeout(_)) => {
                return Err(StoreError::Unavailable(format!("more than {QUEUE} writes are waiting")));
            }
            Err(mpsc::error::SendTimeoutError::Closed(_)) => return Err(closed()),
        }
        answer.await.map_err(|_| closed())?
    }
    /// Waits until all that is queued is answered; nothing is taken after that.
    pub(crate) async fn close(&self) {
        let (to, closed) = oneshot::channel();
        if self.0.send(Message::Close(to)).await.is_ok() {
            let _already = closed.await;
        }
    }
}

fn closed() -> StoreError {
    StoreError::Unavailable("the store was closed".to_owned())
}

/// Starts the writer's task. It ends when every queue is dropped or one is closed.
pub(crate) fn start(source: Source, shared: Arc<Shared>) -> Queue {
    let (sender, mut receiver) = mpsc::channel(QUEUE);
    tokio::spawn(async move {
        let mut connection = connection::Connection::new(source, shared);
        while let Some(message) = receiver.recv().await {
            let (jobs, close) = gather(message, &mut receiver);
            if !jobs.is_empty() {
                group::run(&mut connection, jobs).await;
            }
            if let Some(done) = close {
                receiver.close();
                connection.close().await;
                let _gone = done.send(());
                break;
            }
        }
    });
    Queue(sender)
}

/// Takes what has queued while the last commit ran; waits for nothing.
fn gather(first: Message, receiver: &mut mpsc::Receiver<Message>) -> (Vec<Box<dyn Job>>, Option<oneshot::Sender<()>>) {
    let mut jobs = Vec::new();
    let mut next = Some(first);
    while let Some(message) = next {
        match message {
            Message::Job(job) => jobs.push(job),
            Message::Close(done) => return (jobs, Some(done)),
        }
        next = if jobs.len() < GROUP { receiver.try_recv().ok() } else { None };
    }
    (jobs, None)
}
