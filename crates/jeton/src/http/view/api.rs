//! APIs in answers and requests.

use jeton_core::{
    api::{ApiRoute, ApiScope},
    api_limit::ApiLimit,
    id::ApiId,
    kind::TokenFormat,
    name::{Audience, Name},
    oauth::grant_lives::LivesByGrant,
    timestamp::Timestamp,
};
use jeton_store::api::StoredApi;
use serde::Serialize;

/// An API that tokens are for.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Api)]
pub struct ApiView {
    /// Its id.
    #[schema(value_type = String)]
    pub id: ApiId,
    /// What tokens name it by.
    #[schema(value_type = String)]
    pub audience: Audience,
    /// Its name.
    #[schema(value_type = String)]
    pub name: Name,
    /// The scopes that it knows: `{scope, description, public, sensitive?}`.
    #[schema(value_type = Vec<Object>)]
    pub scopes: Vec<ApiScope>,
    /// What its routes demand: `{route, scopes, acr_values?, max_age?, limits?, cost?}`.
    #[schema(value_type = Vec<Object>)]
    pub routes: Vec<ApiRoute>,
    /// How access tokens of OAuth for it are written.
    #[schema(value_type = String)]
    pub token_format: TokenFormat,
    /// Life of access tokens of OAuth for it; `null` where it is as configured.
    pub access_token_seconds: Option<u32>,
    /// The same by grant type, where something is said.
    #[schema(value_type = Object)]
    pub access_token_seconds_by_grant: LivesByGrant,
    /// At what pace it may be called: `{per, requests, per_seconds, burst?, on_unavailable?}`.
    #[schema(value_type = Vec<Object>)]
    pub limits: Vec<ApiLimit>,
    /// How old the memory of a gate may be for its calls; `null` where it is as the gate is configured.
    pub max_staleness_ms: Option<u32>,
    /// For how many seconds more its calls are decided from a memory that is too old; `null` where they are refused.
    pub serve_stale_seconds: Option<u32>,
    /// When it was added.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// What `If-Match` compares.
    pub version: i64,
}

impl From<StoredApi> for ApiView {
    fn from(stored: StoredApi) -> Self {
        let StoredApi { api, created_at, version } = stored;
        Self {
            id: api.id,
            audience: api.audience,
            name: api.name,
            scopes: api.scopes,
            routes: api.routes,
            token_format: api.token_format,
            access_token_seconds: api.access_token_seconds,
            access_token_seconds_by_grant: api.access_token_seconds_by_grant,
            limits: api.limits,
            max_staleness_ms: api.max_staleness_ms,
            serve_stale_seconds: api.serve_stale_seconds,
            created_at,
            version,
        }
    }
}
