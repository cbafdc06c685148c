//! `GET /v1/apis/{id}`: shows an API.

use crate::{
    authority::Shared,
    http::{
        guard::{ApisRead, Bearer},
        id::Id,
        query::{NoParameters, Query},
        respond,
        view::api::ApiView,
    },
    problem::Problem,
};
use axum::{extract::State, response::Response};
use jeton_core::id::ApiId;

/// Show an API.
#[utoipa::path(get, path = "/v1/apis/{id}", tag = "apis", security(("bearer" = ["apis:read"])), params(("id" = String, Path)),
    responses((status = OK, body = ApiView)))]
pub async fn show_api(
    State(authority): State<Shared>,
    bearer: Bearer<ApisRead>,
    Id(id): Id<ApiId>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Response, Problem> {
    let api = authority.store.show_api(bearer.caller.organisation(), id).await?;
    let version = api.version;
    Ok(respond::found_at(&ApiView::from(api), version))
}
