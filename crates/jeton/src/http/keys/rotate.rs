//! `POST /v1/keys/rotate`: makes and publishes the next signing key.

use crate::{
    authority::Shared,
    http::{
        guard::{Bearer, KeysWrite},
        query::{NoParameters, Query},
        respond,
        view::key::{self, KeyView},
    },
    json::Json,
    keys::{KeysFault, Takeover},
    problem::{Problem, ProblemCode},
};
use axum::{extract::State, response::Response};
use http::StatusCode;
use jeton_core::{fault::Invalid, jose::Algorithm};
use serde::Deserialize;

/// A rotation of the signing keys.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RotateKeysRequest {
    /// `ES256`, `EdDSA` or `RS256`; as configured where absent.
    #[schema(pattern = "^(ES256|EdDSA|RS256)$")]
    algorithm: Option<String>,
    /// Sign with it at once, without publishing it for a while first: verifiers that keep key sets refuse its first tokens.
    #[serde(default)]
    now: bool,
}

/// Make and publish the next signing key. It signs after it has been published for a while.
#[utoipa::path(post, path = "/v1/keys/rotate", tag = "keys", security(("bearer" = ["keys:write"])), request_body = RotateKeysRequest,
    responses((status = CREATED, body = KeyView)))]
pub async fn rotate_keys(
    State(authority): State<Shared>,
    bearer: Bearer<KeysWrite>,
    Query(NoParameters {}): Query<NoParameters>,
    asked: Option<Json<RotateKeysRequest>>,
) -> Result<Response, Problem> {
    // The keys are everybody's: only the organisation that owns the installation rotates them.
    crate::http::organisations::only_main(&authority, &bearer.caller)?;
    let asked = asked.map(|Json(asked)| asked).unwrap_or_default();
    let unknown = || Problem::field("algorithm", &Invalid::new("must be `ES256`, `EdDSA` or `RS256`"));
    let algorithm = asked.algorithm.as_deref().map(|name| Algorithm::parse_signing(name).ok_or_else(unknown)).transpose()?;
    let now = authority.now();
    let takeover = if asked.now { Takeover::Now } else { Takeover::Published };
    let made = authority.keys.rotate_at(&bearer.caller.actor(now), algorithm, takeover, now).await.map_err(explain)?;
    let revision = authority.store.head().await?;
    authority.took_in(revision).await;
    let view = key::show(authority.keys.list(), now).into_iter().find(|key| key.kid == made.kid);
    Ok(respond::changed(StatusCode::CREATED, &view, None, revision))
}

/// What a fault of the keys is told as.
pub(crate) fn explain(fault: KeysFault) -> Problem {
    match fault {
        KeysFault::Store(error) => error.into(),
        fault @ (KeysFault::Unusable { .. } | KeysFault::NotMade(_) | KeysFault::NoneSigns) => {
            tracing::error!(%fault, "the signing keys could not be rotated");
            Problem::new(ProblemCode::Unavailable, "the signing keys cannot be rotated at present; the log has the cause")
        }
    }
}
