//! People's accounts. Their sign-in comes with the dashboard; here they own tokens.

use jeton_core::{id::OrganisationId, id::UserId, name::Name, timestamp::Timestamp};

/// What a person may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Everything, other owners included.
    Owner,
    /// Everything but owners.
    Operator,
    /// Approves apps.
    Approver,
    /// Own tokens and apps.
    Developer,
    /// Reads all, changes nothing.
    Auditor,
}

/// A user as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The id; also the subject of the user's tokens.
    pub id: UserId,
    /// The organisation that the account belongs to.
    pub organisation: OrganisationId,
    /// The name to sign in with; one of a kind in the organisation.
    pub name: Name,
    /// The e-mail address, where one is known.
    pub email: Option<String>,
    /// What the user may do.
    pub role: Role,
    /// Whether the account is shut. The tokens of a shut account are suspended.
    pub disabled: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// Rises by one with each edit.
    pub version: i64,
}

impl Role {
    /// All roles, the widest first.
    pub const ALL: [Self; 5] = [Self::Owner, Self::Operator, Self::Approver, Self::Developer, Self::Auditor];

    /// The role's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Operator => "operator",
            Self::Approver => "approver",
            Self::Developer => "developer",
            Self::Auditor => "auditor",
        }
    }
    /// From its word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
}
