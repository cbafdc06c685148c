//! Whether a batch of the journal came true: it is written before its commit, and the commit may have failed or may never have
//! been heard of.
//!
//! In doubt it counts as true: then a row that lacks it is refused, and nothing passes that should not.

use super::{hex, journal::Batch};
use crate::{audit, fault::Fault, link::Link, marks::Marks, writer::Heads};

/// Whether the commit that `batch` was written for took place. `heads` are those of a transaction that holds the lock.
pub(crate) async fn took_place(link: &mut Link<'_>, marks: &Marks, heads: &Heads, batch: &Batch) -> Result<bool, Fault> {
    let Some((sequence, expected)) = &batch.audit else { return Ok(true) };
    if heads.audit_sequence < *sequence {
        return Ok(false);
    }
    if heads.audit_sequence == *sequence {
        return Ok(hex(&heads.audit_link) == *expected);
    }
    // Others have written since: which event stands at this place tells, and only one that follows on the chain is believed.
    let another = audit::proved_link(link, marks, *sequence).await?.is_some_and(|found| hex(&found) != *expected);
    Ok(!another)
}
