//! Suspending, resuming and revoking. Revoked stays revoked; revoking twice is no error.

use crate::{authority::Authority, caller::Caller, http::view::token::TokenView, problem::Problem, verifiers::Wait};
use jeton_core::{change::Revision, facts::TokenState, fault::Invalid, id::TokenId, limits};
use jeton_store::token::Transition;
use serde::Deserialize;

/// A change of state that is asked for.
#[derive(Clone, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TransitionRequest {
    /// Why, as a word such as `leaked`, `unused` or `owner_left`.
    #[schema(min_length = 1, max_length = 64, pattern = "^[a-z][a-z0-9_]{0,63}$")]
    pub reason: Option<String>,
    /// More words on that, for people.
    #[schema(max_length = 500)]
    pub comment: Option<String>,
    /// Answer only when every verifier that this authority knows of refuses it, or the time is over, and list them: `true` for the
    /// usual time, or a number of seconds.
    #[serde(default)]
    pub wait: Wait,
}

/// Longest reason.
const REASON_MAX: usize = 64;

/// Brings a token into a state.
pub async fn transition(
    authority: &Authority,
    caller: &Caller,
    id: TokenId,
    to: TokenState,
    asked: TransitionRequest,
) -> Result<(TokenView, Revision), Problem> {
    check(&asked)?;
    let now = authority.now();
    let transition = Transition { to, reason: asked.reason, comment: asked.comment };
    let (detail, revision) = authority.store.transition_token(caller.organisation(), id, transition, caller.actor(now)).await?;
    Ok((TokenView::of(detail, authority.brand.as_ref(), now), revision))
}

fn check(asked: &TransitionRequest) -> Result<(), Problem> {
    reason(asked.reason.as_deref())?;
    comment(asked.comment.as_deref(), "comment")
}

/// Checks a reason.
pub fn reason(text: Option<&str>) -> Result<(), Problem> {
    if let Some(reason) = text {
        let fits = (1..=REASON_MAX).contains(&reason.len())
            && reason.starts_with(|first: char| first.is_ascii_lowercase())
            && reason.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        if !fits {
            let rule = format!("must be a word of 1 to {REASON_MAX} small letters, digits and `_`, such as `leaked`");
            return Err(Problem::field("reason", &Invalid::new(rule)));
        }
    }
    Ok(())
}

/// Checks free words.
pub fn comment(text: Option<&str>, field: &str) -> Result<(), Problem> {
    let fits = |text: &str| text.chars().count() <= limits::COMMENT_MAX && !text.chars().any(|c| c.is_control() && c != '\n');
    match text {
        Some(text) if !fits(text) => {
            let rule = format!("must be at most {} characters without control characters", limits::COMMENT_MAX);
            Err(Problem::field(field, &Invalid::new(rule)))
        }
        _ => Ok(()),
    }
}
