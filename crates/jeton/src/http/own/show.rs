//! `GET /v1/self`: what the presented token is and may do.

use super::Holder;
use crate::{
    authority::Shared,
    http::{
        query::{NoParameters, Query},
        respond,
        view::token::TokenView,
    },
    problem::Problem,
    token_report,
};
use axum::{extract::State, response::Response};

/// Show the presented token.
#[utoipa::path(get, path = "/v1/self", tag = "self", security(("bearer" = [])), responses((status = OK, body = TokenView)))]
pub async fn show_self(
    State(authority): State<Shared>,
    Holder(caller, id): Holder,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Response, Problem> {
    let detail = authority.store.show_token(caller.organisation(), id).await?;
    let version = detail.version;
    let sentence = Some(token_report::sentence(&authority, &detail));
    let view = TokenView { sentence, ..TokenView::of(detail, authority.brand.as_ref(), authority.now()) };
    Ok(respond::found_at(&view, version))
}
