//! Deriving: a narrower, shorter-lived child of a token, dead with it. The core decides; this loads, applies and answers.

use crate::{
    authority::Authority,
    caller::Caller,
    issue::{self, Plan, answer::Issuance},
    json::{Metadata, present},
    problem::Problem,
};
use jeton_core::{
    allowance::Allowances,
    derive::{DerivationFault, DerivationRequest, Parent, derive_at},
    facts::TokenRecord,
    fault::Invalid,
    id::TokenId,
    kind::TokenFormat,
    limits,
    name::{Audience, Name},
    network::Networks,
    route::Route,
    scope::ScopeSet,
    timestamp::Span,
};
use serde::Deserialize;

/// A child that is asked for. What is absent is taken over from the parent.
#[derive(Clone, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeriveRequest {
    /// For people. Default: the parent's name.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100)]
    pub name: Option<Name>,
    /// How it is written: `opaque` (default) or `jwt`.
    #[serde(default)]
    #[schema(value_type = Option<String>, nullable = false, pattern = "^(opaque|jwt)$")]
    pub format: TokenFormat,
    /// Fewer audiences.
    #[schema(value_type = Option<Vec<String>>, min_items = 1, max_items = 16)]
    pub audience: Option<Vec<Audience>>,
    /// Fewer scopes.
    #[schema(value_type = Option<Vec<String>>, max_items = 100)]
    pub scopes: Option<ScopeSet>,
    /// Narrower networks.
    #[schema(value_type = Option<Vec<String>>, max_items = 64)]
    pub networks: Option<Networks>,
    /// Fewer routes.
    #[schema(value_type = Option<Vec<String>>, max_items = 64)]
    pub routes: Option<Vec<Route>>,
    /// Limits of its own; the parent's are spent as well.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub limits: Allowances,
    /// How long it lives, in seconds; not beyond the parent's end.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 315_360_000, nullable = false)]
    pub expires_in: Option<Option<u32>>,
    /// Free for the owner: an object of strings.
    #[serde(default)]
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    pub metadata: Metadata,
}

/// Derives a child of the token `parent`, which the caller owns or is.
pub async fn derive(authority: &Authority, caller: &Caller, parent: TokenId, asked: DeriveRequest) -> Result<Issuance, Problem> {
    let now = authority.now();
    let detail = authority.store.show_token(caller.organisation(), parent).await?;
    let depth = depth_of(authority, &detail.record).await?;
    let record = &detail.record;
    let own = Parent { id: record.id, policy: &record.policy, expires_at: record.expires_at, depth };
    let life = match asked.expires_in {
        None => None,
        Some(seconds) => match issue::rules::life(TokenFormat::Jwt, seconds, longest(asked.format))? {
            Some(life) => Some(life),
            None => return Err(Problem::field("expires_in", &Invalid::new("must be a number of seconds"))),
        },
    };
    let request = DerivationRequest {
        audiences: asked.audience,
        scopes: asked.scopes,
        networks: asked.networks,
        routes: asked.routes,
        allowances: asked.limits,
        format: asked.format,
        expires_in: life,
    };
    let derived = derive_at(own, request, now).map_err(explain)?;
    derived.policy.validate().map_err(|(field, rule)| Problem::field(field, &rule))?;
    if caller.token_id() != Some(parent) {
        issue::rules::within_caller(authority, caller, &derived.policy, derived.expires_at)?;
    }
    crate::rules::check_again(authority, caller, &derived.policy, derived.expires_at, now).await?;
    let plan = Plan {
        name: asked.name.unwrap_or(detail.name),
        subject: record.subject.clone(),
        policy: derived.policy,
        project_name: None,
        not_before: None,
        expires_at: derived.expires_at,
        metadata: asked.metadata.to_text(),
        now,
    };
    issue::write(authority, caller, plan).await
}

const fn longest(format: TokenFormat) -> Span {
    match format {
        TokenFormat::Opaque => limits::TOKEN_LIFE_MAX,
        TokenFormat::Jwt => limits::JWT_LIFE_MAX,
    }
}

/// How many tokens the chain of a token holds, itself included.
async fn depth_of(authority: &Authority, record: &TokenRecord) -> Result<usize, Problem> {
    let (mut depth, mut next) = (1, record.policy.parent);
    while let Some(id) = next {
        depth += 1;
        if depth > limits::DERIVATION_DEPTH_MAX {
            break;
        }
        let found = authority.store.find_token(id).await?;
        next = found.record.and_then(|record| record.policy.parent);
    }
    Ok(depth)
}

/// A fault of the core's as a problem that names the field.
fn explain(fault: DerivationFault) -> Problem {
    let field = match fault {
        DerivationFault::TooDeep | DerivationFault::Kind(_) | DerivationFault::FromJwt => {
            return Problem::new(crate::problem::ProblemCode::Conflict, fault.to_string());
        }
        DerivationFault::WiderAudience => "audience",
        DerivationFault::WiderScope => "scopes",
        DerivationFault::WiderNetworks => "networks",
        DerivationFault::WiderRoutes => "routes",
        DerivationFault::OutlivesParent | DerivationFault::TooLong => "expires_in",
    };
    let text = fault.to_string();
    let rule = text.strip_prefix(&format!("`{field}` ")).unwrap_or(&text).to_owned();
    Problem::field(field, &Invalid::new(rule))
}
