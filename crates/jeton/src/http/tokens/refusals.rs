//! `GET /v1/tokens/{id}/refusals`: the refusals of a token that were kept, newest first.

use crate::{
    authority::Shared,
    http::{
        guard::{Bearer, TokensRead},
        id::Id,
        query::Query,
        respond,
        view::{
            list::{List, page_request},
            usage::RefusalView,
        },
    },
    problem::Problem,
};
use axum::{extract::State, response::Response};
use jeton_core::id::TokenId;
use serde::Deserialize;

/// Which part is wanted.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// Entries on the page: 1 to 500, 50 by default.
    limit: Option<u32>,
}

/// List the refusals of a token that were kept, newest first.
#[utoipa::path(get, path = "/v1/tokens/{id}/refusals", tag = "tokens", security(("bearer" = ["tokens:read"])),
    params(("id" = String, Path), Asked), responses((status = OK, body = List<RefusalView>)))]
pub async fn list_refusals(
    State(authority): State<Shared>,
    bearer: Bearer<TokensRead>,
    Id(id): Id<TokenId>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let page = page_request(None, asked.limit)?;
    authority.store.show_token(bearer.caller.organisation(), id).await?;
    let mut rows = authority.store.refusals_of(id, page.limit).await?;
    let recent = authority.recorder.refusals_of(id);
    rows.retain(|row| !recent.iter().any(|newer| newer.decision == row.decision));
    let items = recent.into_iter().chain(rows).take(page.limit).map(RefusalView::from).collect();
    Ok(respond::found(&List { items, next: None }))
}
