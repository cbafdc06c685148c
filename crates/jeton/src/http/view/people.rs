//! Organisations, projects and users in answers.

use jeton_core::{
    id::{OrganisationId, ProjectId, UserId},
    name::Name,
    timestamp::Timestamp,
};
use jeton_store::{organisation::Organisation, project::Project, user::User};
use serde::Serialize;

/// An organisation.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Organisation)]
pub struct OrganisationView {
    /// Its id.
    #[schema(value_type = String)]
    pub id: OrganisationId,
    /// Its name.
    #[schema(value_type = String)]
    pub name: Name,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

/// A project.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Project)]
pub struct ProjectView {
    /// Its id; also the subject of its keys.
    #[schema(value_type = String)]
    pub id: ProjectId,
    /// Its name.
    #[schema(value_type = String)]
    pub name: Name,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// What `If-Match` compares.
    pub version: i64,
}

/// A user.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = User)]
pub struct UserView {
    /// The id; also the subject of the user's tokens.
    #[schema(value_type = String)]
    pub id: UserId,
    /// The name to sign in with.
    #[schema(value_type = String)]
    pub name: Name,
    /// The e-mail address.
    pub email: Option<String>,
    /// `owner`, `operator`, `approver`, `developer` or `auditor`.
    pub role: &'static str,
    /// Whether the account is shut.
    pub disabled: bool,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// What `If-Match` compares.
    pub version: i64,
}

impl From<Organisation> for OrganisationView {
    fn from(own: Organisation) -> Self {
        Self { id: own.id, name: own.name, created_at: own.created_at }
    }
}

impl From<Project> for ProjectView {
    fn from(own: Project) -> Self {
        Self { id: own.id, name: own.name, created_at: own.created_at, version: own.version }
    }
}

impl From<User> for UserView {
    fn from(own: User) -> Self {
        Self {
            id: own.id,
            name: own.name,
            email: own.email,
            role: own.role.as_str(),
            disabled: own.disabled,
            created_at: own.created_at,
            version: own.version,
        }
    }
}
