//! Revoking every token that fits a search: looked at first, then done in the background, a bounded batch in each transaction, while
//! whoever asked can see how far it is.
//!
//! Never revokes a token that was issued after it began, nor the one that asks. Begun again it finds only what is left, so that
//! a program that was killed in between costs nothing but asking again.

mod preview;
mod run;

pub use preview::{Preview, preview};
pub use run::{Run, RunState, Runs};

use crate::{
    authority::Shared,
    caller::Caller,
    json::Object,
    problem::{Problem, ProblemCode},
    token_search::TokenQuery,
    transition,
};
use jeton_core::{facts::TokenState, fault::Invalid, id::RequestId};
use jeton_store::token::{TokenFilter, Transition};
use run::Progress;
use serde::Deserialize;
use std::sync::Arc;

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
fn narrowed(authority: &Shared, query: &TokenQuery) -> Result<TokenFilter, Problem> {
    if query.cursor.is_some() || query.limit.is_some() {
        return Err(Problem::field("filter", &Invalid::new("must not name a page: all that fits is meant")));
    }
    if query.is_empty() {
        return Err(Problem::field("filter", &Invalid::new("must narrow the tokens down by something")));
    }
    let mut filter = query.filter(authority.now()).map_err(|problem| {
        let rule = format!("must be a search that `GET /v1/tokens` takes: {}", problem.detail());
        Problem::field("filter", &Invalid::new(rule))
    })?;
    filter.state_not = Some(TokenState::Revoked);
    Ok(filter)
}

/// Begins to revoke what fits. The same search that is under way already is not begun a second time.
pub async fn begin(authority: &Shared, caller: &Caller, query: &TokenQuery, expected: Option<u64>, why: Why) -> Result<Arc<Run>, Problem> {
    transition::reason(why.reason.as_deref())?;
    transition::comment(why.comment.as_deref(), "comment")?;
    let organisation = caller.organisation();
    let search = query.to_query();
    if let Some(run) = authority.revoking.under_way(organisation, &search) {
        return Ok(run);
    }
    let now = authority.now();
    let filter = TokenFilter { issued_until: Some(now), ..narrowed(authority, query)? };
    let counted = authority.store.sum_tokens(organisation, &filter, now).await?;
    if expected.is_some_and(|expected| expected != counted.count) {
        let words = format!("{} tokens fit by now, not {}", counted.count, expected.unwrap_or_default());
        return Err(Problem::new(ProblemCode::Conflict, words).at("expected"));
    }
    let run = Run::new(caller.request, organisation, search, counted.count, now);
    let run = authority.revoking.keep(run).ok_or_else(|| {
        Problem::new(ProblemCode::Conflict, "too many tokens are being revoked at present")
            .fixed_by("wait until one of the runs is through")
    })?;
    let work = Work {
        authority: Arc::clone(authority),
        run: Arc::clone(&run),
        filter,
        transition: Transition { to: TokenState::Revoked, reason: why.reason, comment: why.comment },
        caller: caller.clone(),
    };
    tokio::spawn(work.go());
    Ok(run)
}

/// How far a run is.
pub fn show(authority: &Shared, caller: &Caller, id: RequestId) -> Result<Arc<Run>, Problem> {
    authority.revoking.find(caller.organisation(), id).ok_or_else(|| Problem::not_found("run"))
}

/// A run that is under way.
struct Work {
    authority: Shared,
    run: Arc<Run>,
    filter: TokenFilter,
    transition: Transition,
    caller: Caller,
}

impl Work {
    async fn go(self) {
        let mut after = None;
        loop {
            if self.authority.stopping.is_cancelled() {
                return self
                    .run
                    .end(RunState::Failed("the program was told to stop: begin again to go on".to_owned()), self.authority.now());
            }
            let actor = self.caller.actor(self.authority.now());
            let (filter, transition) = (&self.filter, self.transition.clone());
            let batch = self.authority.store.revoke_tokens(self.run.organisation, filter, self.caller.token_id(), after, transition, actor);
            match batch.await {
                Ok(done) => {
                    self.run.step(Progress { revoked: done.revoked, revision: done.revision });
                    after = done.next;
                }
                Err(error) => {
                    tracing::warn!(%error, run = %self.run.id, "revoking many tokens broke off");
                    return self.run.end(RunState::Failed(Problem::from(error).detail().to_owned()), self.authority.now());
                }
            }
            if after.is_none() {
                return self.run.end(RunState::Done, self.authority.now());
            }
        }
    }
}
