//! `POST /v1/users/{id}/sign-out`: ends all sessions of a user.

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

/// End all sessions of a user.
#[utoipa::path(post, path = "/v1/users/{id}/sign-out", tag = "users", security(("bearer" = ["users:write"])),
    params(("id" = String, Path)), responses((status = OK, body = UserView)))]
pub async fn sign_out_user(
    State(authority): State<Shared>,
    bearer: Bearer<UsersWrite>,
    Id(id): Id<UserId>,
    Query(NoParameters {}): Query<NoParameters>,
    _: Option<Json<Nothing>>,
) -> Result<Response, Problem> {
    let (user, revision) = users::sign_out(&authority, &bearer.caller, id).await?;
    let version = user.version;
    Ok(respond::changed(StatusCode::OK, &UserView::from(user), Some(version), revision))
}
