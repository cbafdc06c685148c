//! `PUT /v1/users/{id}/password`: gives a user a password, or another one. Its answer never holds it.

use crate::{
    authority::Shared,
    http::{
        guard::{Bearer, UsersWrite},
        id::Id,
        query::{NoParameters, Query},
        respond,
        view::people::UserView,
    },
    json::Json,
    problem::Problem,
    users::{self, SetPasswordRequest},
};
use axum::{extract::State, response::Response};
use http::StatusCode;
use jeton_core::id::UserId;

/// Give a user a password, or another one; the user's sessions end.
#[utoipa::path(put, path = "/v1/users/{id}/password", tag = "users", security(("bearer" = ["users:write"])),
    params(("id" = String, Path)), request_body = SetPasswordRequest, responses((status = OK, body = UserView)))]
pub async fn set_password(
    State(authority): State<Shared>,
    bearer: Bearer<UsersWrite>,
    Id(id): Id<UserId>,
    Query(NoParameters {}): Query<NoParameters>,
    Json(asked): Json<SetPasswordRequest>,
) -> Result<Response, Problem> {
    let (user, revision) = users::set_password(&authority, &bearer.caller, id, asked).await?;
    let version = user.version;
    Ok(respond::changed(StatusCode::OK, &UserView::from(user), Some(version), revision))
}
