//! `POST /v1/self/derive`: derives a narrower child of the presented token.

use super::Holder;
use crate::{
    authority::Shared,
    derive::{self, DeriveRequest},
    http::{
        query::{NoParameters, Query},
        respond,
        view::token::IssuedView,
    },
    json::Json,
    problem::Problem,
};
use axum::{extract::State, response::Response};

/// Derive a narrower, shorter-lived token from the presented one; it is dead with it.
#[utoipa::path(post, path = "/v1/self/derive", tag = "self", security(("bearer" = [])), request_body = DeriveRequest,
    responses((status = CREATED, body = IssuedView)))]
pub async fn derive_self(
    State(authority): State<Shared>,
    Holder(caller, id): Holder,
    Query(NoParameters {}): Query<NoParameters>,
    asked: Option<Json<DeriveRequest>>,
) -> Result<Response, Problem> {
    let asked = asked.map(|Json(asked)| asked).unwrap_or_default();
    let issuance = derive::derive(&authority, &caller, id, asked).await?;
    Ok(respond::issued(&issuance))
}
