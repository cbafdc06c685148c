//! Puts what is outside beside an open store: compared once, then noted about once a second and when the store is closed.

use super::{Generation, reconcile};
use crate::{
    change,
    error::Result,
    fault::Fault,
    store::{Engine, Store, read::read},
};
use jeton_core::{change::Revision, mark::Marker, master_key::Purpose, timestamp::Timestamp};
use std::{
    sync::{Arc, Weak},
    time::Duration,
};

/// How often it is looked whether there is something to note.
const TICK: Duration = Duration::from_secs(1);

impl Store {
    /// Which database this is and how far it had come when that was last noted outside; `None` while a restore has it.
    pub fn generation(&self) -> Option<Generation> {
        self.inner.keeper.get().map(|keeper| keeper.noted())
    }
    /// Drops what is too old to matter from the journal, and marks the rest of it under the current master key.
    pub async fn compact_journal_at(&self, now: Timestamp) -> Result<u64> {
        let Some(keeper) = self.inner.keeper.get().cloned() else { return Ok(0) };
        let done = tokio::task::spawn_blocking(move || keeper.compact_at(now)).await;
        let (dropped, up_to) = done.map_err(|error| Fault::Engine(sqlx::Error::Io(std::io::Error::other(error))))??;
        if dropped > 0 {
            self.marks().floors.forget_up_to(up_to);
        }
        Ok(dropped)
    }
    /// Writes the generation again, under the current master key.
    pub(crate) async fn rewrite_generation(&self) -> Result<()> {
        let Some(keeper) = self.inner.keeper.get().cloned() else { return Ok(()) };
        let done = tokio::task::spawn_blocking(move || keeper.rewrite()).await;
        let failed = |error| Fault::Engine(sqlx::Error::Io(error));
        done.map_err(|error| failed(std::io::Error::other(error)))?.map_err(failed)?;
        Ok(())
    }
    /// Compares the database with what is known of it, and keeps that true from now on.
    pub(crate) async fn attach_outside(&self) -> Result<()> {
        let shared = self.shared();
        let marker = Marker::new(&shared.ring, Purpose::Outside);
        let mut conn = self.source().connect(shared.deadline).await?;
        let mut link = conn.link();
        let reconciling = reconcile(&mut link, &shared.marks, marker, &shared.outside);
        let (keeper, standing) = tokio::time::timeout(shared.deadline, reconciling).await.map_err(|_| Fault::Late(shared.deadline))??;
        drop(conn.close().await);
        let keeper = Arc::new(keeper);
        shared.writer_committed(self.head().await?);
        *shared.journal.write() = Some(keeper.hook());
        shared.marks.take_in(&standing.committed);
        shared.unsettled.lock().voids.extend(standing.void);
        let doubtful = standing.doubtful;
        let tick = Arc::downgrade(&self.inner);
        drop(self.inner.keeper.set(keeper));
        if !doubtful.is_empty() {
            tracing::warn!(entries = doubtful.len(), "the journal holds what the database does not: it is done again");
            self.replay(doubtful).await?;
        }
        self.note_outside().await;
        if let Some(keeper) = self.inner.keeper.get() {
            keeper.release();
        }
        tokio::spawn(async move {
            let mut before = Revision::default();
            loop {
                tokio::time::sleep(TICK).await;
                let Some(inner) = Weak::upgrade(&tick) else { return };
                before = Self { inner }.note_others(before).await;
            }
        });
        Ok(())
    }
    /// Notes how far the database has come. What cannot be noted now is noted later: only a warning.
    pub(crate) async fn note_outside(&self) {
        self.note_others(Revision(u64::MAX)).await;
    }
    /// The same; a place beyond the writer's own that was there a tick before is another process's doing.
    async fn note_others(&self, before: Revision) -> Revision {
        let Some(keeper) = self.inner.keeper.get().cloned() else { return before };
        let heads = match read_heads(self).await {
            Ok(heads) => heads,
            Err(error) => {
                tracing::debug!(%error, "how far the database has come cannot be noted now");
                return before;
            }
        };
        let place = change::from_column(heads.revision);
        let (own, mut foreign) = self.shared().own_and_foreign();
        if before > own && before <= place {
            foreign = foreign.max(before);
        }
        // A file has one process that writes: what it did not learn the outcome of is still its own.
        let foreign = if self.engine() == Engine::Sqlite { Revision::default() } else { foreign };
        let noted = tokio::task::spawn_blocking(move || keeper.note(&heads, foreign)).await;
        if let Err(error) = noted.unwrap_or_else(|error| Err(std::io::Error::other(error))) {
            tracing::warn!(%error, "how far the database has come cannot be noted outside of it");
        }
        place
    }
}

async fn read_heads(store: &Store) -> Result<crate::writer::Heads> {
    read!(store, link => change::heads(link, store.marks()))
}
