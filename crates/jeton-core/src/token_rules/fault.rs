//! A rule of the organisation that something asked for would break: which one, and at which field of what was asked.

use crate::{kind::TokenKind, role::Role, scope::Scope};
use std::fmt;

/// A broken rule. Its words name the rule as `/v1/policy` does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BrokenRule {
    /// The life is longer than tokens of the kind may have, in seconds.
    TooLong(TokenKind, u32),
    /// There is no end, and tokens of the kind need one.
    Endless(TokenKind),
    /// There are no networks, and tokens of the kind need them.
    NoNetworks(TokenKind),
    /// People of the role issue no tokens.
    IssuesNone(Role),
    /// The scope is refused to the role.
    RefusedScope(Role, Scope),
    /// The scope is sensitive, and the role gives no such.
    SensitiveScope(Role, Scope),
    /// People of the role register no apps.
    RegistersNone(Role),
    /// People of the role approve no apps.
    ApprovesNone(Role),
    /// People of the role have a second factor.
    NoSecondFactor(Role),
}

impl BrokenRule {
    /// The rule's place in the policy.
    pub fn rule(&self) -> String {
        match self {
            Self::TooLong(kind, _) => format!("kinds.{kind}.longest_seconds"),
            Self::Endless(kind) => format!("kinds.{kind}.must_end"),
            Self::NoNetworks(kind) => format!("kinds.{kind}.must_name_networks"),
            Self::IssuesNone(role) => format!("roles.{}.issues_tokens", role.as_str()),
            Self::RefusedScope(role, _) => format!("roles.{}.refused_scopes", role.as_str()),
            Self::SensitiveScope(role, _) => format!("roles.{}.sensitive_scopes", role.as_str()),
            Self::RegistersNone(role) => format!("roles.{}.registers_apps", role.as_str()),
            Self::ApprovesNone(_) => "apps.approvers_approve".to_owned(),
            Self::NoSecondFactor(role) => format!("roles.{}.second_factor", role.as_str()),
        }
    }
    /// The field of a request that breaks the rule, where one does.
    pub const fn field(&self) -> Option<&'static str> {
        match self {
            Self::TooLong(..) | Self::Endless(_) => Some("expires_in"),
            Self::NoNetworks(_) => Some("networks"),
            Self::RefusedScope(..) | Self::SensitiveScope(..) => Some("scopes"),
            Self::IssuesNone(_) | Self::RegistersNone(_) | Self::ApprovesNone(_) | Self::NoSecondFactor(_) => None,
        }
    }
}

impl fmt::Display for BrokenRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong(kind, seconds) => write!(f, "the policy lets a {} live {seconds} seconds at most", kind.label()),
            Self::Endless(kind) => write!(f, "the policy wants an end of each {}", kind.label()),
            Self::NoNetworks(kind) => write!(f, "the policy wants each {} to name its networks", kind.label()),
            Self::IssuesNone(role) => write!(f, "the policy lets nobody with the role `{}` issue tokens", role.as_str()),
            Self::RefusedScope(role, scope) => write!(f, "the policy refuses `{scope}` to the role `{}`", role.as_str()),
            Self::SensitiveScope(role, scope) => {
                write!(f, "`{scope}` is sensitive, and the policy keeps it from the role `{}`", role.as_str())
            }
            Self::RegistersNone(role) => write!(f, "the policy lets nobody with the role `{}` register apps", role.as_str()),
            Self::ApprovesNone(role) => write!(f, "the policy leaves apps to owners and operators, not to the role `{}`", role.as_str()),
            Self::NoSecondFactor(role) => {
                write!(f, "the policy wants a second factor of everybody with the role `{}`, and this is the last one", role.as_str())
            }
        }?;
        write!(f, " (`{}`)", self.rule())
    }
}

impl std::error::Error for BrokenRule {}
