//! What of a journal is over: a secret of a token that was replaced again since, or whose token is revoked. A refresh family is rotated at
//! each refresh, and only the last of that must never be undone.
//!
//! Never touches what may yet turn out not to have taken place, and gives no batch another number.

use super::{Batch, read::numbers};
use crate::outside::Entry;
use jeton_core::{id::TokenId, timestamp::Timestamp};
use std::collections::{BTreeSet, HashMap};

/// These batches, of which `dropped` came before, without what is over since before `settled`.
pub(super) fn thin(dropped: u64, mut batches: Vec<Batch>, settled: Timestamp) -> Vec<Batch> {
    let void: BTreeSet<u64> = batches.iter().flat_map(|batch| batch.voids.iter().copied()).collect();
    let standing: Vec<bool> = numbers(dropped, &batches).map(|number| !void.contains(&number)).collect();
    let mut newest: HashMap<TokenId, (usize, usize)> = HashMap::new();
    for (at, (batch, _)) in batches.iter().zip(&standing).enumerate().filter(|(_, (_, standing))| **standing) {
        for (place, entry) in batch.entries.iter().enumerate().filter(|(_, entry)| entry.at() < settled) {
            if let Some(token) = ends_secrets(entry) {
                newest.insert(token, (at, place));
            }
        }
    }
    for (at, batch) in batches.iter_mut().enumerate().filter(|(at, _)| standing.get(*at) == Some(&true)) {
        let mut place = 0;
        batch.entries.retain(|entry| {
            let own = (at, place);
            place += 1;
            let Entry::Rotated { token, .. } = entry else { return true };
            newest.get(token).is_none_or(|newest| own >= *newest)
        });
    }
    without_empty(batches)
}

/// The token whose secrets of before are over by this.
const fn ends_secrets(entry: &Entry) -> Option<TokenId> {
    match entry {
        Entry::Revoked { token, .. } | Entry::Rotated { token, .. } => Some(*token),
        _ => None,
    }
}

/// Leaves empty batches out, but for the last: the next one says how many they were.
fn without_empty(batches: Vec<Batch>) -> Vec<Batch> {
    let last = batches.len().saturating_sub(1);
    let mut kept = Vec::new();
    let mut left_out = 0;
    for (at, mut batch) in batches.into_iter().enumerate() {
        batch.left_out += left_out;
        if batch.entries.is_empty() && batch.voids.is_empty() && at < last {
            left_out = batch.left_out + 1;
        } else {
            left_out = 0;
            kept.push(batch);
        }
    }
    kept
}
