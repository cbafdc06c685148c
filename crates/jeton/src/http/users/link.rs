//! `POST /v1/users/{id}/link`: a link by which a user chooses another password, to be handed over. Shown this once.

use crate::{
    authority::Shared,
    http::{
        guard::{Bearer, UsersWrite},
        id::Id,
        query::{NoParameters, Query},
        respond,
        view::people::LinkView,
    },
    json::{Json, Nothing},
    problem::Problem,
    users,
};
use axum::{extract::State, response::Response};
use http::StatusCode;
use jeton_core::id::UserId;

/// Have a link made by which a user chooses another password: good once, for a day.
#[utoipa::path(post, path = "/v1/users/{id}/link", tag = "users", security(("bearer" = ["users:write"])), params(("id" = String, Path)),
    responses((status = CREATED, body = LinkView)))]
pub async fn make_link(
    State(authority): State<Shared>,
    bearer: Bearer<UsersWrite>,
    Id(id): Id<UserId>,
    Query(NoParameters {}): Query<NoParameters>,
    _: Option<Json<Nothing>>,
) -> Result<Response, Problem> {
    let link = users::link(&authority, &bearer.caller, id).await?;
    let revision = authority.store.head().await?;
    Ok(respond::changed(StatusCode::CREATED, &LinkView::from(link), None, revision))
}
