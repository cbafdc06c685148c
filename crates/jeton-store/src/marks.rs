//! The keys that rows are marked with, and the one place where a row without its mark is reported.

use crate::{
    cut::CutMemory,
    error::StoreError,
    fault::Fault,
    outside::{Batch, Entry, Floors},
};
use jeton_core::{
    mark::{MARK_BYTES, MarkedFields, Marker},
    master_key::{KeyRing, Purpose},
};

/// Prepared keys for rows and for the audit chain, and what is known of rows from outside the database.
#[derive(Debug)]
pub(crate) struct Marks {
    rows: Marker,
    /// For the links of the audit chain.
    pub(crate) audit: Marker,
    /// From which place on a row can be true.
    pub(crate) floors: Floors,
    /// What was cut.
    pub(crate) cuts: CutMemory,
}

impl Marks {
    /// Prepares the keys of a ring.
    pub(crate) fn new(ring: &KeyRing) -> Self {
        let (rows, audit) = (Marker::new(ring, Purpose::RowMac), Marker::new(ring, Purpose::AuditChain));
        Self { rows, audit, floors: Floors::default(), cuts: CutMemory::default() }
    }
    /// Takes in what committed batches of the journal hold, the oldest first.
    pub(crate) fn take_in<'b>(&self, batches: impl IntoIterator<Item = &'b Batch> + Clone) {
        let cuts: Vec<_> = batches.clone().into_iter().flat_map(|batch| &batch.entries).filter_map(Entry::cut).collect();
        self.cuts.take_in(&cuts);
        self.floors.take_in_all(batches);
    }
    /// The mark of a row.
    pub(crate) fn mark(&self, fields: &MarkedFields) -> Vec<u8> {
        let mark: [u8; MARK_BYTES] = self.rows.mark(fields);
        mark.to_vec()
    }
    /// Whether a mark was made under the current master key.
    pub(crate) fn is_current(&self, mark: &[u8]) -> bool {
        self.rows.is_current(mark)
    }
    /// Checks a row's mark. A row without its mark is reported and never believed.
    pub(crate) fn check(&self, table: &'static str, id: &str, fields: &MarkedFields, mark: &[u8]) -> Result<(), Fault> {
        self.rows.check(fields, mark).map_err(|_| tampered(table, id, "it does not carry its mark"))
    }
}

/// Reports a row that was changed from outside.
pub(crate) fn tampered(table: &'static str, id: &str, how: &str) -> Fault {
    Fault::Refused(report(table, id, how))
}

/// The same as the error that the caller gets.
pub(crate) fn report(table: &'static str, id: &str, how: &str) -> StoreError {
    tracing::error!(table, id, how, "a row was changed from outside; it is not believed");
    StoreError::Tampered { table, id: id.to_owned() }
}
