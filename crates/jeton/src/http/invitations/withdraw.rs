//! `DELETE /v1/invitations/{id}`: withdraws an invitation that waits.

use crate::{
    authority::Shared,
    http::{
        guard::{Bearer, UsersWrite},
        id::Id,
        query::{NoParameters, Query},
        respond,
    },
    invitations,
    problem::Problem,
};
use axum::{extract::State, response::Response};
use jeton_core::id::LinkId;

/// Withdraw an invitation that waits.
#[utoipa::path(delete, path = "/v1/invitations/{id}", tag = "users", security(("bearer" = ["users:write"])), params(("id" = String, Path)),
    responses((status = NO_CONTENT)))]
pub async fn withdraw_invitation(
    State(authority): State<Shared>,
    bearer: Bearer<UsersWrite>,
    Id(id): Id<LinkId>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Response, Problem> {
    invitations::withdraw(&authority, &bearer.caller, id).await?;
    Ok(respond::removed(authority.store.head().await?))
}
