//! `POST /v1/users`: adds a user.

use crate::{
    authority::Shared,
    http::{
        guard::{Bearer, UsersWrite},
        query::{NoParameters, Query},
        respond,
        view::people::UserView,
    },
    json::Json,
    problem::Problem,
    users::{self, AddUserRequest},
};
use axum::{extract::State, response::Response};
use http::StatusCode;

/// Add a user.
#[utoipa::path(post, path = "/v1/users", tag = "users", security(("bearer" = ["users:write"])), request_body = AddUserRequest,
    responses((status = CREATED, body = UserView)))]
pub async fn add_user(
    State(authority): State<Shared>,
    bearer: Bearer<UsersWrite>,
    Query(NoParameters {}): Query<NoParameters>,
    Json(asked): Json<AddUserRequest>,
) -> Result<Response, Problem> {
    let (user, revision) = users::add(&authority, &bearer.caller, asked).await?;
    let version = user.version;
    Ok(respond::changed(StatusCode::CREATED, &UserView::from(user), Some(version), revision))
}
