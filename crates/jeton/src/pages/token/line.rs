//! A token as one line of a list.

use crate::pages::{badge::Badge, instant::Instant, words};
use jeton_core::{limits, timestamp::Timestamp};
use jeton_store::token::TokenDetail;

/// A token as one line of a list.
#[derive(Clone, Debug)]
pub struct TokenLine {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: &'static str,
    /// The last characters of its newest secret.
    pub hint: String,
    /// Its state.
    pub state: Badge,
    /// What it is for, by audience.
    pub audiences: Vec<String>,
    /// How many scopes it holds.
    pub scopes: usize,
    /// When it ends.
    pub expires: Option<Instant>,
    /// Whether that is soon.
    pub ends_soon: bool,
    /// When it was used last.
    pub used: Option<Instant>,
    /// From where.
    pub used_from: String,
}

impl TokenLine {
    /// A token as of `now`.
    pub fn of(detail: &TokenDetail, now: Timestamp) -> Self {
        let record = &detail.record;
        let is_over = record.expires_at.is_some_and(|end| end <= now);
        Self {
            id: record.id.to_string(),
            name: detail.name.as_str().to_owned(),
            kind: words::kind(record.policy.kind),
            hint: detail.hint.clone(),
            state: words::token_state(record.state, is_over),
            audiences: record.policy.audiences.iter().map(ToString::to_string).collect(),
            scopes: record.policy.scopes.len(),
            expires: record.expires_at.map(Instant::from),
            ends_soon: !is_over && record.expires_at.is_some_and(|end| end <= now.plus(limits::EXPIRY_NOTICE)),
            used: detail.last_use.as_ref().map(|last| Instant::from(last.at)),
            used_from: detail.last_use.as_ref().and_then(|last| last.client_ip.clone()).unwrap_or_default(),
        }
    }
}
