//! Units of limits that a gate leases: of tokens that it may know and what these hang on, and of the APIs that it guards. What it gets is
//! counted as spent before it is told, durably, so that neither its end nor ours lets it be spent twice.

use super::{Entitlement, records};
use crate::{
    authority::Authority,
    problem::{Problem, ProblemCode},
};
use jeton_core::{
    facts::TokenRecord,
    fault::Invalid,
    id::TokenId,
    lease::{GivenBack, Lease, LeaseAsk, Measure, Payer},
    limits,
    timestamp::Timestamp,
};
use jeton_store::quota::SpentQuota;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

type Named = HashMap<TokenId, TokenRecord>;

/// What a gate asks for and gives back.
#[derive(Clone, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LeasesRequest {
    /// Units that it needs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<Object>, max_items = 512)]
    pub asks: Vec<LeaseAsk>,
    /// Units of quotas that it does not need any more. Not to be sent twice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<Object>, max_items = 512)]
    pub back: Vec<GivenBack>,
}

/// What a gate gets.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Leases {
    /// One for each question, in their order.
    #[schema(value_type = Vec<Object>)]
    pub leases: Vec<Lease>,
}

/// Takes back, and leases.
pub async fn lease(authority: &Authority, entitled: &Entitlement, request: &LeasesRequest) -> Result<Leases, Problem> {
    check(request)?;
    let named = named(authority, entitled, request).await?;
    let hanging = records::hanging(authority, entitled, request.asks.iter().filter_map(pair).collect()).await?;
    let may_lease = |ask: &LeaseAsk| match ask.payer {
        Payer::Together { api, .. } => is_apis(authority, entitled, ask, api),
        Payer::Token(token) => named.get(&token).is_some_and(|record| {
            has(record, &ask.limit) && (entitled.covers(record) || pair(ask).is_some_and(|pair| hanging.contains(&pair)))
        }),
    };
    let allowed: Vec<bool> = request.asks.iter().map(may_lease).collect();
    // Only of a token that it guards, or it would undo what others counted. What it gives back of another one that its tokens hang on
    // is lost until the quota's window ends.
    let owned = request.back.iter().map(|back| named.get(&back.token).is_some_and(|record| entitled.covers(record)));
    let asks: Vec<LeaseAsk> = request.asks.iter().zip(&allowed).filter(|(_, may)| **may).map(|(ask, _)| *ask).collect();
    let back: Vec<GivenBack> = request.back.iter().zip(owned).filter(|(_, may)| *may).map(|(back, _)| *back).collect();
    let _nobody_takes_over = authority.limits.hold().await;
    let leased = match authority.gate.lease_out(&asks) {
        Some(leased) => {
            authority.gate.take_back(&back);
            authority.store.keep_quotas(&counted(&asks, &leased)).await?;
            leased
        }
        None if authority.gate.shares_limits() => {
            let now = authority.now();
            authority.store.give_back_at(&back, now).await?;
            authority.store.lease_at(&asks, now).await?
        }
        None => {
            return Err(Problem::new(ProblemCode::Unavailable, "it is not settled yet how limits are spent here: try again in a moment"));
        }
    };
    let mut leased = leased.into_iter();
    let leases = allowed.into_iter().map(|may| if may { leased.next() } else { None }.unwrap_or_else(Lease::of_nothing)).collect();
    Ok(Leases { leases })
}

/// Checks what is not checked by types.
fn check(request: &LeasesRequest) -> Result<(), Problem> {
    let most = limits::LEASES_ASKED_MAX;
    if request.asks.len() > most || request.back.len() > most {
        return Err(Problem::field("asks", &Invalid::new(format!("must hold at most {most} limits, as `back` must"))));
    }
    request.asks.iter().try_for_each(LeaseAsk::validate).map_err(|rule| Problem::field("asks", &rule))
}

/// The tokens that the limits are of.
async fn named(authority: &Authority, entitled: &Entitlement, request: &LeasesRequest) -> Result<Named, Problem> {
    let of_token = |ask: &LeaseAsk| match ask.payer {
        Payer::Token(token) => Some(token),
        Payer::Together { .. } => None,
    };
    let asked = request.asks.iter().filter_map(of_token);
    entitled.named(authority, asked.chain(request.back.iter().map(|back| back.token))).await
}

/// A token, and the one above it whose limit is asked for.
fn pair(ask: &LeaseAsk) -> Option<(TokenId, TokenId)> {
    match ask.payer {
        Payer::Token(token) => Some((ask.below?, token)),
        Payer::Together { .. } => None,
    }
}

/// Whether a token has a limit, just as the gate says it. Where it was edited a moment ago the gate will hear of that.
fn has(record: &TokenRecord, limit: &Measure) -> bool {
    let allowances = &record.policy.allowances;
    match limit {
        Measure::Rate(rate) => allowances.rates.contains(rate),
        Measure::Quota(quota) => allowances.quotas.contains(quota),
    }
}

fn is_apis(authority: &Authority, entitled: &Entitlement, ask: &LeaseAsk, api: jeton_core::id::ApiId) -> bool {
    let Measure::Rate(rate) = ask.limit else { return false };
    let Some(api) = authority.gate.api_of(api) else { return false };
    let is_guarded = api.organisation == entitled.organisation && entitled.audiences.contains(&api.audience);
    is_guarded && api.limits.iter().chain(api.routes.iter().flat_map(|route| &route.limits)).any(|limit| limit.rate() == rate)
}

/// What the ledger has counted of the quotas that were leased of.
fn counted(asks: &[LeaseAsk], leased: &[Lease]) -> Vec<SpentQuota> {
    let spent = |(ask, lease): (&LeaseAsk, &Lease)| match (ask.limit, ask.payer, lease.window_micros) {
        (Measure::Quota(quota), Payer::Token(token), Some(window)) if lease.units > 0 => Some(SpentQuota {
            token,
            refill_seconds: quota.refill_seconds,
            began_at: Timestamp::from_micros(window),
            used: quota.requests.saturating_sub(lease.left),
        }),
        _ => None,
    };
    asks.iter().zip(leased).filter_map(spent).collect()
}
