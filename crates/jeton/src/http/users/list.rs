//! `GET /v1/users`: lists users.

use crate::{
    authority::Shared,
    http::{
        guard::{Bearer, UsersRead},
        query::Query,
        respond,
        view::{
            list::{List, Paging, page_request},
            people::UserView,
        },
    },
    problem::Problem,
};
use axum::{extract::State, response::Response};

/// List the organisation's users.
#[utoipa::path(get, path = "/v1/users", tag = "users", security(("bearer" = ["users:read"])), params(Paging),
    responses((status = OK, body = List<UserView>)))]
pub async fn list_users(
    State(authority): State<Shared>,
    bearer: Bearer<UsersRead>,
    Query(paging): Query<Paging>,
) -> Result<Response, Problem> {
    let page = page_request(paging.cursor, paging.limit)?;
    let page = authority.store.list_users(bearer.caller.organisation(), page).await?;
    Ok(respond::found(&List::of(page, UserView::from)))
}
