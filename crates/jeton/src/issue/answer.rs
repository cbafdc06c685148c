//! The one answer that holds a token's text.

use super::Plan;
use crate::{
    authority::Authority,
    http::view::token::{IssuedView, TokenView, prefix, status_at},
    json::Metadata,
};
use jeton_core::{change::Revision, facts::TokenRecord};
use zeroize::Zeroizing;

/// A token that was issued (now, or before under the same key), ready to be answered. `Debug` shows nothing of the body.
pub struct Issuance {
    /// The whole JSON body, the token's text included.
    pub body: Zeroizing<Vec<u8>>,
    /// Its version, for `ETag`.
    pub version: i64,
    /// The place of the change in the change log, or a later one.
    pub revision: Revision,
    /// Whether this is the answer to an earlier request with the same key.
    pub replayed: bool,
}

impl std::fmt::Debug for Issuance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Issuance({}, redacted)", self.revision)
    }
}

impl Issuance {
    /// The answer for a token that is about to be written.
    pub(super) fn fresh(authority: &Authority, plan: &Plan, record: &TokenRecord, hint: String, by: &str, text: &str) -> Self {
        let policy = &record.policy;
        let view = TokenView {
            id: record.id,
            kind: policy.kind,
            format: policy.format,
            name: plan.name.clone(),
            sentence: None,
            prefix: prefix(authority.brand.as_ref(), policy, record.id),
            hint,
            subject: record.subject.clone(),
            project: policy.project,
            audience: policy.audiences.clone(),
            scopes: policy.scopes.clone(),
            networks: (&policy.networks).into(),
            routes: policy.routes.clone(),
            limits: (&policy.allowances).into(),
            metadata: Metadata::from_text(&plan.metadata),
            state: record.state,
            status: status_at(record.state, record.not_before, record.expires_at, plan.now),
            not_before: record.not_before,
            expires_at: record.expires_at,
            issued_at: plan.now,
            issued_by: by.to_owned(),
            changed_at: plan.now,
            reason: None,
            comment: None,
            parent: policy.parent,
            generation: 1,
            version: 1,
            previous_secret: None,
            last_use: None,
        };
        Self::of(&view, text, Revision::default())
    }
    /// The answer for a token with its newest text.
    pub fn of(view: &TokenView, text: &str, revision: Revision) -> Self {
        let body = Zeroizing::new(serde_json::to_vec(&IssuedView { token: view, text }).unwrap_or_default());
        Self { body, version: view.version, revision, replayed: false }
    }
    /// The same at a place in the change log.
    pub(super) fn at(mut self, revision: Revision) -> Self {
        self.revision = revision;
        self
    }
}
