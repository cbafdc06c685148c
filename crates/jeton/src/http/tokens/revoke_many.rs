//! `POST /v1/tokens/revoke-many`: looks at the tokens that a search finds, or revokes them; and how far that is.

pub mod show;

use crate::{
    authority::Shared,
    http::{
        guard::{Bearer, TokensRevoke},
        query::{NoParameters, Query},
        respond,
        view::revoking::{PreviewView, RunView},
    },
    json::{Json, Object},
    problem::Problem,
    revoke_many::{self, Extent, RevokeManyRequest, Why},
};
use axum::{extract::State, response::Response};
use http::StatusCode;

/// Revoke every token that a search finds, in the background; or, with `dry_run`, only count them.
#[utoipa::path(post, path = "/v1/tokens/revoke-many", tag = "tokens", security(("bearer" = ["tokens:revoke"])),
    request_body = RevokeManyRequest, responses((status = OK, body = PreviewView), (status = ACCEPTED, body = RunView)))]
pub async fn revoke_tokens(
    State(authority): State<Shared>,
    bearer: Bearer<TokensRevoke>,
    Query(NoParameters {}): Query<NoParameters>,
    Json(asked): Json<RevokeManyRequest>,
) -> Result<Response, Problem> {
    let RevokeManyRequest { filter: Object(query), dry_run, expected, reason, comment } = asked;
    if dry_run {
        let preview = revoke_many::preview(&authority, &bearer.caller, &query, Extent::All).await?;
        return Ok(respond::found(&PreviewView::of(preview, authority.brand.as_ref(), authority.now())));
    }
    let why = Why { reason, comment };
    let run = revoke_many::begin(&authority, &bearer.caller, &query, expected, why).await?;
    Ok(respond::json(StatusCode::ACCEPTED, &RunView::from(run)))
}
