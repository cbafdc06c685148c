//! Organisations, projects and users in answers.

use crate::{invitations::Invited, links::IssuedLink};
use jeton_core::{
    id::{LinkId, OrganisationId, ProjectId, UserId},
    name::Name,
    timestamp::Timestamp,
};
use jeton_store::{
    account_link::AccountLink,
    organisation::Organisation,
    project::Project,
    user::{Role, User},
};
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

/// An invitation that waits.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Invitation)]
pub struct InvitationView {
    /// Its id.
    #[schema(value_type = String)]
    pub id: LinkId,
    /// The address that the account will have.
    pub email: Option<String>,
    /// The role that it gives.
    pub role: &'static str,
    /// Whether it was sent by mail.
    pub sent: bool,
    /// When it was issued.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Until when it is good.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
}

/// An invitation that was issued just now.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Invited)]
pub struct InvitedView {
    /// Its id.
    #[schema(value_type = String)]
    pub id: LinkId,
    /// The address that the account will have.
    pub email: Option<String>,
    /// The role that it gives.
    pub role: &'static str,
    /// Whether it was sent by mail.
    pub sent: bool,
    /// The link to hand over, where it was not. Never shown again.
    pub url: Option<String>,
    /// Until when it is good.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
}

/// A link to hand over.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Link)]
pub struct LinkView {
    /// The whole address. Never shown again.
    pub url: String,
    /// Until when it is good.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
}

impl std::fmt::Debug for InvitedView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "InvitedView({}, redacted)", self.id)
    }
}

impl std::fmt::Debug for LinkView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LinkView(redacted)")
    }
}

impl From<AccountLink> for InvitationView {
    fn from(own: AccountLink) -> Self {
        Self {
            id: own.id,
            email: own.email,
            role: own.role.map_or("", Role::as_str),
            sent: own.by_mail,
            created_at: own.created_at,
            expires_at: own.expires_at,
        }
    }
}

impl From<Invited> for InvitedView {
    fn from(own: Invited) -> Self {
        let url = (!own.sent).then(|| own.link.url.as_str().to_owned());
        Self { id: own.id, email: own.email, role: own.role.as_str(), sent: own.sent, url, expires_at: own.link.expires_at }
    }
}

impl From<IssuedLink> for LinkView {
    fn from(own: IssuedLink) -> Self {
        Self { url: own.url.as_str().to_owned(), expires_at: own.expires_at }
    }
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
