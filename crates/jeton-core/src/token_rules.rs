//! What an organisation lays down for all of its tokens and apps: the longest lives, networks that must be named, what a role may put
//! into a token, who needs a second factor to sign in, and who approves apps. The dashboard and `/v1/policy` call it the policy;
//! `policy` here is what one token may do.
//!
//! Never looks at who asks: whether somebody may change the rules is decided where he asks.

mod fault;

pub use fault::BrokenRule;

use crate::{fault::Invalid, kind::TokenKind, limits, network::Networks, role::Role, scope::Scope, scope::ScopeSet, timestamp::Span};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The rules of an organisation. Where nothing is laid down, nothing but the limits of the program holds, and only owners and operators
/// put sensitive scopes into tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TokenRules {
    /// By kind of token: `pat`, `key`, `pub`, `svc`.
    pub kinds: BTreeMap<TokenKind, KindRule>,
    /// By the role of whoever issues a token or registers an app.
    pub roles: BTreeMap<Role, RoleRule>,
    /// For apps.
    pub apps: AppRules,
}

/// What holds for tokens of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct KindRule {
    /// Longest life, in seconds; a token without an end is longer than any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub longest_seconds: Option<u32>,
    /// Whether each must end, however late.
    pub must_end: bool,
    /// Whether each must name the networks that it may be used from.
    pub must_name_networks: bool,
}

/// What people of one role may put into tokens, and whether they register apps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleRule {
    /// Whether they issue tokens for themselves.
    #[serde(default = "yes")]
    pub issues_tokens: bool,
    /// Whether they register apps.
    #[serde(default = "yes")]
    pub registers_apps: bool,
    /// Whether scopes that an API calls sensitive may be in their tokens.
    #[serde(default)]
    pub sensitive_scopes: bool,
    /// Scopes that may not be in their tokens; a wildcard refuses all below it.
    #[serde(default)]
    pub refused_scopes: ScopeSet,
    /// Whether they must sign in with two factors: without it no page opens for them but the one to set a second factor up.
    #[serde(default)]
    pub second_factor: bool,
}

/// What holds for apps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AppRules {
    /// Which apps of the organisation's own people are approved as they are registered.
    pub approved_at_once: ApprovedAtOnce,
    /// Whether the role of approvers approves apps, beside owners and operators.
    pub approvers_approve: bool,
}

/// Which apps need nobody's approval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovedAtOnce {
    /// None.
    #[default]
    None,
    /// Those that want nothing but public scopes.
    Public,
    /// Those that want no sensitive scope.
    NotSensitive,
}

const fn yes() -> bool {
    true
}

impl Default for AppRules {
    fn default() -> Self {
        Self { approved_at_once: ApprovedAtOnce::None, approvers_approve: true }
    }
}

impl RoleRule {
    /// What holds for a role that nothing is laid down for.
    pub const fn default_of(role: Role) -> Self {
        let sensitive_scopes = matches!(role, Role::Owner | Role::Operator);
        Self { issues_tokens: true, registers_apps: true, sensitive_scopes, refused_scopes: ScopeSet::empty(), second_factor: false }
    }
}

impl TokenRules {
    /// Kinds that rules can be laid down for.
    pub const KINDS: [TokenKind; 4] = [TokenKind::Pat, TokenKind::Key, TokenKind::Pub, TokenKind::Svc];

    /// Checks what the parts cannot check for themselves; names the field.
    pub fn validate(&self) -> Result<(), (String, Invalid)> {
        for (kind, rule) in &self.kinds {
            if !Self::KINDS.contains(kind) {
                return Err(("kinds".to_owned(), Invalid::new(format!("must name only `pat`, `key`, `pub` and `svc` (got `{kind}`)"))));
            }
            let longest = limits::TOKEN_LIFE_MAX.as_seconds_up();
            if rule.longest_seconds.is_some_and(|seconds| seconds == 0 || Span::from_seconds(seconds) > limits::TOKEN_LIFE_MAX) {
                return Err((format!("kinds.{kind}.longest_seconds"), Invalid::new(format!("must be 1 to {longest} seconds"))));
            }
        }
        Ok(())
    }
    /// What holds for a kind.
    pub fn kind(&self, kind: TokenKind) -> KindRule {
        self.kinds.get(&kind).copied().unwrap_or_default()
    }
    /// What holds for a role.
    pub fn role(&self, role: Role) -> RoleRule {
        self.roles.get(&role).cloned().unwrap_or_else(|| RoleRule::default_of(role))
    }
    /// The longest life of tokens of a kind, where there is a rule.
    pub fn longest(&self, kind: TokenKind) -> Option<Span> {
        self.kind(kind).longest_seconds.map(Span::from_seconds)
    }
    /// Whether a token of a kind may live this long; `None` stands for no end.
    pub fn check_life(&self, kind: TokenKind, life: Option<Span>) -> Result<(), BrokenRule> {
        let rule = self.kind(kind);
        match (life, rule.longest_seconds) {
            (Some(life), Some(longest)) if life > Span::from_seconds(longest) => Err(BrokenRule::TooLong(kind, longest)),
            (None, Some(longest)) => Err(BrokenRule::TooLong(kind, longest)),
            (None, None) if rule.must_end => Err(BrokenRule::Endless(kind)),
            (Some(_) | None, _) => Ok(()),
        }
    }
    /// Whether a token of a kind may be used from these networks.
    pub fn check_networks(&self, kind: TokenKind, networks: &Networks) -> Result<(), BrokenRule> {
        if self.kind(kind).must_name_networks && networks.allow().is_empty() {
            return Err(BrokenRule::NoNetworks(kind));
        }
        Ok(())
    }
    /// Whether somebody of this role may issue tokens at all.
    pub fn check_issuer(&self, role: Role) -> Result<(), BrokenRule> {
        if self.role(role).issues_tokens { Ok(()) } else { Err(BrokenRule::IssuesNone(role)) }
    }
    /// Whether somebody of this role may put these scopes into a token. `sensitive` tells whether a scope covers one that is.
    pub fn check_scopes(&self, role: Role, scopes: &ScopeSet, sensitive: impl Fn(&Scope) -> bool) -> Result<(), BrokenRule> {
        let rule = self.role(role);
        let refused = |scope: &Scope| rule.refused_scopes.iter().any(|refused| refused.covers(scope) || scope.covers(refused));
        if let Some(scope) = scopes.iter().find(|scope| refused(scope)) {
            return Err(BrokenRule::RefusedScope(role, scope.clone()));
        }
        match scopes.iter().find(|scope| !rule.sensitive_scopes && sensitive(scope)) {
            Some(scope) => Err(BrokenRule::SensitiveScope(role, scope.clone())),
            None => Ok(()),
        }
    }
    /// Whether people of any role must sign in with two factors.
    pub fn want_second_factors(&self) -> bool {
        self.roles.values().any(|rule| rule.second_factor)
    }
    /// Whether somebody of this role may do without the own second factor.
    pub fn check_second_factor(&self, role: Role) -> Result<(), BrokenRule> {
        if self.role(role).second_factor { Err(BrokenRule::NoSecondFactor(role)) } else { Ok(()) }
    }
    /// Whether somebody of this role may register apps.
    pub fn check_registrar(&self, role: Role) -> Result<(), BrokenRule> {
        if self.role(role).registers_apps { Ok(()) } else { Err(BrokenRule::RegistersNone(role)) }
    }
    /// Whether somebody of this role may approve or reject apps, where his role has the power for it.
    pub fn check_approver(&self, role: Role) -> Result<(), BrokenRule> {
        if role == Role::Approver && !self.apps.approvers_approve { Err(BrokenRule::ApprovesNone(role)) } else { Ok(()) }
    }
}

impl AppRules {
    /// Whether an app that wants these scopes is approved as it is registered.
    pub fn approves_at_once(self, scopes: &ScopeSet, public: impl Fn(&Scope) -> bool, sensitive: impl Fn(&Scope) -> bool) -> bool {
        match self.approved_at_once {
            ApprovedAtOnce::None => false,
            ApprovedAtOnce::Public => scopes.iter().all(public),
            ApprovedAtOnce::NotSensitive => !scopes.iter().any(sensitive),
        }
    }
}

#[cfg(test)]
mod tests;
