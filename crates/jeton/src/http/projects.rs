//! `/v1/projects`: one file per route.

pub mod add;
pub mod edit;
pub mod list;
pub mod remove;
pub mod show;

use jeton_core::name::Name;
use serde::Deserialize;

/// A project to be added.
#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddProjectRequest {
    /// Its name; one of a kind in the organisation.
    #[schema(value_type = String, min_length = 1, max_length = 100)]
    pub name: Name,
}

/// An edit of a project.
#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EditProjectRequest {
    /// The version that was read, where no `If-Match` says it.
    #[schema(minimum = 1)]
    pub version: Option<i64>,
    /// A new name.
    #[schema(value_type = String, min_length = 1, max_length = 100)]
    pub name: Name,
}
