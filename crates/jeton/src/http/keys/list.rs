//! `GET /v1/keys`: lists signing keys.

use crate::{
    authority::Shared,
    http::{
        guard::{Bearer, KeysRead},
        query::{NoParameters, Query},
        respond,
        view::{
            List,
            key::{self, KeyView},
        },
    },
    problem::Problem,
};
use axum::{extract::State, response::Response};

/// List the signing keys, without their private halves.
#[utoipa::path(get, path = "/v1/keys", tag = "keys", security(("bearer" = ["keys:read"])), responses((status = OK, body = List<KeyView>)))]
pub async fn list_keys(
    State(authority): State<Shared>,
    _bearer: Bearer<KeysRead>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Response, Problem> {
    Ok(respond::found(&List { items: key::show(authority.keys.list(), authority.now()), next: None }))
}
