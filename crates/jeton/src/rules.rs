//! What an organisation lays down for its tokens and apps: shown, tried before it is laid down, laid down, and kept to wherever a token
//! is issued or an app registered.
//!
//! Changes nothing about tokens that are there: they stay as they are, and whoever lays down a rule is told how many would break it.

mod memory;
mod preview;

pub use memory::RulesMemory;
pub use preview::{Breaking, preview};

use crate::{
    authority::Authority,
    caller::Caller,
    http::condition,
    json::Object,
    problem::{Problem, ProblemCode},
};
use jeton_core::{
    fault::Invalid,
    id::{OrganisationId, UserId},
    kind::TokenKind,
    policy::Policy,
    role::Role,
    scope::{Scope, ScopeSet},
    timestamp::{Span, Timestamp},
    token_rules::{AppRules, BrokenRule, KindRule, RoleRule, TokenRules},
};
use jeton_store::{StoreError, rules::StoredRules};
use serde::Deserialize;
use std::{collections::BTreeMap, sync::Arc};

/// Rules to be laid down, whole: what is absent is laid down no more.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetPolicyRequest {
    /// The version that was read, where no `If-Match` says it; 0 where nothing was ever laid down.
    #[schema(minimum = 0)]
    pub version: Option<i64>,
    /// By kind of token: `{"pat": {"longest_seconds", "must_end", "must_name_networks"}}`.
    #[schema(value_type = Option<Object>, nullable = false)]
    pub kinds: Option<Object<BTreeMap<TokenKind, KindRule>>>,
    /// By role: `{"developer": {"issues_tokens", "registers_apps", "sensitive_scopes", "refused_scopes", "second_factor"}}`.
    #[schema(value_type = Option<Object>, nullable = false)]
    pub roles: Option<Object<BTreeMap<Role, RoleRule>>>,
    /// For apps: `{"approved_at_once", "approvers_approve"}`.
    #[schema(value_type = Option<Object>, nullable = false)]
    pub apps: Option<Object<AppRules>>,
}

impl SetPolicyRequest {
    /// The rules that are asked for, if they make sense.
    pub fn rules(self) -> Result<TokenRules, Problem> {
        if self.version.is_some_and(|version| version < 0) {
            return Err(Problem::field("version", &Invalid::new("must be the version that was read")));
        }
        let rules = TokenRules {
            kinds: self.kinds.map(|Object(kinds)| kinds).unwrap_or_default(),
            roles: self.roles.map(|Object(roles)| roles).unwrap_or_default(),
            apps: self.apps.map(|Object(apps)| apps).unwrap_or_default(),
        };
        rules.validate().map_err(|(field, rule)| Problem::field(&field, &rule))?;
        Ok(rules)
    }
}

/// What is laid down.
pub async fn show(authority: &Authority, caller: &Caller) -> Result<StoredRules, Problem> {
    Ok(authority.store.rules(caller.organisation()).await?)
}

/// Lays down other rules where those at `version` still hold.
pub async fn set(authority: &Authority, caller: &Caller, version: i64, rules: TokenRules) -> Result<StoredRules, Problem> {
    let organisation = caller.organisation();
    rules.validate().map_err(|(field, rule)| Problem::field(&field, &rule))?;
    let outcome = authority.store.set_rules(organisation, version, rules, caller.actor(authority.now())).await;
    authority.rules.forget(organisation);
    outcome.map_err(|error| match error {
        StoreError::Outdated { found } => condition::outdated(found),
        other => other.into(),
    })
}

/// The rules of the caller's organisation, as new as a second ago.
pub async fn of(authority: &Authority, caller: &Caller) -> Result<Arc<TokenRules>, Problem> {
    Ok(of_organisation(authority, caller.organisation()).await?)
}

/// The rules of an organisation, as new as a second ago.
pub async fn of_organisation(authority: &Authority, organisation: OrganisationId) -> Result<Arc<TokenRules>, StoreError> {
    if let Some(rules) = authority.rules.recall(organisation) {
        return Ok(rules);
    }
    let rules = Arc::new(authority.store.rules(organisation).await?.rules);
    authority.rules.keep(organisation, Arc::clone(&rules));
    Ok(rules)
}

/// Checks what a token of a kind would be against the rules: how long it would live, from where it would be used, and what whoever asks
/// may put into it.
pub async fn check_token(
    authority: &Authority,
    caller: &Caller,
    kind: TokenKind,
    policy: &Policy,
    life: Option<Span>,
) -> Result<(), Problem> {
    let rules = of(authority, caller).await?;
    rules.check_life(kind, life).map_err(|broken| refused(&broken))?;
    rules.check_networks(kind, &policy.networks).map_err(|broken| refused(&broken))?;
    check_scopes(authority, caller, &rules, policy, &policy.scopes).await
}

/// Checks a token that is there and would get another secret, or a child.
pub async fn check_again(
    authority: &Authority,
    caller: &Caller,
    policy: &Policy,
    expires_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), Problem> {
    let rules = of(authority, caller).await?;
    let fixed = |broken: BrokenRule| refused(&broken).fixed_by("edit the token so that it keeps to the policy, then try again");
    rules.check_life(policy.kind, expires_at.map(|end| end.since(now))).map_err(fixed)?;
    rules.check_networks(policy.kind, &policy.networks).map_err(fixed)
}

/// Checks what an edit of a token changes; what it leaves stays as it is.
pub async fn check_edit(
    authority: &Authority,
    caller: &Caller,
    before: &Policy,
    after: &Policy,
    life: Option<Option<Span>>,
) -> Result<(), Problem> {
    let rules = of(authority, caller).await?;
    if let Some(life) = life {
        rules.check_life(after.kind, life).map_err(|broken| refused(&broken))?;
    }
    if after.networks != before.networks {
        rules.check_networks(after.kind, &after.networks).map_err(|broken| refused(&broken))?;
    }
    let added = after.scopes.iter().filter(|scope| !before.scopes.covers(scope)).cloned().collect();
    check_scopes(authority, caller, &rules, after, &ScopeSet::from_scopes(added)).await
}

/// Checks that whoever asks may put scopes into a token. Who he is matters only where something is laid down or wanted that does.
async fn check_scopes(
    authority: &Authority,
    caller: &Caller,
    rules: &TokenRules,
    policy: &Policy,
    scopes: &ScopeSet,
) -> Result<(), Problem> {
    let sensitive = sensitive_in(authority, policy);
    if rules.roles.is_empty() && !scopes.iter().any(&sensitive) {
        return Ok(());
    }
    let Some(role) = role_of(authority, caller).await? else { return Ok(()) };
    rules.check_issuer(role).map_err(|broken| refused(&broken))?;
    rules.check_scopes(role, scopes, sensitive).map_err(|broken| refused(&broken))
}

/// Whether a scope covers one that is sensitive to an API which a token is for.
fn sensitive_in(authority: &Authority, policy: &Policy) -> impl Fn(&Scope) -> bool + use<> {
    let apis: Vec<_> = policy.audiences.iter().filter_map(|audience| authority.gate.api(audience.as_str())).collect();
    move |scope| apis.iter().flat_map(|api| &api.scopes).any(|own| own.sensitive && scope.covers(&own.scope))
}

/// Checks that whoever asks may register apps.
pub async fn check_registrar(authority: &Authority, caller: &Caller) -> Result<(), Problem> {
    let rules = of(authority, caller).await?;
    if rules.roles.is_empty() {
        return Ok(());
    }
    match role_of(authority, caller).await? {
        Some(role) => rules.check_registrar(role).map_err(|broken| refused(&broken)),
        None => Ok(()),
    }
}

/// Checks that whoever asks may approve or reject apps.
pub async fn check_approver(authority: &Authority, caller: &Caller) -> Result<(), Problem> {
    let rules = of(authority, caller).await?;
    if rules.apps.approvers_approve {
        return Ok(());
    }
    match role_of(authority, caller).await? {
        Some(role) => rules.check_approver(role).map_err(|broken| refused(&broken)),
        None => Ok(()),
    }
}

/// Whether an app of the organisation's own that wants these scopes is approved as it is registered.
pub async fn approves_at_once(authority: &Authority, caller: &Caller, scopes: &ScopeSet) -> Result<bool, Problem> {
    let rules = of(authority, caller).await?;
    Ok(would_approve(authority, caller.organisation(), &rules, scopes))
}

/// Whether rules would approve an app that wants these scopes as it is registered.
fn would_approve(authority: &Authority, organisation: OrganisationId, rules: &TokenRules, scopes: &ScopeSet) -> bool {
    let apis = authority.gate.apis_of(organisation);
    let public = |scope: &Scope| {
        let mut knowing = apis.iter().filter(|api| api.knows(scope)).peekable();
        knowing.peek().is_some() && knowing.all(|api| api.is_public(scope))
    };
    let sensitive = |scope: &Scope| apis.iter().flat_map(|api| &api.scopes).any(|own| own.sensitive && scope.covers(&own.scope));
    rules.apps.approves_at_once(scopes, public, sensitive)
}

/// The role of the person who asks; `None` where it is no person.
async fn role_of(authority: &Authority, caller: &Caller) -> Result<Option<Role>, Problem> {
    let Ok(id) = UserId::parse(caller.subject()) else { return Ok(None) };
    match authority.store.show_user(caller.organisation(), id).await {
        Ok(user) => Ok(Some(user.role)),
        // An account that is gone is nobody's who may do more than the least.
        Err(StoreError::NotFound(_)) => Ok(Some(Role::Auditor)),
        Err(error) => Err(error.into()),
    }
}

/// A broken rule as it is told.
pub fn refused(broken: &BrokenRule) -> Problem {
    let problem = Problem::new(ProblemCode::AgainstPolicy, broken.to_string());
    match broken.field() {
        Some(field) => problem.at(field),
        None => problem,
    }
}
