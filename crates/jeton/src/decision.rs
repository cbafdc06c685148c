//! Looking a refusal up by the id that it was answered with.
//!
//! Tells of a refusal only whom it concerns: the organisation of its token, or of the API that was called; and a person who may not see
//! all tokens, only those of the own ones.

use crate::{
    advice,
    authority::Authority,
    caller::Caller,
    own_tokens::{self, Act},
    problem::Problem,
};
use jeton_core::id::{DecisionId, OrganisationId};
use jeton_store::usage::RefusalRow;

/// A refusal, and what to do about it.
#[derive(Debug)]
pub struct Told {
    /// The refusal.
    pub row: RefusalRow,
    /// What to do.
    pub fix: String,
}

/// The refusal of this decision, where the caller may know of it.
pub async fn find(authority: &Authority, caller: &Caller, id: DecisionId) -> Result<Told, Problem> {
    let none = || Problem::not_found("decision: only refusals are kept, and not for ever");
    let row = match authority.recorder.refusal(id) {
        Some(row) => row,
        None => authority.store.refusal(id).await?.ok_or_else(none)?,
    };
    let is_visible = if own_tokens::manages(caller, Act::Show) {
        is_of(authority, caller.organisation(), &row).await?
    } else {
        is_own(authority, caller, &row).await?
    };
    if !is_visible {
        return Err(none());
    }
    let record = match row.token {
        Some(token) => authority.store.find_token(token).await?.record,
        None => None,
    };
    let fix = advice::after(&row, record.as_ref().map(|record| &record.policy.scopes));
    Ok(Told { row, fix })
}

/// A refusal belongs to its token's organisation; one without a token to that of the API that was called.
async fn is_of(authority: &Authority, organisation: OrganisationId, row: &RefusalRow) -> Result<bool, Problem> {
    if let Some(token) = row.token {
        let found = authority.store.find_token(token).await?;
        return Ok(found.record.is_some_and(|record| record.policy.organisation == organisation));
    }
    let called = row.audience.as_deref().unwrap_or(&authority.config.issuer);
    Ok(authority.gate.api(called).is_some_and(|api| api.organisation == organisation))
}

/// A refusal of a token that speaks for the caller.
async fn is_own(authority: &Authority, caller: &Caller, row: &RefusalRow) -> Result<bool, Problem> {
    let Some(token) = row.token else { return Ok(false) };
    let found = authority.store.find_token(token).await?.record;
    Ok(found.is_some_and(|record| record.policy.organisation == caller.organisation() && record.subject.as_str() == caller.subject()))
}
