//! APIs in answers and requests.

use jeton_core::{
    api::{Api, ApiRoute, ApiScope},
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
    /// What its routes demand: `{route, scopes, acr_values?, max_age?}`.
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
    /// When it was added.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// What `If-Match` compares.
    pub version: i64,
}

impl From<StoredApi> for ApiView {
    fn from(stored: StoredApi) -> Self {
        let StoredApi { api, created_at, version } = stored;
        let Api { id, organisation: _, audience, name, scopes, routes, token_format, access_token_seconds, access_token_seconds_by_grant } =
            api;
        Self { id, audience, name, scopes, routes, token_format, access_token_seconds, access_token_seconds_by_grant, created_at, version }
    }
}
