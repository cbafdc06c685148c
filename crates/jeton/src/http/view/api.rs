//! APIs in answers and requests.

use jeton_core::{
    api::{ApiRoute, ApiScope},
    id::ApiId,
    name::{Audience, Name},
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
    /// The scopes that it knows: `{scope, description, public}`.
    #[schema(value_type = Vec<Object>)]
    pub scopes: Vec<ApiScope>,
    /// What its routes demand: `{route, scopes}`.
    #[schema(value_type = Vec<Object>)]
    pub routes: Vec<ApiRoute>,
    /// When it was added.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// What `If-Match` compares.
    pub version: i64,
}

impl From<StoredApi> for ApiView {
    fn from(stored: StoredApi) -> Self {
        let StoredApi { api, created_at, version } = stored;
        Self { id: api.id, audience: api.audience, name: api.name, scopes: api.scopes, routes: api.routes, created_at, version }
    }
}
