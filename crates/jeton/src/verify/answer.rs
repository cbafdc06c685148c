//! The answer of a verification, borrowed from what was decided.

use super::Outcome;
use jeton_core::{
    id::{DecisionId, TokenId},
    kind::TokenKind,
    name::Audience,
    scope::ScopeSet,
    timestamp::Timestamp,
};
use jeton_gate::{
    answer::told,
    check::TokenView,
    settings::Disclosure,
    spend::{LimitStatus, LimitsReport},
};
use serde::{Serialize, Serializer, ser::SerializeSeq};

/// Whether a token is good for a call.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct VerifyAnswer<'a> {
    /// Whether it may pass.
    pub active: bool,
    /// `ok`, or why not.
    pub code: &'a str,
    /// What is wrong, where something is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<&'a str>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<&'a str>,
    /// By what the person must have signed in, where that was not fulfilled (RFC 9470).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acr_values: Option<&'a str>,
    /// How long ago that may be, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_age: Option<u32>,
    /// Names the decision.
    #[schema(value_type = Option<String>)]
    pub decision_id: Option<DecisionId>,
    /// What kind of token it is.
    #[schema(value_type = Option<String>)]
    pub kind: Option<TokenKind>,
    /// Its id.
    #[schema(value_type = Option<String>)]
    pub id: Option<TokenId>,
    /// Whom it speaks for.
    pub subject: Option<&'a str>,
    /// The OAuth client that it was issued to.
    pub client_id: Option<&'a str>,
    /// The APIs that it is for.
    #[schema(value_type = Vec<String>)]
    pub audience: &'a [Audience],
    /// What it may do there.
    #[schema(value_type = Vec<String>)]
    pub scopes: Option<&'a ScopeSet>,
    /// When the presented secret stops working; `null` for no end.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
    /// How its limits stand.
    #[serde(serialize_with = "limits")]
    #[schema(value_type = Vec<LimitView>)]
    pub limits: LimitsReport,
    /// The place in the change log that this is true at; `null` where no token was recognised.
    pub as_of: Option<u64>,
}

/// How one limit stands.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = LimitStanding)]
pub struct LimitView {
    /// `rate`, `rate-2`, `quota`, `parent-rate` and so on.
    pub name: String,
    /// What it allows in a window.
    pub requests: u64,
    /// The window in seconds.
    pub window_seconds: u32,
    /// What is left.
    pub remaining: u64,
    /// Seconds until it is whole again, or until the same call has room.
    pub reset_seconds: i64,
}

impl<'a> VerifyAnswer<'a> {
    /// The answer for an outcome.
    pub fn of(outcome: &'a Outcome, disclosure: Disclosure) -> Self {
        match outcome {
            Ok(passed) => Self {
                active: true,
                code: "ok",
                detail: None,
                fix: None,
                decision_id: passed.decision,
                expires_at: passed.permit.expires_at(),
                limits: passed.limits.clone(),
                as_of: Some(passed.as_of.0),
                ..Self::about(Some(&passed.token))
            },
            Err(refused) => {
                let told = told(&refused.denial, disclosure);
                Self {
                    code: told.code,
                    detail: Some(told.description),
                    fix: Some(told.fix),
                    acr_values: refused.sign_in.as_ref().map(|wanted| &*wanted.acr_values).filter(|classes| !classes.is_empty()),
                    max_age: refused.sign_in.as_ref().and_then(|wanted| wanted.max_age),
                    decision_id: Some(refused.decision),
                    limits: refused.limits.as_deref().cloned().unwrap_or_default(),
                    as_of: refused.as_of.map(|revision| revision.0),
                    ..Self::about(refused.token.as_deref())
                }
            }
        }
    }
    /// What is known of the token.
    fn about(token: Option<&'a TokenView>) -> Self {
        Self {
            active: false,
            code: "unknown",
            detail: None,
            fix: None,
            acr_values: None,
            max_age: None,
            decision_id: None,
            kind: token.map(TokenView::kind),
            id: token.map(TokenView::id),
            subject: token.map(TokenView::subject),
            client_id: token.and_then(TokenView::client_id),
            audience: token.map(|token| token.policy().audiences.as_slice()).unwrap_or_default(),
            scopes: token.map(TokenView::scopes),
            expires_at: token.and_then(TokenView::expires_at),
            limits: LimitsReport::default(),
            as_of: None,
        }
    }
    /// As JSON.
    pub fn to_json(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(512);
        if serde_json::to_writer(&mut out, self).is_err() {
            out.clear();
        }
        out
    }
}

fn limits<S: Serializer>(report: &LimitsReport, serializer: S) -> Result<S::Ok, S::Error> {
    let entries = report.entries();
    let mut list = serializer.serialize_seq(Some(entries.len()))?;
    for entry in entries {
        list.serialize_element(&LimitView::from(entry))?;
    }
    list.end()
}

impl From<&LimitStatus> for LimitView {
    fn from(status: &LimitStatus) -> Self {
        Self {
            name: status.name.to_string(),
            requests: status.requests,
            window_seconds: status.window_seconds,
            remaining: status.remaining,
            reset_seconds: status.reset.as_seconds_up(),
        }
    }
}
