//! `GET /v1/tokens/{id}`: shows a token.

use crate::{
    authority::Shared,
    http::{
        guard::{Bearer, TokensRead},
        id::Id,
        query::{NoParameters, Query},
        respond,
        view::token::TokenView,
    },
    problem::Problem,
    token_report,
};
use axum::{extract::State, response::Response};
use jeton_core::id::TokenId;

/// Show a token, without its secret.
#[utoipa::path(get, path = "/v1/tokens/{id}", tag = "tokens", security(("bearer" = ["tokens:read"])), params(("id" = String, Path)),
    responses((status = OK, body = TokenView)))]
pub async fn show_token(
    State(authority): State<Shared>,
    bearer: Bearer<TokensRead>,
    Id(id): Id<TokenId>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Response, Problem> {
    let detail = super::load(&authority, bearer.caller.organisation(), id).await?;
    let version = detail.version;
    let sentence = Some(token_report::sentence(&authority, &detail));
    let view = TokenView { sentence, ..TokenView::of(detail, authority.brand.as_ref(), authority.now()) };
    Ok(respond::found_at(&view, version))
}
