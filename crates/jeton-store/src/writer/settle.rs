//! The journal and the commit that it was written for: an entry is in the journal before its commit, so what became of a commit
//! that failed is found out and noted before anything else is committed.
//!
//! Never believes of a commit whose end it did not hear of that it failed: the database tells.

use super::tx::Tx;
use crate::{
    fault::Fault,
    outside::{Batch, hex, took_place},
    store::{JournalHook, Shared},
};
use std::sync::Arc;

/// What is in the journal and is not known to be committed.
#[derive(Debug, Default)]
pub(crate) struct Unsettled {
    /// Batches with their numbers.
    batches: Vec<(u64, Batch)>,
    /// Numbers of batches whose commit did not take place, to be noted with the next append.
    pub(crate) voids: Vec<u64>,
}

impl Unsettled {
    fn appended(&mut self, number: u64, batch: Batch) {
        self.voids.retain(|void| !batch.voids.contains(void));
        if !batch.entries.is_empty() {
            self.batches.push((number, batch));
        }
    }
    /// Whether nothing is left to find out or to note.
    #[cfg(feature = "testing")]
    pub(crate) const fn is_settled(&self) -> bool {
        self.batches.is_empty() && self.voids.is_empty()
    }
    fn take(&mut self, number: u64) -> Option<Batch> {
        let at = self.batches.iter().position(|(own, _)| *own == number)?;
        Some(self.batches.swap_remove(at).1)
    }
}

impl Tx<'_> {
    /// Finds out what became of earlier commits that failed or were not heard of.
    pub(super) async fn settle(&mut self) -> Result<(), Fault> {
        let open = self.shared.unsettled.lock().batches.clone();
        for (number, batch) in open {
            let committed = took_place(&mut self.link, &self.shared.marks, &self.heads, &batch).await?;
            let mut unsettled = self.shared.unsettled.lock();
            if let (Some(batch), true) = (unsettled.take(number), committed) {
                self.shared.marks.take_in([&batch]);
            } else {
                unsettled.voids.push(number);
            }
        }
        Ok(())
    }
    /// Puts what must never come back into the journal; gives the number to be settled with after the commit.
    pub(super) async fn write_journal(&mut self) -> Result<Option<u64>, Fault> {
        let entries = std::mem::take(&mut self.gathered.entries);
        let voids = self.shared.unsettled.lock().voids.clone();
        let hook = self.shared.journal.read().clone().filter(|_| !entries.is_empty() || !voids.is_empty());
        let Some(hook) = hook else { return Ok(None) };
        let audit = Some((self.heads.audit_sequence, hex(&self.heads.audit_link)));
        let batch = Batch { revision: self.revision(), since: self.began_at, audit, entries, voids, left_out: 0 };
        append(self.shared, hook, batch).await.map(Some)
    }
}

impl Shared {
    /// The commit that a batch was written for took place.
    pub(super) fn settled(&self, number: Option<u64>) {
        let batch = number.and_then(|number| self.unsettled.lock().take(number));
        if let Some(batch) = batch {
            self.marks.take_in([&batch]);
        }
    }
}

/// Once begun it goes on to its end, and its batch is unsettled from then on, whether or not anybody waits for it.
async fn append(shared: &Shared, hook: JournalHook, batch: Batch) -> Result<u64, Fault> {
    let unsettled = Arc::clone(&shared.unsettled);
    let written = tokio::task::spawn_blocking(move || {
        let number = hook(&batch)?;
        unsettled.lock().appended(number, batch);
        Ok::<_, std::io::Error>(number)
    });
    let failed = |why: String| {
        tracing::error!(why, "the journal outside the database cannot be written; the change is not made");
        Fault::Engine(sqlx::Error::Io(std::io::Error::other(format!("the journal cannot be written: {why}"))))
    };
    written.await.map_err(|error| failed(error.to_string()))?.map_err(|error| failed(error.to_string()))
}
