//! Explaining: which rule lets a call pass or refuses it, in advance or after the fact. Spends nothing, counts nothing.

use crate::{advice, authority::Authority, problem::Problem, verify::CallQuestion};
use jeton_core::{
    api::ApiRoute,
    binding::Presented,
    decide::{Step, trace},
    demand::{Call, Demand},
    denial::Denial,
    facts::{Facts, TokenRecord, WhichSecret},
    id::{OrganisationId, TokenId},
    limits,
    redact::client_text,
    scope::Scope,
    timestamp::Timestamp,
};
use jeton_gate::check::Question;
use serde::Serialize;

/// Whether a call would pass, rule by rule.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Explanation {
    /// Whether it would pass.
    pub active: bool,
    /// `ok`, or why not.
    pub code: String,
    /// What is wrong, for whoever holds the token.
    pub detail: String,
    /// What is wrong, for its owner.
    pub cause: String,
    /// What to do.
    pub fix: String,
    /// The token.
    #[schema(value_type = String)]
    pub token: TokenId,
    /// The method that is asked about.
    pub method: Option<String>,
    /// The path that is asked about.
    pub path: Option<String>,
    /// The API that is asked about.
    pub audience: Option<String>,
    /// All scopes that the call demands: those that were named, and those of the API's route.
    pub scopes: Vec<String>,
    /// The address that is asked about.
    #[schema(value_type = Option<String>)]
    pub client_ip: Option<std::net::IpAddr>,
    /// When this was worked out.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Every rule, in the order in which they are asked.
    pub steps: Vec<StepView>,
}

/// One rule and how it came out.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct StepView {
    /// The token that it is about: the one that was named, or one that it was derived from.
    #[schema(value_type = String)]
    pub token: TokenId,
    /// `state`, `secret`, `time`, `kind`, `binding`, `audience`, `address`, `route`, `scope` or `public`.
    pub rule: &'static str,
    /// Whether it is kept.
    pub passed: bool,
    /// Why not.
    pub cause: Option<String>,
}

/// Tells whether a call of a token would pass.
pub async fn explain(
    authority: &Authority,
    organisation: OrganisationId,
    id: TokenId,
    asked: &CallQuestion<'_>,
) -> Result<Explanation, Problem> {
    let checked = asked.check()?;
    let chain = chain(authority, organisation, id).await?;
    let path = checked.path.as_ref().and_then(|path| path.as_ref().ok());
    let call = asked.method.as_deref().zip(path).map(|(method, path)| Call { method, path });
    let question = Question {
        audience: asked.audience.as_deref(),
        scopes: &asked.scopes,
        call,
        client_ip: asked.client_ip,
        cost: 0,
        within: Some(organisation),
        ..Question::new(Err(Denial::NoCredential))
    };
    let verdict = match checked.path {
        Some(Err(_)) => Err(Denial::AmbiguousPath),
        _ => authority.gate.explain(id, &question).await,
    };
    let api = asked.audience.as_deref().and_then(|audience| authority.gate.api(audience));
    let route = api.as_ref().zip(call).and_then(|(api, call)| api.route_for(call.method, call.path));
    let mut scopes: Vec<Scope> = asked.scopes.clone();
    scopes.extend(route.iter().flat_map(|route| route.scopes.iter()).filter(|scope| !asked.scopes.contains(scope)).cloned());
    let scopes_public = api.as_ref().is_some_and(|api| scopes.iter().all(|scope| api.is_public(scope)));
    let undeclared = api
        .as_ref()
        .zip(call)
        .is_some_and(|(api, call)| api.audience.as_str() != authority.config.issuer && api.leaves_out(call.method, call.path));
    // Whether the caller has the key of a bound token is not asked: nobody calls yet.
    let presented = Presented::by_holder_of(chain.first().and_then(|record| record.policy.binding));
    let (audience, client_ip) = (asked.audience.as_deref(), asked.client_ip);
    let sign_in = route.map(ApiRoute::sign_in).unwrap_or_default();
    let demand = Demand { audience, scopes: &scopes, scopes_public, call, undeclared, client_ip, sign_in, presented };
    let now = authority.now();
    let steps = steps(&chain, &demand, now);
    let held = chain.first().map(|record| &record.policy.scopes);
    Ok(Explanation {
        active: verdict.is_ok(),
        code: verdict.map_or_else(|denial| denial.answer().code, |()| "ok").to_owned(),
        detail: verdict.map_or_else(|denial| denial.answer().description.to_owned(), |()| "every rule is kept".to_owned()),
        cause: verdict.map_or_else(|denial| denial.cause(), |()| "every rule is kept".to_owned()),
        fix: verdict.map_or_else(|denial| advice::before(denial, &scopes, held), |()| String::new()),
        token: id,
        method: asked.method.as_deref().map(str::to_owned),
        path: asked.path.as_deref().map(|path| client_text(path, limits::KEPT_TEXT_MAX).into_owned()),
        audience: asked.audience.as_deref().map(str::to_owned),
        scopes: scopes.iter().map(ToString::to_string).collect(),
        client_ip: asked.client_ip,
        at: now,
        steps,
    })
}

/// The token and those that it was derived from, as stored.
async fn chain(authority: &Authority, organisation: OrganisationId, id: TokenId) -> Result<Vec<TokenRecord>, Problem> {
    let detail = authority.store.show_token(organisation, id).await?;
    let mut next = detail.record.policy.parent;
    let mut chain = vec![detail.record];
    while let Some(parent) = next.filter(|_| chain.len() < limits::DERIVATION_DEPTH_MAX) {
        let Some(record) = authority.store.find_token(parent).await?.record else { break };
        next = record.policy.parent;
        chain.push(record);
    }
    Ok(chain)
}

fn steps(chain: &[TokenRecord], demand: &Demand<'_>, now: Timestamp) -> Vec<StepView> {
    let own = |record: &TokenRecord, step: Step| StepView {
        token: record.id,
        rule: step.rule,
        passed: step.outcome.is_ok(),
        cause: step.outcome.err().map(|denial| denial.cause()),
    };
    let steps = linked(chain, None, |token| trace(token, demand, now)).unwrap_or_default();
    steps.into_iter().filter_map(|step| chain.get(step.depth).map(|record| own(record, step))).collect()
}

/// Hands the facts of the whole chain to `then`, each with those of the token that it was derived from.
fn linked<R>(chain: &[TokenRecord], parent: Option<&Facts<'_>>, then: impl FnOnce(&Facts<'_>) -> R) -> Option<R> {
    let (record, nearer) = chain.split_last()?;
    let facts = facts_of(record, parent);
    if nearer.is_empty() { Some(then(&facts)) } else { linked(nearer, Some(&facts), then) }
}

fn facts_of<'a>(record: &'a TokenRecord, parent: Option<&'a Facts<'a>>) -> Facts<'a> {
    Facts {
        id: record.id,
        subject: record.subject.as_str(),
        state: record.state,
        secret: WhichSecret::Current,
        not_before: record.not_before,
        expires_at: record.expires_at,
        policy: &record.policy,
        parent,
    }
}
