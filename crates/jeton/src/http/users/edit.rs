//! `PATCH /v1/users/{id}`: edits a user.

use crate::{
    authority::Shared,
    http::{
        condition,
        guard::{Bearer, UsersWrite},
        id::Id,
        query::{NoParameters, Query},
        respond,
        view::people::UserView,
    },
    json::Json,
    problem::Problem,
    users::{self, EditUserRequest},
};
use axum::{extract::State, response::Response};
use http::{HeaderMap, StatusCode};
use jeton_core::id::UserId;

/// Edit a user: what is in the body replaces.
#[utoipa::path(patch, path = "/v1/users/{id}", tag = "users", security(("bearer" = ["users:write"])),
    params(("id" = String, Path), ("If-Match" = Option<String>, Header, description = "the `ETag` of what was read")),
    request_body = EditUserRequest, responses((status = OK, body = UserView)))]
pub async fn edit_user(
    State(authority): State<Shared>,
    bearer: Bearer<UsersWrite>,
    Id(id): Id<UserId>,
    Query(NoParameters {}): Query<NoParameters>,
    headers: HeaderMap,
    Json(asked): Json<EditUserRequest>,
) -> Result<Response, Problem> {
    let version = condition::expected_version(&headers, asked.version)?;
    let (user, revision) = users::edit(&authority, &bearer.caller, id, Some(version), asked).await?;
    let version = user.version;
    Ok(respond::changed(StatusCode::OK, &UserView::from(user), Some(version), revision))
}
