//! `GET /v1/decisions/{id}`: a refusal that was kept, with the rule and what to do.

use super::{
    guard::{Bearer, TokensRead},
    id::Id,
    query::{NoParameters, Query},
    respond,
    view::usage::RefusalView,
};
use crate::{authority::Shared, problem::Problem};
use axum::{extract::State, response::Response};
use jeton_core::id::{DecisionId, OrganisationId};
use jeton_store::usage::RefusalRow;
use serde::Serialize;

/// A refusal explained.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Decision)]
pub struct DecisionView {
    /// The refusal.
    #[serde(flatten)]
    refusal: RefusalView,
    /// What to do.
    fix: &'static str,
}

/// Explain a refusal by the id that it was answered with.
#[utoipa::path(get, path = "/v1/decisions/{id}", tag = "tokens", security(("bearer" = ["tokens:read"])), params(("id" = String, Path)),
    responses((status = OK, body = DecisionView)))]
pub async fn show_decision(
    State(authority): State<Shared>,
    bearer: Bearer<TokensRead>,
    Id(id): Id<DecisionId>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Response, Problem> {
    let none = || Problem::not_found("decision: only refusals are kept, and not for ever");
    let row = match authority.recorder.refusal(id) {
        Some(row) => row,
        None => authority.store.refusal(id).await?.ok_or_else(none)?,
    };
    if !is_visible(&authority, bearer.caller.organisation(), &row).await? {
        return Err(none());
    }
    let fix = crate::explain::fix_of(&row.code, &row.cause);
    Ok(respond::found(&DecisionView { refusal: row.into(), fix }))
}

/// A refusal belongs to its token's organisation; one without a token to that of the API that was called.
async fn is_visible(authority: &Shared, organisation: OrganisationId, row: &RefusalRow) -> Result<bool, Problem> {
    if let Some(token) = row.token {
        let found = authority.store.find_token(token).await?;
        return Ok(found.record.is_some_and(|record| record.policy.organisation == organisation));
    }
    let called = row.audience.as_deref().unwrap_or(&authority.config.issuer);
    Ok(authority.gate.api(called).is_some_and(|api| api.organisation == organisation))
}
