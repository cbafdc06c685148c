//! `POST /v1/users/{id}/disable`: shuts an account and suspends its tokens.

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
    users::{self, EditUserRequest},
};
use axum::{extract::State, response::Response};
use http::StatusCode;
use jeton_core::id::UserId;

/// Shut an account; its tokens are suspended.
#[utoipa::path(post, path = "/v1/users/{id}/disable", tag = "users", security(("bearer" = ["users:write"])),
    params(("id" = String, Path)), responses((status = OK, body = UserView)))]
pub async fn disable_user(
    State(authority): State<Shared>,
    bearer: Bearer<UsersWrite>,
    Id(id): Id<UserId>,
    Query(NoParameters {}): Query<NoParameters>,
    _: Option<Json<Nothing>>,
) -> Result<Response, Problem> {
    let asked = EditUserRequest { version: None, name: None, email: None, role: None, disabled: Some(true) };
    let (user, revision) = users::edit(&authority, &bearer.caller, id, None, asked).await?;
    let version = user.version;
    Ok(respond::changed(StatusCode::OK, &UserView::from(user), Some(version), revision))
}
