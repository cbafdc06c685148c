//! `GET /v1/apis`: lists APIs.

use crate::{
    authority::Shared,
    http::{
        guard::{ApisRead, Bearer},
        query::Query,
        respond,
        view::{
            api::ApiView,
            list::{List, Paging, page_request},
        },
    },
    problem::Problem,
};
use axum::{extract::State, response::Response};

/// List the organisation's APIs.
#[utoipa::path(get, path = "/v1/apis", tag = "apis", security(("bearer" = ["apis:read"])), params(Paging),
    responses((status = OK, body = List<ApiView>)))]
pub async fn list_apis(
    State(authority): State<Shared>,
    bearer: Bearer<ApisRead>,
    Query(paging): Query<Paging>,
) -> Result<Response, Problem> {
    let page = page_request(paging.cursor, paging.limit)?;
    let page = authority.store.list_apis(bearer.caller.organisation(), page).await?;
    Ok(respond::found(&List::of(page, ApiView::from)))
}
