//! Everything about one token for whoever may look at it: what it may do in one sentence, how it was used, who still uses its old
//! secret, why it was refused, what it came from and what came from it, and what was done to it.
//!
//! Reads only; bounded by the limits of what is kept of each token.

use crate::{authority::Authority, problem::Problem, recorder};
use jeton_core::{
    api::Api,
    id::TokenId,
    limits, plain_words,
    policy::Policy,
    scope::{Scope, ScopeSet},
    timestamp::{Span, Timestamp},
};
use jeton_store::{
    audit::AuditEvent,
    page::PageRequest,
    token::{TokenDetail, TokenFilter},
    usage::{GroupBy, RefusalRow, UsageSum},
};
use std::{collections::BTreeSet, sync::Arc};

/// Children that are shown.
const CHILDREN: usize = 20;
/// Events that are shown.
const EVENTS: usize = 50;
/// Refusals that are shown.
const REFUSALS: usize = 20;

/// What is known of a token.
#[derive(Debug)]
pub struct TokenReport {
    /// The token, its last use as new as this process knows it.
    pub detail: TokenDetail,
    /// What it may do.
    pub sentence: String,
    /// Its APIs, as far as they are known here.
    pub apis: Vec<Arc<Api>>,
    /// From when on its use is summed up.
    pub since: Timestamp,
    /// Its use by the hour.
    pub hours: Vec<UsageSum>,
    /// By outcome.
    pub outcomes: Vec<UsageSum>,
    /// By route.
    pub routes: Vec<UsageSum>,
    /// By the caller's network.
    pub networks: Vec<UsageSum>,
    /// Its old secret, while a rotation overlaps.
    pub old_secret: Option<OldSecret>,
    /// The newest refusals.
    pub refusals: Vec<RefusalRow>,
    /// What it was derived from, the nearest first.
    pub ancestors: Vec<TokenDetail>,
    /// What was derived from it, the newest first.
    pub children: Vec<TokenDetail>,
    /// What was done to it, the newest first.
    pub history: Vec<AuditEvent>,
    /// Scopes that no use needed, where use can tell.
    pub unused: Vec<Scope>,
}

/// The secret before the last rotation, while it still works.
#[derive(Debug)]
pub struct OldSecret {
    /// Until when at most.
    pub until: Timestamp,
    /// The silence that ends it before that.
    pub quiet: Option<Span>,
    /// When it was used last since the rotation.
    pub used_at: Option<Timestamp>,
    /// From where.
    pub used_from: Option<String>,
    /// By whom since the rotation, by network.
    pub users: Vec<UsageSum>,
}

/// What is known of a token, its use since an instant.
pub async fn of(authority: &Authority, mut detail: TokenDetail, since: Timestamp) -> Result<TokenReport, Problem> {
    refresh(authority, &mut detail);
    let (store, now, id) = (&authority.store, authority.now(), detail.record.id);
    let apis = apis_of(authority, &detail.record.policy);
    let sums = async |by| store.usage_of(id, since, now.plus(Span::from_hours(1)), by).await;
    let routes = sums(GroupBy::Route).await?;
    let filter = TokenFilter { parent: Some(id), ..TokenFilter::default() };
    let page = PageRequest { after: None, limit: CHILDREN };
    let organisation = detail.record.policy.organisation;
    Ok(TokenReport {
        sentence: sentence(authority, &detail),
        hours: sums(GroupBy::Hour).await?,
        outcomes: sums(GroupBy::Outcome).await?,
        networks: sums(GroupBy::Network).await?,
        unused: unused(&detail.record.policy, &apis, &routes),
        old_secret: old_secret(authority, &detail, now).await?,
        refusals: refusals(authority, id).await?,
        ancestors: ancestors(authority, &detail).await?,
        children: store.list_tokens(organisation, &filter, &page).await?.items,
        history: store.audit_events_of(organisation, id.digits(), EVENTS).await?,
        routes,
        apis,
        since,
        detail,
    })
}

/// What a token may do, in one sentence.
pub fn sentence(authority: &Authority, detail: &TokenDetail) -> String {
    let record = &detail.record;
    sentence_of(authority, &record.policy, record.not_before, record.expires_at)
}

/// The same for a token that is not issued yet.
pub fn sentence_of(authority: &Authority, policy: &Policy, not_before: Option<Timestamp>, expires_at: Option<Timestamp>) -> String {
    let apis = apis_of(authority, policy);
    let apis: Vec<&Api> = apis.iter().map(AsRef::as_ref).collect();
    plain_words::sentence(policy, not_before, expires_at, &apis)
}

fn apis_of(authority: &Authority, policy: &Policy) -> Vec<Arc<Api>> {
    policy.audiences.iter().filter_map(|audience| authority.gate.api(audience.as_str())).collect()
}

/// Puts a newer last use in that the store does not have yet.
pub fn refresh(authority: &Authority, detail: &mut TokenDetail) {
    let recent = authority.recorder.last_use(detail.record.id);
    detail.last_use = recorder::newest(detail.last_use.take().into_iter().chain(recent));
}

/// The newest refusals of a token, those that are not written yet included.
pub async fn refusals(authority: &Authority, id: TokenId) -> Result<Vec<RefusalRow>, Problem> {
    let mut rows = authority.store.refusals_of(id, REFUSALS).await?;
    let recent = authority.recorder.refusals_of(id);
    rows.retain(|row| !recent.iter().any(|newer| newer.decision == row.decision));
    Ok(recent.into_iter().chain(rows).take(REFUSALS).collect())
}

async fn old_secret(authority: &Authority, detail: &TokenDetail, now: Timestamp) -> Result<Option<OldSecret>, Problem> {
    let Some((_, until)) = detail.record.secrets.previous.filter(|(_, until)| now < *until) else { return Ok(None) };
    let events = authority.store.audit_events_of(detail.record.policy.organisation, detail.record.id.digits(), EVENTS).await?;
    // The rotation that it was replaced by; whoever used it before that used it rightly.
    let began_at = events.iter().find(|event| event.action == "token.rotate").map_or(detail.changed_at, |event| event.at);
    let users = authority.store.previous_secret_uses(detail.record.id, began_at).await?;
    let last = detail.last_use.as_ref();
    Ok(Some(OldSecret {
        until,
        quiet: detail.quiet_seconds.map(Span::from_seconds),
        used_at: last.and_then(|last| last.previous_secret_at).filter(|at| *at >= began_at),
        used_from: last.and_then(|last| last.previous_secret_ip.clone()),
        users,
    }))
}

async fn ancestors(authority: &Authority, detail: &TokenDetail) -> Result<Vec<TokenDetail>, Problem> {
    let mut line = Vec::new();
    let mut next = detail.record.policy.parent;
    while let Some(parent) = next.filter(|_| line.len() < limits::DERIVATION_DEPTH_MAX) {
        let found = match authority.store.show_token(detail.record.policy.organisation, parent).await {
            Err(jeton_store::StoreError::NotFound(_)) => break,
            found => found?,
        };
        next = found.record.policy.parent;
        line.push(found);
    }
    Ok(line)
}

/// Granted scopes that no permitted call needed. Says nothing of an API without routes, of a token that was not used, and of wildcards
/// of which a part was used.
fn unused(policy: &Policy, apis: &[Arc<Api>], routes: &[UsageSum]) -> Vec<Scope> {
    let used: BTreeSet<&str> = routes.iter().filter(|sum| sum.permitted > 0).map(|sum| sum.key.as_str()).collect();
    let is_declared = |key: &str| apis.iter().any(|api| api.routes.iter().any(|own| own.route.to_string() == key));
    // A gate may count under names of its own, and what it called then cannot be told.
    if used.is_empty() || !used.iter().all(|key| is_declared(key)) {
        return Vec::new();
    }
    let demanded = |api: &Arc<Api>| {
        let called = api.routes.iter().filter(|own| used.contains(own.route.to_string().as_str()));
        called.flat_map(|own| own.scopes.iter().cloned()).collect::<Vec<_>>()
    };
    let needed = ScopeSet::from_scopes(apis.iter().flat_map(demanded).collect());
    policy.scopes.iter().filter(|own| !needed.iter().any(|scope| own.covers(scope))).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jeton_core::{
        allowance::Allowances,
        api::{ApiRoute, ApiScope},
        id::{ApiId, OrganisationId},
        kind::{TokenFormat, TokenKind},
        name::{Audience, Name},
        network::Networks,
        route::Route,
    };

    fn set(text: &str) -> ScopeSet {
        ScopeSet::parse_spaced(text).expect("scopes")
    }

    #[test]
    fn what_was_granted_is_compared_with_what_was_used() {
        let organisation = OrganisationId::from_random([1; 16]);
        let audience = Audience::parse("https://orders.example.com").expect("an audience");
        let route = |text: &str, scopes: &str| ApiRoute::new(Route::parse(text).expect("a route"), set(scopes));
        let scope = |text: &str| ApiScope {
            scope: Scope::parse(text).expect("a scope"),
            description: String::new(),
            public: false,
            sensitive: false,
        };
        let mut api = Api {
            id: ApiId::from_random([1; 16]),
            organisation,
            audience: audience.clone(),
            name: Name::parse("Orders").expect("a name"),
            scopes: ["a:read", "a:write", "b"].map(scope).to_vec(),
            routes: vec![route("GET /a", "a:read"), route("POST /a", "a:write"), route("GET /b", "b")],
            token_format: TokenFormat::Opaque,
            access_token_seconds: None,
            access_token_seconds_by_grant: jeton_core::oauth::grant_lives::LivesByGrant::default(),
            limits: Vec::new(),
            max_staleness_ms: None,
            serve_stale_seconds: None,
        };
        let policy = |scopes: &str| Policy {
            organisation,
            project: None,
            kind: TokenKind::Pat,
            format: TokenFormat::Opaque,
            client_id: None,
            parent: None,
            binding: None,
            exchanged: false,
            signed_by: None,
            authentication: None,
            audiences: vec![audience.clone()],
            scopes: set(scopes),
            networks: Networks::default(),
            routes: Vec::new(),
            allowances: Allowances::default(),
        };
        let use_of = |key: &str, permitted| UsageSum { key: key.to_owned(), count: 9, permitted, last_hour: Timestamp::default() };
        let told = |api: &Api, scopes: &str, used: &[UsageSum]| {
            ScopeSet::from_scopes(unused(&policy(scopes), &[Arc::new(api.clone())], used)).to_spaced()
        };
        assert_eq!(told(&api, "a:read a:write b", &[use_of("GET /a", 3), use_of("GET /b", 0)]), "a:write b", "a refusal is no use");
        assert_eq!(told(&api, "a:* b", &[use_of("GET /a", 3)]), "b", "a wildcard is used where a part of it is");
        assert_eq!(told(&api, "a:read b", &[use_of("GET /a", 3), use_of("/elsewhere/**", 3)]), "", "what is unknown may have needed it");
        assert_eq!(told(&api, "a:read b", &[]), "", "a token that was not used tells nothing");
        api.routes.clear();
        assert_eq!(told(&api, "a:read b", &[use_of("-", 3)]), "", "nor does an API without routes");
    }
}
