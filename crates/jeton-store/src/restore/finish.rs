//! After the rows: the change that tells everybody to forget everything, what the journal knows, and the new generation.

use super::Noted;
use crate::{
    audit::Actor,
    backup::Header,
    error::Result,
    fault::Fault,
    link::execute,
    outside::{Entry, Installation, Replay, write_installation},
    store::Store,
    writer::{Operation, Tx},
};
use jeton_core::{
    change::{Changed, Revision},
    id::ApiId,
    limits,
    timestamp::Timestamp,
};
use serde_json::json;
use std::collections::BTreeSet;

/// Goes on above every place that was ever given out, and tells everybody that everything changed.
pub(super) struct Begin {
    pub(super) newest: Revision,
    pub(super) now: Timestamp,
    pub(super) header: Header,
    pub(super) fingerprint: String,
    pub(super) covered: bool,
}

impl Operation for Begin {
    type Answer = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<(), Fault> {
        tx.leap(self.newest);
        tx.changed(self.now, Changed::Everything);
        let details = json!({
            "backup_created_at": self.header.created_at,
            "backup_generation": self.header.generation,
            "backup_revision": self.header.revision,
            "backup_sha256": self.fingerprint,
            "journal_covers": self.covered,
        });
        tx.audit(&Actor::system(self.now), None, "store.restore", &self.header.instance, details);
        Ok(())
    }
}

/// The last step: from here on the database is the newest generation.
pub(super) struct End {
    pub(super) instance: String,
    pub(super) generation: u64,
    pub(super) now: Timestamp,
    pub(super) replayed: u64,
    pub(super) suspended: u64,
}

impl Operation for End {
    type Answer = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<(), Fault> {
        let own = Installation { instance: self.instance.clone(), number: self.generation };
        write_installation(&mut tx.link, &own, &tx.shared.marks).await?;
        execute!(&mut tx.link, "DELETE FROM idempotency_keys")?;
        let details = json!({ "generation": self.generation, "replayed": self.replayed, "suspended": self.suspended });
        tx.audit(&Actor::system(self.now), None, "store.generation", &self.instance, details);
        Ok(())
    }
}

/// What the journal changed.
pub(super) struct Replayed {
    pub(super) replayed: u64,
    pub(super) suspended: u64,
    pub(super) apis_to_review: Vec<ApiId>,
}

/// Does again what the journal holds. A state that the backup already knows (up to `known`) is not touched; what is revoked or
/// rotated out is so whenever it was.
pub(super) async fn replay(store: &Store, entries: &[Noted], known: Revision, now: Timestamp) -> Result<Replayed> {
    let matters = |noted: &&Noted| match noted.entry {
        Entry::Revoked { .. } | Entry::Rotated { .. } | Entry::Cut { .. } | Entry::KeyRemoved { .. } => true,
        Entry::Suspended { .. } | Entry::Resumed { .. } | Entry::Edited { .. } | Entry::ApiChanged { .. } | Entry::ClientChanged { .. } => {
            noted.revision > known
        }
    };
    let entries: Vec<(Revision, Entry)> = entries.iter().filter(matters).map(|noted| (noted.floor, noted.entry.clone())).collect();
    let mut done = Replayed { replayed: 0, suspended: 0, apis_to_review: Vec::new() };
    let apis: BTreeSet<ApiId> =
        entries.iter().filter_map(|(_, entry)| if let Entry::ApiChanged { api, .. } = entry { Some(*api) } else { None }).collect();
    done.apis_to_review.extend(apis);
    for step in entries.chunks(limits::STEP_ROWS) {
        let counts = store.write(Replay { entries: step.to_vec(), now, resume: true }).await?;
        done.replayed += counts.changed;
        done.suspended += counts.suspended;
    }
    Ok(done)
}
