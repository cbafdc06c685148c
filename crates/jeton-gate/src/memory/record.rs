//! A token as the memory keeps it: plain, small, and cloned without an allocation. Never holds a secret, only digests.

use super::table::Entry;
use jeton_core::{
    facts::{Facts, Secrets, TokenRecord, TokenState, WhichSecret},
    id::TokenId,
    name::Subject,
    policy::Policy,
    timestamp::Timestamp,
    token_text::TokenDigest,
};
use std::sync::Arc;

/// Subjects up to this length stand in the record itself; Jeton's own ids have 16.
const SUBJECT_INLINE: usize = 24;

/// One token, 96 bytes and a share in its policy.
#[derive(Clone)]
pub(crate) struct Known {
    expires_at: Timestamp,
    policy: Arc<Policy>,
    rare: Option<Arc<Rare>>,
    digest: TokenDigest,
    id: TokenId,
    subject: [u8; SUBJECT_INLINE],
    subject_len: u8,
    state: TokenState,
}

/// What few tokens have.
struct Rare {
    previous: Option<(TokenDigest, Timestamp)>,
    not_before: Option<Timestamp>,
    subject: Option<Box<str>>,
}

/// Stands for "no end": no token can be given it, since it lies behind the last instant that can be written.
const NO_END: Timestamp = Timestamp::from_micros(i64::MAX);

impl Known {
    /// Packs a record whose policy is already the shared one.
    pub(crate) fn pack(record: &TokenRecord, policy: Arc<Policy>) -> Self {
        let text = record.subject.as_str();
        let mut subject = [0; SUBJECT_INLINE];
        let inline = subject.get_mut(..text.len()).is_some_and(|slot| {
            slot.copy_from_slice(text.as_bytes());
            true
        });
        let rare = Rare { previous: record.secrets.previous, not_before: record.not_before, subject: (!inline).then(|| text.into()) };
        let is_plain = rare.previous.is_none() && rare.not_before.is_none() && rare.subject.is_none();
        Self {
            expires_at: record.expires_at.unwrap_or(NO_END),
            policy,
            rare: (!is_plain).then(|| Arc::new(rare)),
            digest: record.secrets.current,
            id: record.id,
            subject,
            subject_len: if inline { u8::try_from(text.len()).unwrap_or(0) } else { 0 },
            state: record.state,
        }
    }
    pub(crate) fn id(&self) -> TokenId {
        self.id
    }
    pub(crate) fn subject(&self) -> &str {
        match self.rare.as_deref().and_then(|rare| rare.subject.as_deref()) {
            Some(long) => long,
            None => self.subject.get(..usize::from(self.subject_len)).and_then(|own| std::str::from_utf8(own).ok()).unwrap_or_default(),
        }
    }
    pub(crate) fn policy(&self) -> &Arc<Policy> {
        &self.policy
    }
    pub(crate) fn state(&self) -> TokenState {
        self.state
    }
    pub(crate) fn not_before(&self) -> Option<Timestamp> {
        self.rare.as_deref().and_then(|rare| rare.not_before)
    }
    pub(crate) fn expires_at(&self) -> Option<Timestamp> {
        (self.expires_at != NO_END).then_some(self.expires_at)
    }
    pub(crate) fn secrets(&self) -> Secrets {
        Secrets { current: self.digest, previous: self.rare.as_deref().and_then(|rare| rare.previous) }
    }
    /// The record again, for what is not done at each check; `None` if its subject is none, which a record's always is.
    pub(crate) fn to_record(&self) -> Option<TokenRecord> {
        Some(TokenRecord {
            id: self.id,
            secrets: self.secrets(),
            subject: Subject::parse(self.subject()).ok()?,
            state: self.state,
            not_before: self.rare.as_deref().and_then(|rare| rare.not_before),
            expires_at: self.expires_at(),
            policy: Arc::clone(&self.policy),
        })
    }
    /// What the core decides on.
    pub(crate) fn facts<'a>(&'a self, secret: WhichSecret, parent: Option<&'a Facts<'a>>) -> Facts<'a> {
        Facts {
            id: self.id,
            subject: self.subject(),
            state: self.state,
            secret,
            not_before: self.rare.as_deref().and_then(|rare| rare.not_before),
            expires_at: self.expires_at(),
            policy: &self.policy,
            parent,
        }
    }
}

impl Entry for Known {
    type Key = TokenId;
    fn key(&self) -> &TokenId {
        &self.id
    }
    /// Revoked or over: the first to go where room is needed.
    fn is_spent_at(&self, now: Timestamp) -> bool {
        self.state == TokenState::Revoked || self.expires_at <= now
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::record;

    #[test]
    fn a_record_is_small() {
        assert!(size_of::<Known>() <= 96, "{}", size_of::<Known>());
    }

    #[test]
    fn what_is_packed_comes_back() {
        for subject in ["usr_0123456789ab", &"s".repeat(24), &"s".repeat(25), &"s".repeat(255)] {
            let mut plain = record(7);
            plain.subject = Subject::parse(subject).expect("subject");
            plain.not_before = Some(Timestamp::from_seconds(5));
            plain.secrets.previous = Some((TokenDigest::from_bytes([3; 32]), Timestamp::from_seconds(9)));
            let known = Known::pack(&plain, plain.policy.clone());
            let facts = known.facts(WhichSecret::Current, None);
            assert_eq!((facts.id, facts.subject, facts.state), (plain.id, subject, plain.state));
            assert_eq!((facts.not_before, facts.expires_at), (plain.not_before, plain.expires_at));
            assert_eq!(known.secrets(), plain.secrets);
        }
    }

    #[test]
    fn a_token_without_an_end_has_none() {
        let mut plain = record(7);
        plain.expires_at = None;
        let known = Known::pack(&plain, plain.policy.clone());
        assert_eq!(known.expires_at(), None);
        assert!(!known.is_spent_at(Timestamp::MAX));
    }
}
