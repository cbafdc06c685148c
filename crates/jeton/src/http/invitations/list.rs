//! `GET /v1/invitations`: lists the invitations that wait, without their links.

use crate::{
    authority::Shared,
    http::{
        guard::{Bearer, UsersRead},
        query::Query,
        respond,
        view::{
            list::{List, Paging, page_request},
            people::InvitationView,
        },
    },
    invitations,
    problem::Problem,
};
use axum::{extract::State, response::Response};

/// List the invitations that wait, the newest first.
#[utoipa::path(get, path = "/v1/invitations", tag = "users", security(("bearer" = ["users:read"])), params(Paging),
    responses((status = OK, body = List<InvitationView>)))]
pub async fn list_invitations(
    State(authority): State<Shared>,
    bearer: Bearer<UsersRead>,
    Query(paging): Query<Paging>,
) -> Result<Response, Problem> {
    let page = page_request(paging.cursor, paging.limit)?;
    let page = invitations::list(&authority, &bearer.caller, page).await?;
    Ok(respond::found(&List::of(page, InvitationView::from)))
}
