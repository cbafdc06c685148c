//! Editing a token: its name, its words, its rules and its end, for the version that the caller read.

use crate::{
    authority::Authority,
    caller::Caller,
    http::{condition, view::token::TokenView},
    issue::rules,
    json::{Metadata, present},
    problem::{Problem, ProblemCode},
};
use jeton_core::{
    allowance::Allowances,
    change::Revision,
    facts::TokenState,
    id::{ProjectId, TokenId},
    kind::{TokenFormat, TokenKind},
    limits,
    name::{Audience, Name},
    network::Networks,
    policy::Policy,
    route::Route,
    scope::ScopeSet,
    timestamp::Timestamp,
};
use jeton_store::token::{TokenDetail, TokenEdit};
use serde::Deserialize;

/// An edit that is asked for. What is there replaces; what is absent stays.
#[derive(Clone, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EditRequest {
    /// The version that was read, where no `If-Match` says it.
    #[schema(minimum = 1)]
    pub version: Option<i64>,
    /// A new name.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100)]
    pub name: Option<Name>,
    /// Another project of the organisation.
    #[schema(value_type = Option<String>, pattern = "^prj_[0-9A-Za-z]{12}$")]
    pub project: Option<ProjectId>,
    /// Other APIs.
    #[schema(value_type = Option<Vec<String>>, min_items = 1, max_items = 16)]
    pub audience: Option<Vec<Audience>>,
    /// Other scopes.
    #[schema(value_type = Option<Vec<String>>, max_items = 100)]
    pub scopes: Option<ScopeSet>,
    /// Other networks.
    #[schema(value_type = Option<Vec<String>>, max_items = 64)]
    pub networks: Option<Networks>,
    /// Other routes.
    #[schema(value_type = Option<Vec<String>>, max_items = 64)]
    pub routes: Option<Vec<Route>>,
    /// Other limits.
    #[schema(value_type = Option<Object>)]
    pub limits: Option<Allowances>,
    /// Another end, in seconds from now; `null` for none.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 315_360_000)]
    pub expires_in: Option<Option<u32>>,
    /// Other metadata.
    #[schema(value_type = Option<std::collections::BTreeMap<String, String>>)]
    pub metadata: Option<Metadata>,
}

/// Edits a token that is at `version`.
pub async fn edit(
    authority: &Authority,
    caller: &Caller,
    id: TokenId,
    version: i64,
    asked: EditRequest,
) -> Result<(TokenView, Revision), Problem> {
    let now = authority.now();
    let before = authority.store.show_token(caller.organisation(), id).await?;
    if before.version != version {
        return Err(condition::outdated(before.version));
    }
    let edit = decide(authority, caller, &before, asked, now).await?;
    let (detail, revision) = authority.store.edit_token(caller.organisation(), id, version, edit, caller.actor(now)).await?;
    Ok((TokenView::of(detail, authority.brand.as_ref(), now), revision))
}

async fn decide(
    authority: &Authority,
    caller: &Caller,
    before: &TokenDetail,
    asked: EditRequest,
    now: Timestamp,
) -> Result<TokenEdit, Problem> {
    let record = &before.record;
    if record.state == TokenState::Revoked {
        return Err(Problem::new(ProblemCode::Conflict, "the token is revoked and cannot be changed any more"));
    }
    if let Some(project) = asked.project {
        authority.store.show_project(caller.organisation(), project).await?;
    }
    let policy = changed(&record.policy, &asked);
    let expires_at = match asked.expires_in {
        None => None,
        Some(seconds) => {
            let longest = if policy.format == TokenFormat::Jwt { limits::JWT_LIFE_MAX } else { limits::TOKEN_LIFE_MAX };
            Some(rules::life(policy.format, seconds, longest)?.map(|life| now.plus(life)))
        }
    };
    if policy != *record.policy || expires_at.is_some() {
        if policy.format == TokenFormat::Jwt {
            let why = "a JWT says itself what it may do and until when, and cannot be changed: revoke it and issue another";
            return Err(Problem::new(ProblemCode::Conflict, why));
        }
        rules::grantable(authority, &policy, policy.kind == TokenKind::Pub)?;
        rules::within_caller(authority, caller, &policy, expires_at.unwrap_or(record.expires_at))?;
        within_parent(authority, &policy, expires_at.unwrap_or(record.expires_at)).await?;
        let life = expires_at.map(|end| end.map(|end| end.since(now)));
        crate::rules::check_edit(authority, caller, &record.policy, &policy, life).await?;
    }
    Ok(TokenEdit {
        name: asked.name,
        metadata: asked.metadata.map(|metadata| metadata.to_text()),
        policy: (policy != *record.policy).then_some(policy),
        expires_at,
    })
}

fn changed(before: &Policy, asked: &EditRequest) -> Policy {
    let mut policy = before.clone();
    if let Some(project) = asked.project {
        policy.project = Some(project);
    }
    if let Some(audiences) = &asked.audience {
        policy.audiences.clone_from(audiences);
    }
    if let Some(scopes) = &asked.scopes {
        policy.scopes = scopes.clone();
    }
    if let Some(networks) = &asked.networks {
        policy.networks = networks.clone();
    }
    if let Some(routes) = &asked.routes {
        policy.routes.clone_from(routes);
    }
    if let Some(limits) = &asked.limits {
        policy.allowances = limits.clone();
    }
    policy
}

/// A derived token stays narrower than the one that it came from.
async fn within_parent(authority: &Authority, policy: &Policy, expires_at: Option<Timestamp>) -> Result<(), Problem> {
    let Some(parent) = policy.parent else { return Ok(()) };
    let Some(record) = authority.store.find_token(parent).await?.record else {
        return Err(Problem::new(ProblemCode::Conflict, "the token that it was derived from is gone"));
    };
    let outer = &record.policy;
    let wider = |field: &str| {
        let rule = jeton_core::fault::Invalid::new("must not be wider than that of the token that it was derived from");
        Err(Problem::field(field, &rule))
    };
    if !policy.audiences.iter().all(|audience| outer.audiences.contains(audience)) {
        return wider("audience");
    }
    if !outer.scopes.covers_all(&policy.scopes) {
        return wider("scopes");
    }
    if !policy.networks.is_within(&outer.networks) {
        return wider("networks");
    }
    let routes_fit = outer.routes.is_empty()
        || (!policy.routes.is_empty() && policy.routes.iter().all(|own| outer.routes.iter().any(|route| own.is_within(route))));
    if !routes_fit {
        return wider("routes");
    }
    match (record.expires_at, expires_at) {
        (Some(end), Some(own)) if own > end => wider("expires_in"),
        (Some(_), None) => wider("expires_in"),
        _ => Ok(()),
    }
}
