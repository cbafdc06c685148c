//! `POST /v1/tokens`: issues a token.

use crate::{
    authority::Shared,
    http::{
        condition,
        guard::{Bearer, TokensIssue},
        query::{NoParameters, Query},
        respond,
        view::token::IssuedView,
    },
    issue::{self, request::IssueRequest},
    json::Json,
    problem::Problem,
};
use axum::{extract::State, response::Response};
use http::HeaderMap;

/// Issue a token. Its text is in this answer and never again.
#[utoipa::path(post, path = "/v1/tokens", tag = "tokens", security(("bearer" = ["tokens:issue"])),
    params(("Idempotency-Key" = Option<String>, Header, description = "makes a repeated request give the first answer again, for a day")),
    request_body = IssueRequest, responses((status = CREATED, body = IssuedView)))]
pub async fn issue_token(
    State(authority): State<Shared>,
    bearer: Bearer<TokensIssue>,
    Query(NoParameters {}): Query<NoParameters>,
    headers: HeaderMap,
    Json(asked): Json<IssueRequest>,
) -> Result<Response, Problem> {
    let key = condition::idempotency_key(&headers)?;
    let issuance = Box::pin(issue::issue(&authority, &bearer.caller, asked, key)).await?;
    Ok(respond::issued(&issuance))
}
