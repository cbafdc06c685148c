//! `POST /v1/tokens/{id}/explain`: would this call pass? Nothing is called, spent or counted.

use crate::{
    authority::Shared,
    explain::{self, Explanation},
    http::{
        guard::{Bearer, TokensRead},
        id::Id,
        query::{NoParameters, Query},
        respond,
    },
    json::{self, Raw},
    problem::Problem,
    verify::CallQuestion,
};
use axum::{extract::State, response::Response};
use bytes::Bytes;
use jeton_core::id::TokenId;

/// Tell whether a call of this token would pass, rule by rule.
#[utoipa::path(post, path = "/v1/tokens/{id}/explain", tag = "tokens", security(("bearer" = ["tokens:read"])),
    params(("id" = String, Path)), request_body = CallQuestion, responses((status = OK, body = Explanation)))]
pub async fn explain_token(
    State(authority): State<Shared>,
    bearer: Bearer<TokensRead>,
    Id(id): Id<TokenId>,
    Query(NoParameters {}): Query<NoParameters>,
    asked: Option<Raw>,
) -> Result<Response, Problem> {
    let body = asked.map_or_else(|| Bytes::from_static(b"{}"), |Raw(body)| body);
    let question: CallQuestion<'_> = json::parse(&body)?;
    let explanation = explain::explain(&authority, bearer.caller.organisation(), id, &question).await?;
    Ok(respond::found(&explanation))
}
