//! `GET /v1/tokens/{id}/usage`: how a token was used.

use crate::{
    authority::Shared,
    http::{
        guard::{Bearer, TokensRead},
        id::Id,
        query::Query,
        respond,
        view::{
            list::{List, page_request},
            usage::UsageView,
        },
    },
    problem::Problem,
};
use axum::{extract::State, response::Response};
use jeton_core::{
    id::TokenId,
    timestamp::{Span, Timestamp},
};
use serde::Deserialize;

/// Which part is wanted.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// From this hour on; a day ago by default.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Until before this instant; now by default.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    /// Entries on the page: 1 to 500, 50 by default.
    limit: Option<u32>,
}

/// Show how a token was used: by hour, outcome, route and network.
#[utoipa::path(get, path = "/v1/tokens/{id}/usage", tag = "tokens", security(("bearer" = ["tokens:read"])),
    params(("id" = String, Path), Asked), responses((status = OK, body = List<UsageView>)))]
pub async fn show_usage(
    State(authority): State<Shared>,
    bearer: Bearer<TokensRead>,
    Id(id): Id<TokenId>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let page = page_request(None, asked.limit)?;
    let now = authority.now();
    let to = asked.to.unwrap_or(now);
    let from = asked.from.unwrap_or_else(|| now.minus(Span::from_hours(24)).hour());
    authority.store.show_token(bearer.caller.organisation(), id).await?;
    let rows = authority.store.usage_rows(id, from, to, page.limit).await?;
    Ok(respond::found(&List { items: rows.into_iter().map(UsageView::from).collect(), next: None }))
}
