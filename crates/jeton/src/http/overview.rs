//! `GET /v1/overview`: whether anything is wrong with an organisation's tokens.

use super::{
    guard::{Bearer, TokensRead},
    query::{NoParameters, Query},
    respond,
    view::overview::OverviewView,
};
use crate::{authority::Shared, overview, problem::Problem};
use axum::{extract::State, response::Response};

/// Show what the organisation's tokens did of late and which of them somebody should look at, as it was counted last.
#[utoipa::path(get, path = "/v1/overview", tag = "tokens", security(("bearer" = ["tokens:read"])),
    responses((status = OK, body = OverviewView)))]
pub async fn show_overview(
    State(authority): State<Shared>,
    bearer: Bearer<TokensRead>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Response, Problem> {
    let found = overview::overview(&authority, bearer.caller.organisation()).await?;
    Ok(respond::found(&OverviewView::of(&found, authority.now())))
}
