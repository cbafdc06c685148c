//! Tokens that may do far more than they do: the scopes that their routes demand, against those that they hold. Looks only at tokens
//! all of whose calls fell under routes that their APIs declare; of the others nobody can say what they needed.

use crate::authority::Authority;
use jeton_core::{
    api::Api,
    id::{OrganisationId, TokenId},
    limits,
    policy::Policy,
    scope::{Scope, ScopeSet},
    timestamp::{Span, Timestamp},
};
use jeton_store::{StoreError, overview::TokenInUse};
use std::{collections::BTreeSet, sync::Arc};

/// The use that is looked at.
const LOOKED_AT: Span = Span::from_days(30);
/// A token that holds fewer scopes than this is narrow enough.
const FEW: usize = 4;

/// A token that does little of what it may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NarrowUse {
    /// The token.
    pub token: TokenId,
    /// How many scopes it holds, wildcards counted as what they cover.
    pub granted: usize,
    /// How many its calls needed.
    pub used: usize,
}

/// The tokens of an organisation that need less than half of what they hold, among those used last.
pub(super) async fn find_at(authority: &Authority, owner: OrganisationId, now: Timestamp) -> Result<Vec<NarrowUse>, StoreError> {
    let since = now.minus(LOOKED_AT);
    let apis = authority.gate.apis_of(owner);
    let in_use = authority.store.tokens_in_use(owner, since, limits::COMPARED_TOKENS_MAX).await?;
    let wide: Vec<(TokenInUse, BTreeSet<Scope>)> = in_use
        .into_iter()
        .map(|token| (granted(&token.policy, &apis), token))
        .map(|(held, token)| (token, held))
        .filter(|(_, held)| held.len() >= FEW)
        .collect();
    let mut found = Vec::new();
    for part in wide.chunks(limits::PAGE_MAX) {
        let ids: Vec<TokenId> = part.iter().map(|(token, _)| token.id).collect();
        let routes = authority.store.routes_used(&ids, since).await?;
        for (token, held) in part {
            let own = routes.iter().filter(|(id, _)| *id == token.id).map(|(_, route)| route.as_str());
            let Some(needed) = needed(own, &token.policy, &apis) else { continue };
            let used = held.iter().filter(|scope| needed.covers(scope)).count();
            if used * 2 < held.len() && found.len() < limits::FINDING_TOKENS_MAX {
                found.push(NarrowUse { token: token.id, granted: held.len(), used });
            }
        }
    }
    Ok(found)
}

/// The scopes that a token holds, as its APIs know them.
fn granted(policy: &Policy, apis: &[Arc<Api>]) -> BTreeSet<Scope> {
    let own = apis.iter().filter(|api| policy.audiences.contains(&api.audience));
    let known = own.flat_map(|api| api.scopes.iter().map(|own| &own.scope));
    known.filter(|scope| policy.scopes.covers(scope)).cloned().collect()
}

/// What the calls at these routes needed; `None` where one of them is declared by none of the token's APIs, or there was none.
fn needed<'r>(routes: impl Iterator<Item = &'r str>, policy: &Policy, apis: &[Arc<Api>]) -> Option<ScopeSet> {
    let own: Vec<_> = apis.iter().filter(|api| policy.audiences.contains(&api.audience)).flat_map(|api| api.routes.iter()).collect();
    let mut scopes: Vec<Scope> = Vec::new();
    let mut any = false;
    for route in routes {
        any = true;
        let declared = own.iter().find(|own| own.route.to_string() == route)?;
        scopes.extend(declared.scopes.iter().cloned());
    }
    any.then(|| ScopeSet::from_scopes(scopes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn api() -> Arc<Api> {
        let scopes: Vec<_> = ["a", "b", "c", "d"].iter().map(|scope| json!({"scope": format!("x:{scope}")})).collect();
        let api = json!({
            "id": "api_000000000000", "organisation": "org_000000000000", "audience": "https://x.example", "name": "X",
            "scopes": scopes, "routes": [{"route": "GET /a", "scopes": ["x:a"]}, {"route": "GET /open"}],
        });
        Arc::new(serde_json::from_value(api).expect("an API"))
    }

    fn policy(scopes: &str) -> Policy {
        let policy = json!({
            "organisation": "org_000000000000", "project": null, "kind": "pat", "format": "opaque", "client_id": null, "parent": null,
            "audiences": ["https://x.example"], "scopes": scopes.split(' ').collect::<Vec<_>>(), "networks": [], "routes": [], "allowances": {},
        });
        serde_json::from_value(policy).expect("a policy")
    }

    #[test]
    fn wildcards_count_as_what_they_cover() {
        assert_eq!(granted(&policy("x:*"), &[api()]).len(), 4);
        assert_eq!(granted(&policy("x:a y:z"), &[api()]).len(), 1);
    }

    #[test]
    fn only_declared_routes_tell_what_was_needed() {
        let needed = |routes: &[&'static str]| needed(routes.iter().copied(), &policy("x:*"), &[api()]).map(|scopes| scopes.to_spaced());
        assert_eq!(needed(&["GET /a", "GET /open"]).as_deref(), Some("x:a"));
        assert_eq!((needed(&["GET /a", "-"]), needed(&[])), (None, None));
    }
}
