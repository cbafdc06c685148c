//! Tokens that a gate asks for by their ids. Another audience's tokens are answered as absent, and another organisation's.

use super::Entitlement;
use crate::{
    authority::Authority,
    problem::Problem,
    remote::wire::{Records, ToldPolicy, ToldToken, WantedToken},
};
use jeton_core::{fault::Invalid, id::TokenId, limits};
use std::collections::HashSet;

/// A token, and one that is said to be above it.
type Pair = (TokenId, TokenId);

/// Answers with those of the asked tokens that the gate may know.
pub async fn tell(authority: &Authority, entitled: &Entitlement, asked: &[WantedToken]) -> Result<Records, Problem> {
    if !(1..=limits::BATCH_MAX).contains(&asked.len()) {
        return Err(Problem::field("tokens", &Invalid::new(format!("must hold 1 to {} tokens", limits::BATCH_MAX))));
    }
    // Before the rows: what is found absent is absent at this place.
    let as_of = authority.store.head().await?;
    let found = entitled.named(authority, asked.iter().map(|wanted| wanted.id)).await?;
    let is_above = |wanted: &WantedToken| found.get(&wanted.id).is_some_and(|record| !entitled.covers(record));
    let pairs = asked.iter().filter(|wanted| is_above(wanted)).filter_map(|wanted| Some((wanted.below?, wanted.id)));
    let hanging = hanging(authority, entitled, pairs.collect()).await?;
    let told = asked.iter().filter_map(|wanted| {
        let (record, hangs) = (found.get(&wanted.id)?, wanted.below.is_some_and(|below| hanging.contains(&(below, wanted.id))));
        match (entitled.covers(record), hangs) {
            (true, _) => Some(ToldToken::of(record, ToldPolicy::whole(record))),
            (false, true) => Some(ToldToken::above(record, ToldPolicy::whole(record))),
            (false, false) => None,
        }
    });
    Ok(Records { as_of, tokens: told.collect() })
}

/// The pairs whose lower token is one that the gate may know and does hang on the upper one. All are walked up together, so that many
/// cost no more look-ups than the deepest.
pub(super) async fn hanging(authority: &Authority, entitled: &Entitlement, pairs: Vec<Pair>) -> Result<HashSet<Pair>, Problem> {
    let mut hanging = HashSet::new();
    let mut walks: Vec<(Pair, TokenId)> = pairs.into_iter().map(|pair| (pair, pair.0)).collect();
    for depth in 0..limits::DERIVATION_DEPTH_MAX {
        let found = entitled.named(authority, walks.iter().map(|(_, at)| *at)).await?;
        walks.retain_mut(|(pair, at)| {
            let Some(record) = found.get(at).filter(|record| depth > 0 || entitled.covers(record)) else { return false };
            let Some(parent) = record.policy.parent else { return false };
            if parent == pair.1 {
                hanging.insert(*pair);
                return false;
            }
            *at = parent;
            true
        });
    }
    Ok(hanging)
}
