//! Tokens that a gate asks for by their ids. Another audience's tokens are answered as absent, and another organisation's.

use super::Entitlement;
use crate::{
    authority::Authority,
    problem::Problem,
    remote::wire::{Records, ToldPolicy, ToldToken, WantedToken},
};
use futures_util::future::try_join_all;
use jeton_core::{facts::TokenRecord, fault::Invalid, id::TokenId, limits};

/// Answers with those of the asked tokens that the gate may know.
pub async fn tell(authority: &Authority, entitled: &Entitlement, asked: &[WantedToken]) -> Result<Records, Problem> {
    if !(1..=limits::BATCH_MAX).contains(&asked.len()) {
        return Err(Problem::field("tokens", &Invalid::new(format!("must hold 1 to {} tokens", limits::BATCH_MAX))));
    }
    // Before the rows: what is found absent is absent at this place.
    let as_of = authority.store.head().await?;
    let found = entitled.named(authority, asked.iter().map(|wanted| wanted.id)).await?;
    let asked = asked.iter().filter_map(|wanted| Some((found.get(&wanted.id)?, wanted.below)));
    let told = try_join_all(asked.map(|(record, below)| one(authority, entitled, record, below))).await?;
    Ok(Records { as_of, tokens: told.into_iter().flatten().collect() })
}

async fn one(
    authority: &Authority,
    entitled: &Entitlement,
    record: &TokenRecord,
    below: Option<TokenId>,
) -> Result<Option<ToldToken>, Problem> {
    if entitled.covers(record) {
        return Ok(Some(ToldToken::of(record, ToldPolicy::whole(record))));
    }
    match below {
        Some(below) if hangs_on(authority, entitled, below, record).await? => Ok(Some(ToldToken::above(record, ToldPolicy::whole(record)))),
        Some(_) | None => Ok(None),
    }
}

/// Whether a token that the gate may know hangs on `above`.
pub(super) async fn hangs_on(authority: &Authority, entitled: &Entitlement, below: TokenId, above: &TokenRecord) -> Result<bool, Problem> {
    let mut at = below;
    for depth in 0..limits::DERIVATION_DEPTH_MAX {
        let Some(record) = authority.store.find_token(at).await?.record else { return Ok(false) };
        if depth == 0 && !entitled.covers(&record) {
            return Ok(false);
        }
        match record.policy.parent {
            Some(parent) if parent == above.id => return Ok(above.policy.organisation == entitled.organisation),
            Some(parent) => at = parent,
            None => return Ok(false),
        }
    }
    Ok(false)
}
