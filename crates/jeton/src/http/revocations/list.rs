//! `GET /v1/revocations`: what was revoked by more than its id, the newest first.

use crate::{
    authority::Shared,
    http::{
        guard::{Bearer, TokensRead},
        query::Query,
        respond,
        view::{
            List,
            list::{Paging, page_request},
            revocation::RevocationView,
        },
    },
    problem::Problem,
};
use axum::{extract::State, response::Response};

/// List what was revoked by subject, client, project or altogether.
#[utoipa::path(get, path = "/v1/revocations", tag = "revocations", security(("bearer" = ["tokens:read"])), params(Paging),
    responses((status = OK, body = List<RevocationView>)))]
pub async fn list_revocations(
    State(authority): State<Shared>,
    bearer: Bearer<TokensRead>,
    Query(paging): Query<Paging>,
) -> Result<Response, Problem> {
    let page = page_request(paging.cursor, paging.limit)?;
    let cuts = authority.store.list_cuts(bearer.caller.organisation(), &page).await?;
    Ok(respond::found(&List::of(cuts, |cut| RevocationView::of(&cut))))
}
