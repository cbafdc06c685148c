//! What an organisation lays down, in answers.

use jeton_core::{
    kind::TokenKind,
    role::Role,
    timestamp::Timestamp,
    token_rules::{AppRules, KindRule, RoleRule, TokenRules},
};
use jeton_store::rules::StoredRules;
use serde::Serialize;
use std::collections::BTreeMap;

/// The policy of an organisation.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Policy)]
pub struct PolicyView {
    /// By kind of token.
    #[schema(value_type = Object)]
    pub kinds: BTreeMap<TokenKind, KindRule>,
    /// By role, each one: what holds where nothing is laid down stands there too.
    #[schema(value_type = Object)]
    pub roles: BTreeMap<Role, RoleRule>,
    /// For apps.
    #[schema(value_type = Object)]
    pub apps: AppRules,
    /// When it was last changed; `null` where nothing was ever laid down.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub changed_at: Option<Timestamp>,
    /// What `If-Match` compares; 0 where nothing was ever laid down.
    pub version: i64,
}

impl From<StoredRules> for PolicyView {
    fn from(stored: StoredRules) -> Self {
        let StoredRules { rules, changed_at, version } = stored;
        Self {
            kinds: TokenRules::KINDS.into_iter().map(|kind| (kind, rules.kind(kind))).collect(),
            roles: Role::ALL.into_iter().map(|role| (role, rules.role(role))).collect(),
            apps: rules.apps,
            changed_at,
            version,
        }
    }
}
