//! The authority's side of gates elsewhere: what a gate may know, and telling it that and nothing else.
//!
//! A gate's token names the APIs that it guards as its audiences, beside the issuer; it holds the scope `gate:follow`. The gate gets
//! the digests of tokens for these APIs, and of what they hang on only whether it lives. Never a token of another organisation, and
//! never one for other APIs.

pub mod feed;
pub mod leases;
pub mod records;
pub mod snapshot;
mod together;
pub mod usage;

use crate::{
    authority::Authority,
    caller::Caller,
    http::guard::{GateFollow, ManagementScope},
    problem::{Problem, ProblemCode},
};
use jeton_core::{
    api::Api,
    change::Revision,
    facts::TokenRecord,
    id::{OrganisationId, TokenId},
    limits,
    name::Audience,
};
use quick_cache::sync::Cache;
use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};
use together::ReadTogether;
use tokio::sync::Semaphore;

/// Tokens looked up at once.
const NAMED_AT_ONCE: usize = 500;

/// What a gate may know.
#[derive(Clone, Debug)]
pub struct Entitlement {
    /// Whose tokens.
    pub organisation: OrganisationId,
    /// The APIs that they are for.
    pub audiences: Vec<Audience>,
    issuer: Audience,
}

/// What the authority keeps to tell many gates the same.
pub struct Gates {
    /// Tokens that changed of late, as they were found after that.
    pub(crate) changed: Cache<Revision, Arc<feed::Found>>,
    /// Stretches of the change log that were read of late.
    read: ReadTogether,
    /// Places for snapshots: each walks through a table.
    pub(crate) snapshots: Arc<Semaphore>,
}

impl Default for Gates {
    fn default() -> Self {
        Self {
            changed: Cache::new(limits::CHANGED_REMEMBERED),
            read: ReadTogether::default(),
            snapshots: Arc::new(Semaphore::new(limits::SNAPSHOTS_AT_ONCE)),
        }
    }
}

impl Entitlement {
    /// What the bearer of a gate's token may know: as its audiences say.
    pub fn of(authority: &Authority, caller: &Caller) -> Result<Self, Problem> {
        let policy = caller.policy();
        let (issuer, audiences): (Vec<Audience>, Vec<Audience>) =
            policy.audiences.iter().cloned().partition(|audience| authority.is_management(audience));
        let (Some(issuer), false) = (issuer.into_iter().next(), audiences.is_empty()) else {
            let detail = "this token names no API that its gate would guard";
            return Err(Problem::new(ProblemCode::Conflict, detail).fixed_by(
                "issue one that names the issuer and each API as its audiences: `jeton token issue --kind svc --audience ISSUER --audience API --scope gate:follow`",
            ));
        };
        Ok(Self { organisation: caller.organisation(), audiences, issuer })
    }
    /// Whether a token may be known whole. The tokens of gates are not: their audiences say what they guard, and open nothing.
    pub fn covers(&self, record: &TokenRecord) -> bool {
        let policy = &record.policy;
        let is_gates = policy.audiences.contains(&self.issuer) && GateFollow::demand().iter().any(|scope| policy.scopes.covers(scope));
        policy.organisation == self.organisation && !is_gates && policy.audiences.iter().any(|own| self.audiences.contains(own))
    }
    /// Those of these tokens that the organisation has, looked up many at once: whoever waits for one token, or for the change log,
    /// must not wait for each of them.
    async fn named(&self, authority: &Authority, ids: impl Iterator<Item = TokenId>) -> Result<HashMap<TokenId, TokenRecord>, Problem> {
        let ids: Vec<TokenId> = ids.collect::<BTreeSet<TokenId>>().into_iter().collect();
        let mut named = HashMap::with_capacity(ids.len());
        for some in ids.chunks(NAMED_AT_ONCE) {
            let found = authority.store.tokens_named(self.organisation, some).await?;
            named.extend(found.into_iter().map(|record| (record.id, record)));
        }
        Ok(named)
    }
    /// The APIs as they are at present.
    pub fn apis(&self, authority: &Authority) -> Vec<Api> {
        let own = self.audiences.iter().filter_map(|audience| authority.gate.api(audience.as_str()));
        own.filter(|api| api.organisation == self.organisation).map(|api| Api::clone(&api)).collect()
    }
}
