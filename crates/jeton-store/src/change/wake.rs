//! Being woken by other processes' commits. A hint only: who follows also looks by itself now and then.

use crate::{
    error::Result,
    store::{Store, open::Source},
    writer::CHANNEL,
};
use jeton_core::change::Revision;
use sqlx::postgres::{PgListener, PgNotification};
use std::time::Duration;

/// How long to wait before listening again after the connection was lost.
const AGAIN: Duration = Duration::from_millis(500);

/// Wakes on commits of other processes.
pub struct WakeUps {
    store: Store,
    listener: Option<PgListener>,
}

impl Store {
    /// Begins to listen. On SQLite nothing ever comes: its one process is told by [`Store::subscribe_commits`].
    pub fn listen(&self) -> WakeUps {
        WakeUps { store: self.clone(), listener: None }
    }
}

impl WakeUps {
    /// Waits for the next commit of any process; gives the newest place that was told. Also returns, with none, when the
    /// connection was lost or made anew, since something may have been missed. Can be dropped while waiting.
    pub async fn next(&mut self) -> Option<Revision> {
        let Source::Postgres(_) = self.store.source() else {
            return std::future::pending().await;
        };
        if let Some(listener) = &mut self.listener {
            match listener.try_recv().await {
                Ok(Some(told)) => {
                    let mut newest = place(&told);
                    while let Some(told) = listener.next_buffered() {
                        newest = newest.max(place(&told));
                    }
                    return newest;
                }
                Ok(None) | Err(_) => self.listener = None,
            }
        }
        match self.connect().await {
            Ok(listener) => self.listener = Some(listener),
            Err(error) => {
                tracing::warn!(%error, "commits of other processes cannot be listened to; asking for them instead");
                tokio::time::sleep(AGAIN).await;
            }
        }
        None
    }
    async fn connect(&self) -> Result<PgListener> {
        self.store.source().listener(CHANNEL, self.store.shared().deadline).await
    }
}

/// The place that a commit reached, as its process told.
fn place(told: &PgNotification) -> Option<Revision> {
    told.payload().parse().ok().map(Revision)
}
