//! What many tokens that are revoked together look like in answers.

use super::token::TokenView;
use crate::revoke_many::Preview;
use jeton_core::{id::RequestId, kind::TokenKind, timestamp::Timestamp, token_text::Brand};
use jeton_store::revocation_run::{RevocationRun, RunState};
use serde::Serialize;

/// What would be revoked.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = RevokeManyPreview)]
pub struct PreviewView {
    /// How many tokens.
    pub count: u64,
    /// Whether there may be more than were counted.
    pub at_least: bool,
    /// How many of them were used within 24 hours.
    pub used_today: u64,
    /// How many of each kind.
    pub by_kind: Vec<KindCount>,
    /// How many of each subject, the ten with the most.
    pub by_subject: Vec<SubjectCount>,
    /// The newest of them.
    pub sample: Vec<TokenView>,
}

/// How many tokens of a kind.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct KindCount {
    /// The kind.
    #[schema(value_type = String)]
    pub kind: TokenKind,
    /// How many.
    pub count: u64,
}

/// How many tokens of a subject.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SubjectCount {
    /// The subject.
    pub subject: String,
    /// How many.
    pub count: u64,
}

/// A run that revokes many tokens.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = RevokeManyRun)]
pub struct RunView {
    /// The request that began it: ask for it at `/v1/tokens/revoke-many/{id}`.
    #[schema(value_type = String)]
    pub id: RequestId,
    /// `running`, `done` or `failed`.
    pub state: &'static str,
    /// Why it broke off, where it did. What it revoked stays revoked; begun again it goes on.
    pub why: Option<String>,
    /// The search.
    pub search: String,
    /// How many tokens fitted when it began.
    pub found: u64,
    /// How many it revoked so far.
    pub revoked: u64,
    /// The newest place in the change log that it made; 0 before the first.
    pub revision: u64,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    pub began_at: Timestamp,
    /// When it ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ended_at: Option<Timestamp>,
}

impl PreviewView {
    /// Shows what would be revoked, as of `now`.
    pub fn of(preview: Preview, brand: Option<&Brand>, now: Timestamp) -> Self {
        let Preview { sums, sample, .. } = preview;
        Self {
            count: sums.count,
            at_least: sums.is_partial,
            used_today: sums.used,
            by_kind: sums.by_kind.into_iter().map(|(kind, count)| KindCount { kind, count }).collect(),
            by_subject: sums.by_subject.into_iter().map(|(subject, count)| SubjectCount { subject, count }).collect(),
            sample: sample.into_iter().map(|detail| TokenView::of(detail, brand, now)).collect(),
        }
    }
}

impl From<RevocationRun> for RunView {
    fn from(run: RevocationRun) -> Self {
        Self {
            id: run.id,
            state: run.state.as_str(),
            found: run.found,
            revoked: run.revoked,
            revision: run.revision.0,
            began_at: run.began_at,
            ended_at: run.ended_at,
            search: run.search,
            why: match run.state {
                RunState::Failed(why) => Some(why),
                RunState::Running | RunState::Done => None,
            },
        }
    }
}
