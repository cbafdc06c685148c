//! `POST /v1/revocations`: revokes everything of a subject, a client, a project, a signing key or the organisation.

use crate::{
    authority::Shared,
    http::{
        guard::{Bearer, TokensRevoke},
        query::{NoParameters, Query},
        respond,
        view::revocation::RevocationView,
    },
    json::Json,
    problem::Problem,
    revocations::{self, RevocationRequest},
    verifiers::Acknowledged,
};
use axum::{extract::State, response::Response};
use http::StatusCode;
use serde::Serialize;

/// What was revoked, with the verifiers where they were waited for.
#[derive(Debug, Serialize)]
struct Told {
    #[serde(flatten)]
    view: RevocationView,
    #[serde(flatten)]
    told: Option<Acknowledged>,
}

/// Revoke everything that was issued up to an instant to a subject, a client or a project, everything of the organisation, or every
/// JWT of a signing key. Nothing of it comes back to life; what is issued later lives.
#[utoipa::path(post, path = "/v1/revocations", tag = "revocations", security(("bearer" = ["tokens:revoke"])),
    request_body = RevocationRequest, responses((status = OK, body = RevocationView)))]
pub async fn revoke_many(
    State(authority): State<Shared>,
    bearer: Bearer<TokensRevoke>,
    Query(NoParameters {}): Query<NoParameters>,
    Json(asked): Json<RevocationRequest>,
) -> Result<Response, Problem> {
    let revoked = revocations::revoke(&authority, &bearer.caller, &asked).await?;
    let Some(revision) = revoked.revision else { return Ok(respond::found(&revoked.view)) };
    let told = match asked.wait.at_most() {
        Some(at_most) => Some(authority.verifiers.wait_for(revision, bearer.caller.organisation(), at_most).await),
        None => None,
    };
    Ok(respond::changed(StatusCode::OK, &Told { view: revoked.view, told }, None, revision))
}
