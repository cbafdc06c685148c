//! `POST /v1/users/{id}/reset-factors`: takes a user's passkeys, one-time passwords and recovery codes away, and ends the user's sessions.

use crate::{
    authority::Shared,
    http::{
        guard::{Bearer, UsersWrite},
        id::Id,
        query::{NoParameters, Query},
        respond,
        view::people::UserView,
    },
    json::{Json, Nothing},
    problem::Problem,
    users,
};
use axum::{extract::State, response::Response};
use http::StatusCode;
use jeton_core::id::UserId;

/// Take a user's passkeys, one-time passwords and recovery codes away; the user's sessions end.
#[utoipa::path(post, path = "/v1/users/{id}/reset-factors", tag = "users", security(("bearer" = ["users:write"])),
    params(("id" = String, Path)), responses((status = OK, body = UserView)))]
pub async fn reset_factors(
    State(authority): State<Shared>,
    bearer: Bearer<UsersWrite>,
    Id(id): Id<UserId>,
    Query(NoParameters {}): Query<NoParameters>,
    _: Option<Json<Nothing>>,
) -> Result<Response, Problem> {
    let (user, revision) = users::reset_factors(&authority, &bearer.caller, id).await?;
    let version = user.version;
    Ok(respond::changed(StatusCode::OK, &UserView::from(user), Some(version), revision))
}
