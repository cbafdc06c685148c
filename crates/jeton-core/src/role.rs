//! What a person is to an organisation. What a role may do is laid down elsewhere; here are only the words.

use serde::{Deserialize, Serialize};

/// What a person may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
