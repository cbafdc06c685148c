//! `POST /v1/invitations`: invites somebody. Where the invitation is not sent by mail, the answer holds its link, this once.

use crate::{
    authority::Shared,
    http::{
        guard::{Bearer, UsersWrite},
        query::{NoParameters, Query},
        respond,
        view::people::InvitedView,
    },
    invitations::{self, InviteRequest},
    json::Json,
    problem::Problem,
};
use axum::{extract::State, response::Response};
use http::StatusCode;

/// Invite somebody to have an account.
#[utoipa::path(post, path = "/v1/invitations", tag = "users", security(("bearer" = ["users:write"])), request_body = InviteRequest,
    responses((status = CREATED, body = InvitedView)))]
pub async fn invite(
    State(authority): State<Shared>,
    bearer: Bearer<UsersWrite>,
    Query(NoParameters {}): Query<NoParameters>,
    Json(asked): Json<InviteRequest>,
) -> Result<Response, Problem> {
    let invited = invitations::invite(&authority, &bearer.caller, asked).await?;
    let revision = authority.store.head().await?;
    Ok(respond::changed(StatusCode::CREATED, &InvitedView::from(invited), None, revision))
}
