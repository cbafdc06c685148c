//! Use and refusals in answers.

use jeton_core::{
    id::{DecisionId, TokenId},
    timestamp::Timestamp,
};
use jeton_store::usage::{RefusalRow, UsageDelta};
use serde::Serialize;

/// How often a token was used in one hour, in one way.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Usage)]
pub struct UsageView {
    /// The start of the hour.
    #[schema(value_type = String, format = DateTime)]
    pub hour: Timestamp,
    /// `ok`, or the code of the refusal.
    pub outcome: String,
    /// The route's pattern, `-` where there is none.
    pub route: String,
    /// The caller's network.
    pub network: String,
    /// Whether the previous secret of a rotation was used.
    pub previous_secret: bool,
    /// How often.
    pub count: u64,
}

/// A refusal that was kept.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Refusal)]
pub struct RefusalView {
    /// Names the decision.
    #[schema(value_type = String)]
    pub decision_id: DecisionId,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// The token, where one was recognised.
    #[schema(value_type = Option<String>)]
    pub token: Option<TokenId>,
    /// The stable code.
    pub code: String,
    /// The rule that refused.
    pub cause: String,
    /// The method that was called.
    pub method: Option<String>,
    /// The path that was called.
    pub path: Option<String>,
    /// The API that was called.
    pub audience: Option<String>,
    /// The scopes that were missing or wanted.
    pub scopes: Vec<String>,
    /// The caller's address.
    pub client_ip: Option<String>,
    /// The caller's user agent.
    pub user_agent: Option<String>,
}

impl From<UsageDelta> for UsageView {
    fn from(own: UsageDelta) -> Self {
        Self {
            hour: own.hour,
            outcome: own.outcome,
            route: own.route,
            network: own.network,
            previous_secret: own.previous_secret,
            count: own.count,
        }
    }
}

impl From<RefusalRow> for RefusalView {
    fn from(own: RefusalRow) -> Self {
        Self {
            decision_id: own.decision,
            at: own.at,
            token: own.token,
            code: own.code,
            cause: own.cause,
            method: own.method,
            path: own.path,
            audience: own.audience,
            scopes: own.scopes.split(' ').filter(|scope| !scope.is_empty()).map(str::to_owned).collect(),
            client_ip: own.client_ip,
            user_agent: own.user_agent,
        }
    }
}
