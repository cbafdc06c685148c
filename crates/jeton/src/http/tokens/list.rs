//! `GET /v1/tokens`: lists tokens, newest first.

use crate::{
    authority::Shared,
    http::{
        guard::{Bearer, TokensRead},
        query::Query,
        respond,
        view::{
            list::{List, page_request},
            token::TokenView,
        },
    },
    problem::Problem,
    token_search::TokenQuery,
};
use axum::{extract::State, response::Response};

/// List tokens, newest first, without their secrets.
#[utoipa::path(get, path = "/v1/tokens", tag = "tokens", security(("bearer" = ["tokens:read"])), params(TokenQuery),
    responses((status = OK, body = List<TokenView>)))]
pub async fn list_tokens(
    State(authority): State<Shared>,
    bearer: Bearer<TokensRead>,
    Query(asked): Query<TokenQuery>,
) -> Result<Response, Problem> {
    let now = authority.now();
    let page = page_request(asked.cursor.clone(), asked.limit)?;
    let filter = asked.filter(now)?;
    let page = authority.store.list_tokens(bearer.caller.organisation(), &filter, &page).await?;
    let show = |mut detail| {
        crate::token_report::refresh(&authority, &mut detail);
        TokenView::of(detail, authority.brand.as_ref(), now)
    };
    Ok(respond::found(&List::of(page, show)))
}
