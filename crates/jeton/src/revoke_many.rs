//! Revoking every token that fits a search: looked at first, then done in the background, a bounded batch in each transaction, while
//! whoever asked can see how far it is.
//!
//! Never revokes a token that was issued after it began, nor the one that asks. A run is a row: what one process began another goes on
//! with.

mod cut;
mod preview;
mod work;

pub use cut::{as_cut, cut};
pub use preview::{Extent, Preview, preview};
pub use work::work_until;

use crate::{
    authority::{Authority, Shared},
    caller::Caller,
    json::Object,
    problem::{Problem, ProblemCode},
    token_search::TokenQuery,
    transition,
};
use jeton_core::{cut::Cut, facts::TokenState, fault::Invalid, id::RequestId, limits, timestamp::Timestamp};
use jeton_store::{
    StoreError,
    page::PageRequest,
    revocation_run::{NewRun, RevocationRun},
    token::TokenFilter,
};
use serde::Deserialize;
use std::time::Duration;

/// How often a run is looked at that is waited for.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// Tokens to be revoked together.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RevokeManyRequest {
    /// Which ones: the parameters of `GET /v1/tokens`, at least one.
    #[schema(value_type = Object)]
    pub filter: Object<TokenQuery>,
    /// Only count them.
    #[serde(default)]
    pub dry_run: bool,
    /// How many were counted: where there are others by now, nothing is revoked.
    #[schema(minimum = 0)]
    pub expected: Option<u64>,
    /// Why, as a word such as `leaked`, `unused` or `owner_left`.
    #[schema(min_length = 1, max_length = 64, pattern = "^[a-z][a-z0-9_]{0,63}$")]
    pub reason: Option<String>,
    /// More words on that, for people.
    #[schema(max_length = 500)]
    pub comment: Option<String>,
}

/// Why tokens are revoked.
#[derive(Clone, Debug, Default)]
pub struct Why {
    /// A word such as `leaked`.
    pub reason: Option<String>,
    /// More words.
    pub comment: Option<String>,
}

/// What narrows a search that many tokens are revoked by.
fn narrowed(query: &TokenQuery, now: Timestamp) -> Result<TokenFilter, Problem> {
    if query.cursor.is_some() || query.limit.is_some() {
        return Err(Problem::field("filter", &Invalid::new("must not name a page: all that fits is meant")));
    }
    if query.is_empty() {
        return Err(Problem::field("filter", &Invalid::new("must narrow the tokens down by something")));
    }
    let filter = query.filter(now).map_err(|problem| {
        let rule = format!("must be a search that `GET /v1/tokens` takes: {}", problem.detail());
        Problem::field("filter", &Invalid::new(rule))
    })?;
    Ok(TokenFilter { state_not: Some(TokenState::Revoked), ..filter })
}

/// The same for a run that began at an instant: what is issued from then on is left alone.
fn filter_at(query: &TokenQuery, began_at: Timestamp) -> Result<TokenFilter, Problem> {
    Ok(TokenFilter { issued_until: Some(began_at), ..narrowed(query, began_at)? })
}

/// How many tokens fit, which must be as many as were counted before.
async fn expect(authority: &Shared, caller: &Caller, filter: &TokenFilter, expected: Option<u64>) -> Result<u64, Problem> {
    let found = authority.store.count_fitting_tokens(caller.organisation(), filter).await?.0;
    match expected {
        Some(expected) if expected != found => {
            Err(Problem::new(ProblemCode::Conflict, format!("{found} tokens fit by now, not {expected}")).at("expected"))
        }
        _ => Ok(found),
    }
}

/// Begins to revoke what fits. The same search that is under way already is not begun a second time.
pub async fn begin(
    authority: &Shared,
    caller: &Caller,
    query: &TokenQuery,
    expected: Option<u64>,
    why: Why,
) -> Result<RevocationRun, Problem> {
    transition::reason(why.reason.as_deref())?;
    transition::comment(why.comment.as_deref(), "comment")?;
    let (organisation, search, now) = (caller.organisation(), query.to_query(), authority.now());
    let filter = filter_at(query, now)?;
    if let Some(run) = authority.store.revocation_run_under_way(organisation, &search).await? {
        return Ok(run);
    }
    let found = expect(authority, caller, &filter, expected).await?;
    let Why { reason, comment } = why;
    let new = NewRun { id: caller.request, organisation, search, found, spared: caller.token_id(), reason, comment };
    let run = authority.store.begin_revocation_run(new, caller.actor(now)).await.map_err(|error| match error {
        StoreError::Conflict(words) => Problem::new(ProblemCode::Conflict, words).fixed_by("wait until one of the runs is through"),
        other => other.into(),
    })?;
    authority.revoking.notify_one();
    Ok(run)
}

/// How far a run is.
pub async fn show(authority: &Authority, caller: &Caller, id: RequestId) -> Result<RevocationRun, Problem> {
    Ok(authority.store.show_revocation_run(caller.organisation(), id).await?)
}

/// The same once it is through, or when a moment is over.
pub async fn awaited(authority: &Authority, caller: &Caller, id: RequestId) -> Result<RevocationRun, Problem> {
    let through = async {
        loop {
            let run = show(authority, caller, id).await?;
            if !run.is_running() {
                return Ok(run);
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    };
    match tokio::time::timeout(limits::REVOCATION_RUN_PATIENCE.into(), through).await {
        Ok(run) => run,
        Err(_) => show(authority, caller, id).await,
    }
}

/// The newest runs of the caller's organisation, and the newest cuts.
pub async fn newest(authority: &Authority, caller: &Caller) -> Result<(Vec<RevocationRun>, Vec<Cut>), Problem> {
    let page = PageRequest { after: None, limit: limits::REVOCATION_RUNS_SHOWN };
    let (owner, store) = (caller.organisation(), &authority.store);
    Ok((store.newest_revocation_runs(owner, limits::REVOCATION_RUNS_SHOWN).await?, store.list_cuts(owner, &page).await?.items))
}
