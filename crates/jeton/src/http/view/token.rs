//! A token as its owner sees it.

use crate::json::Metadata;
use jeton_core::{
    allowance::{Allowances, OnUnavailable},
    facts::TokenState,
    id::{ProjectId, TokenId},
    kind::{TokenFormat, TokenKind},
    name::{Audience, Name, Subject},
    network::Networks,
    policy::Policy,
    route::Route,
    scope::ScopeSet,
    timestamp::Timestamp,
    token_text::Brand,
};
use jeton_store::{token::TokenDetail, usage::LastUse};
use serde::Serialize;

/// A token.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Token)]
pub struct TokenView {
    /// Names it in lists, logs and commands.
    #[schema(value_type = String, example = "4kQ9cX2mPz7T")]
    pub id: TokenId,
    /// What it is for: `pat`, `key`, `pub`, `svc` or `oat`.
    #[schema(value_type = String)]
    pub kind: TokenKind,
    /// How it is written: `opaque` or `jwt`.
    #[schema(value_type = String)]
    pub format: TokenFormat,
    /// For people.
    #[schema(value_type = String)]
    pub name: Name,
    /// What it may do, in one sentence for people; only where one token is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sentence: Option<String>,
    /// What its text begins with; `null` for a JWT.
    pub prefix: Option<String>,
    /// The last four characters of its newest secret; empty for a JWT.
    pub hint: String,
    /// Whom it speaks for.
    #[schema(value_type = String)]
    pub subject: Subject,
    /// The project that it belongs to.
    #[schema(value_type = Option<String>)]
    pub project: Option<ProjectId>,
    /// The APIs that it is for.
    #[schema(value_type = Vec<String>)]
    pub audience: Vec<Audience>,
    /// What it may do there.
    #[schema(value_type = Vec<String>)]
    pub scopes: ScopeSet,
    /// Where it may be used from.
    pub networks: NetworksView,
    /// What it may call; empty stands for all that its scopes open.
    #[schema(value_type = Vec<String>)]
    pub routes: Vec<Route>,
    /// How much it may do.
    pub limits: LimitsView,
    /// Free for the owner.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    pub metadata: Metadata,
    /// As stored: `active`, `suspended` or `revoked`.
    #[schema(value_type = String)]
    pub state: TokenState,
    /// As of now: the state, or `expired`, or `not_yet_valid`.
    pub status: &'static str,
    /// From when on it may be used.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub not_before: Option<Timestamp>,
    /// Until when it may be used; `null` for no end.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
    /// When it was issued.
    #[schema(value_type = String, format = DateTime)]
    pub issued_at: Timestamp,
    /// By whom: `token:ID`, `system` or `cli`.
    pub issued_by: String,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub changed_at: Timestamp,
    /// Why it is in its state.
    pub reason: Option<String>,
    /// More words on that.
    pub comment: Option<String>,
    /// The token that it was derived from.
    #[schema(value_type = Option<String>)]
    pub parent: Option<TokenId>,
    /// How many secrets it has had.
    pub generation: i64,
    /// What `If-Match` compares.
    pub version: i64,
    /// The secret before the newest, while a rotation overlaps.
    pub previous_secret: Option<PreviousSecretView>,
    /// Its last use.
    pub last_use: Option<LastUseView>,
}

/// The secret before the newest.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = PreviousSecret)]
pub struct PreviousSecretView {
    /// Until when it lives.
    #[schema(value_type = String, format = DateTime)]
    pub until: Timestamp,
    /// After how many seconds without a use it dies before that; `null` where only the time ends it.
    pub quiet_seconds: Option<u32>,
    /// When it was last used since the rotation.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_used_at: Option<Timestamp>,
    /// From where.
    pub last_used_ip: Option<String>,
}

/// A last use.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = LastUse)]
pub struct LastUseView {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// From where.
    pub client_ip: Option<String>,
    /// With what.
    pub user_agent: Option<String>,
}

/// Where a token may be used from.
#[derive(Clone, Debug, Default, Serialize, utoipa::ToSchema)]
#[schema(as = Networks)]
pub struct NetworksView {
    /// Addresses that may; empty stands for all.
    pub allow: Vec<String>,
    /// Addresses that may not, though allowed.
    pub except: Vec<String>,
}

/// How much a token may do.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Limits)]
pub struct LimitsView {
    /// Rates: `{requests, per_seconds, burst?}`.
    #[schema(value_type = Vec<Object>)]
    pub rates: Vec<jeton_core::allowance::Rate>,
    /// Quotas: `{requests, refill_seconds}`.
    #[schema(value_type = Vec<Object>)]
    pub quotas: Vec<jeton_core::allowance::Quota>,
    /// What becomes of a call where they cannot be evaluated: `deny` or `allow`.
    #[schema(value_type = String)]
    pub on_unavailable: OnUnavailable,
}

/// A token that was just issued, with its text this once.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = IssuedToken)]
pub struct IssuedView<'a> {
    /// The token.
    #[serde(flatten)]
    pub token: &'a TokenView,
    /// Its whole text. Shown in this answer and never again.
    #[serde(rename = "token")]
    #[schema(value_type = String)]
    pub text: &'a str,
}

impl From<&Networks> for NetworksView {
    fn from(networks: &Networks) -> Self {
        let texts = |list: &[ipnet::IpNet]| list.iter().map(ToString::to_string).collect();
        Self { allow: texts(networks.allow()), except: texts(networks.except()) }
    }
}

impl From<&Allowances> for LimitsView {
    fn from(allowances: &Allowances) -> Self {
        Self { rates: allowances.rates.clone(), quotas: allowances.quotas.clone(), on_unavailable: allowances.on_unavailable }
    }
}

/// What the text of an opaque token begins with.
pub fn prefix(brand: Option<&Brand>, policy: &Policy, id: TokenId) -> Option<String> {
    let brand = brand.map_or_else(String::new, |brand| format!("{}_", brand.as_str()));
    (policy.format == TokenFormat::Opaque).then(|| format!("{brand}jtn_{}_{id}", policy.kind))
}

/// The state as of now.
pub fn status_at(state: TokenState, not_before: Option<Timestamp>, expires_at: Option<Timestamp>, now: Timestamp) -> &'static str {
    match state {
        TokenState::Active if expires_at.is_some_and(|at| now >= at) => "expired",
        TokenState::Active if not_before.is_some_and(|at| now < at) => "not_yet_valid",
        state => state.as_str(),
    }
}

impl TokenView {
    /// Shows a token as of `now`.
    pub fn of(detail: TokenDetail, brand: Option<&Brand>, now: Timestamp) -> Self {
        let TokenDetail { record, last_use, quiet_seconds, .. } = detail;
        let policy = &record.policy;
        Self {
            id: record.id,
            kind: policy.kind,
            format: policy.format,
            name: detail.name,
            sentence: None,
            prefix: prefix(brand, policy, record.id),
            hint: detail.hint,
            project: policy.project,
            audience: policy.audiences.clone(),
            scopes: policy.scopes.clone(),
            networks: (&policy.networks).into(),
            routes: policy.routes.clone(),
            limits: (&policy.allowances).into(),
            metadata: Metadata::from_text(&detail.metadata),
            state: record.state,
            status: status_at(record.state, record.not_before, record.expires_at, now),
            not_before: record.not_before,
            expires_at: record.expires_at,
            issued_at: detail.issued_at,
            issued_by: detail.issued_by,
            changed_at: detail.changed_at,
            reason: detail.reason,
            comment: detail.comment,
            parent: policy.parent,
            generation: detail.generation,
            version: detail.version,
            previous_secret: record
                .secrets
                .previous
                .filter(|(_, until)| now < *until)
                .map(|(_, until)| previous(until, quiet_seconds, last_use.as_ref())),
            last_use: last_use.map(LastUseView::from),
            subject: record.subject,
        }
    }
}

fn previous(until: Timestamp, quiet_seconds: Option<u32>, last: Option<&LastUse>) -> PreviousSecretView {
    PreviousSecretView {
        until,
        quiet_seconds,
        last_used_at: last.and_then(|last| last.previous_secret_at),
        last_used_ip: last.and_then(|last| last.previous_secret_ip.clone()),
    }
}

impl From<LastUse> for LastUseView {
    fn from(last: LastUse) -> Self {
        Self { at: last.at, client_ip: last.client_ip, user_agent: last.user_agent }
    }
}
