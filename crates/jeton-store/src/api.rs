//! APIs (resource servers) as stored: the core's [`jeton_core::api::Api`] with its version.

mod row;
mod write;

pub(crate) use write::write_anew;

use crate::{
    error::StoreError,
    page::{Page, PageRequest},
    store::{Store, read::read},
};
use jeton_core::{
    api::Api,
    id::{ApiId, OrganisationId},
    timestamp::Timestamp,
};

/// An API as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredApi {
    /// What verifiers need of it.
    pub api: Api,
    /// When it was made.
    pub created_at: Timestamp,
    /// Rises by one with each edit.
    pub version: i64,
}

impl Store {
    /// Shows an API of an organisation.
    pub async fn show_api(&self, owner: OrganisationId, id: ApiId) -> Result<StoredApi, StoreError> {
        read!(self, link => row::load_owned(link, self.marks(), owner, id))
    }
    /// Lists an organisation's APIs by id.
    pub async fn list_apis(&self, owner: OrganisationId, page: PageRequest) -> Result<Page<StoredApi>, StoreError> {
        let after = page.after.clone().unwrap_or_default();
        let apis = read!(self, link => row::list(link, self.marks(), owner, after.clone(), page.limit()))?;
        Ok(Page::cut(apis, page.limit(), |api| api.api.id.to_string()))
    }
    /// All APIs of all organisations, for verifiers.
    pub async fn catalogue(&self) -> Result<Vec<Api>, StoreError> {
        read!(self, link => row::catalogue(link, self.marks()))
    }
}
