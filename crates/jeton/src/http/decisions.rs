//! `GET /v1/decisions/{id}`: a refusal that was kept, with the rule and what to do.

use super::{
    guard::{Bearer, TokensRead},
    id::Id,
    query::{NoParameters, Query},
    respond,
    view::usage::RefusalView,
};
use crate::{
    authority::Shared,
    decision::{self, Told},
    problem::Problem,
};
use axum::{extract::State, response::Response};
use jeton_core::id::DecisionId;
use serde::Serialize;

/// A refusal explained.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Decision)]
pub struct DecisionView {
    /// The refusal.
    #[serde(flatten)]
    refusal: RefusalView,
    /// What to do.
    fix: String,
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
    let Told { row, fix } = decision::find(&authority, &bearer.caller, id).await?;
    Ok(respond::found(&DecisionView { refusal: row.into(), fix }))
}
