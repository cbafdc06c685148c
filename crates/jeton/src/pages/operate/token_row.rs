//! A token as one row of a list.

use crate::pages::{badge::Badge, instant::Instant, words};
use jeton_core::timestamp::Timestamp;
use jeton_store::token::TokenDetail;

/// One row.
pub(super) struct TokenRow {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) kind: &'static str,
    pub(super) state: Badge,
    pub(super) subject: String,
    /// The subject as a part of an address.
    pub(super) subject_path: String,
    pub(super) hint: String,
    pub(super) scopes: Vec<String>,
    /// How many more scopes there are than are shown.
    pub(super) more: usize,
    pub(super) expires: Option<Instant>,
    pub(super) used: Option<Instant>,
}

/// Scopes that a row shows.
const SCOPES: usize = 3;

impl TokenRow {
    pub(super) fn of(detail: TokenDetail, now: Timestamp) -> Self {
        let TokenDetail { record, name, hint, last_use, .. } = detail;
        let policy = &record.policy;
        let expired = record.expires_at.is_some_and(|end| end <= now);
        Self {
            id: record.id.to_string(),
            name: name.as_str().to_owned(),
            kind: words::kind(policy.kind),
            state: words::token_state(record.state, expired),
            subject: record.subject.as_str().to_owned(),
            subject_path: path_part(record.subject.as_str()),
            hint,
            scopes: policy.scopes.iter().take(SCOPES).map(ToString::to_string).collect(),
            more: policy.scopes.len().saturating_sub(SCOPES),
            expires: record.expires_at.map(Instant::from),
            used: last_use.map(|last| last.at.into()),
        }
    }
}

/// A text as one part of a path.
pub(super) fn path_part(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut part, byte| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            part.push(char::from(byte));
        } else {
            part.push_str(&format!("%{byte:02X}"));
        }
        part
    })
}
