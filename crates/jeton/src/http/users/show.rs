//! `GET /v1/users/{id}`: shows a user.

use crate::{
    authority::Shared,
    http::{
        guard::{Bearer, UsersRead},
        id::Id,
        query::{NoParameters, Query},
        respond,
        view::people::UserView,
    },
    problem::Problem,
};
use axum::{extract::State, response::Response};
use jeton_core::id::UserId;

/// Show a user.
#[utoipa::path(get, path = "/v1/users/{id}", tag = "users", security(("bearer" = ["users:read"])), params(("id" = String, Path)),
    responses((status = OK, body = UserView)))]
pub async fn show_user(
    State(authority): State<Shared>,
    bearer: Bearer<UsersRead>,
    Id(id): Id<UserId>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Response, Problem> {
    let found = authority.store.show_user(bearer.caller.organisation(), id).await?;
    let version = found.version;
    Ok(respond::found_at(&UserView::from(found), version))
}
