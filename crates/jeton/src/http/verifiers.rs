//! `GET /v1/verifiers`: who decides on tokens out of a memory of its own, and how far each is.
//!
//! Names verifiers of all organisations, hence only for callers of the organisation that owns the management interface.

use super::{
    guard::{Bearer, VerifiersRead},
    query::{NoParameters, Query},
    respond,
    view::List,
};
use crate::{authority::Shared, problem::Problem, verifiers::VerifierView};
use axum::{extract::State, response::Response};

/// List the verifiers that are known: the gates of the authority's nodes, gates elsewhere, and followers of the change log.
#[utoipa::path(get, path = "/v1/verifiers", tag = "verifiers", security(("bearer" = ["verifiers:read"])),
    responses((status = OK, body = List<VerifierView>)))]
pub async fn list_verifiers(
    State(authority): State<Shared>,
    bearer: Bearer<VerifiersRead>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Response, Problem> {
    super::organisations::only_main(&authority, &bearer.caller)?;
    let head = authority.store.head().await?;
    Ok(respond::found(&List { items: authority.verifiers.list(head), next: None }))
}
