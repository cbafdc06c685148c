//! Rotating: another secret for the same token; the old one lives until the overlap ends.

use crate::{
    authority::Authority,
    caller::Caller,
    http::view::token::TokenView,
    issue::{self, answer::Issuance},
    problem::{Problem, ProblemCode},
};
use jeton_core::{
    change::Revision, facts::TokenState, fault::Invalid, id::TokenId, kind::TokenFormat, limits, timestamp::Span, token_text::PlainToken,
};
use jeton_store::token::Rotation;
use serde::Deserialize;
use zeroize::Zeroizing;

/// A rotation that is asked for.
#[derive(Clone, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RotateRequest {
    /// How long the old secret still lives, in seconds. Default: 0, dead at once.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 2_592_000)]
    pub overlap_seconds: u32,
    /// `until_silent`: the old secret lives until it was not used for `quiet_seconds`, 90 days at most.
    pub overlap: Option<OverlapRule>,
    /// How long it must not have been used. Default: a day.
    #[schema(minimum = 3600, maximum = 2_592_000)]
    pub quiet_seconds: Option<u32>,
    /// End an overlap that is still running; without it that is a conflict.
    #[serde(default)]
    pub end_running_overlap: bool,
}

/// What ends an overlap, where it is no fixed time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OverlapRule {
    /// That nobody used the old secret for a while.
    UntilSilent,
}

/// How long an overlap lasts at most, and which silence ends it before.
struct Overlap {
    longest: Span,
    quiet_seconds: Option<u32>,
}

impl RotateRequest {
    /// The overlap that is asked for.
    fn overlap(&self) -> Result<Overlap, Problem> {
        let fault = |field, rule: String| Err(Problem::field(field, &Invalid::new(rule)));
        if self.overlap.is_none() {
            let longest = Span::from_seconds(self.overlap_seconds);
            if longest > limits::OVERLAP_MAX {
                return fault("overlap_seconds", format!("must be at most {} seconds", limits::OVERLAP_MAX.as_seconds_up()));
            }
            if self.quiet_seconds.is_some() {
                return fault("quiet_seconds", "goes only with `overlap`: `until_silent`".to_owned());
            }
            return Ok(Overlap { longest, quiet_seconds: None });
        }
        if self.overlap_seconds != 0 {
            return fault("overlap_seconds", "must be absent where `overlap` is `until_silent`".to_owned());
        }
        let quiet = self.quiet_seconds.map_or(limits::SILENCE_DEFAULT, Span::from_seconds);
        let (least, most) = (limits::SILENCE_MIN, limits::SILENCE_MAX);
        if !(least..=most).contains(&quiet) {
            return fault("quiet_seconds", format!("must be {} to {} seconds", least.as_seconds_up(), most.as_seconds_up()));
        }
        Ok(Overlap { longest: limits::SILENT_OVERLAP_MAX, quiet_seconds: u32::try_from(quiet.as_seconds_up()).ok() })
    }
}

/// Ends a token's overlap at once: only its newest secret works from now on.
pub async fn end_overlap(authority: &Authority, caller: &Caller, id: TokenId) -> Result<(TokenView, Revision), Problem> {
    let now = authority.now();
    let (detail, revision) = authority.store.end_overlap(caller.organisation(), id, caller.actor(now)).await?;
    Ok((TokenView::of(detail, authority.brand.as_ref(), now), revision))
}

/// Rotates a token.
pub async fn rotate(authority: &Authority, caller: &Caller, id: TokenId, asked: RotateRequest) -> Result<Issuance, Problem> {
    let now = authority.now();
    let overlap = asked.overlap()?;
    let detail = authority.store.show_token(caller.organisation(), id).await?;
    let record = &detail.record;
    if record.policy.format == TokenFormat::Jwt {
        return Err(Problem::new(ProblemCode::Conflict, "a JWT has no secret that could be rotated: derive or issue another"));
    }
    if record.state == TokenState::Revoked || record.expires_at.is_some_and(|at| now >= at) {
        return Err(Problem::new(ProblemCode::Conflict, "the token is dead; a rotation does not bring it back: issue another"));
    }
    // Whoever rotates a token holds it from then on.
    issue::rules::within_caller(authority, caller, &record.policy, record.expires_at)?;
    crate::rules::check_again(authority, caller, &record.policy, record.expires_at, now).await?;
    let secret = Zeroizing::new(rand::random::<[u8; 32]>());
    let plain = PlainToken::from_random(authority.brand.as_ref(), record.policy.kind, id, &secret);
    let rotation = Rotation {
        digest: plain.digest(),
        hint: plain.hint().to_owned(),
        previous_until: now.plus(overlap.longest),
        end_running_overlap: asked.end_running_overlap,
        quiet_seconds: overlap.quiet_seconds,
    };
    let (detail, revision) = authority.store.rotate_token(caller.organisation(), id, rotation, caller.actor(now)).await?;
    let view = TokenView::of(detail, authority.brand.as_ref(), now);
    Ok(Issuance::of(&view, plain.expose(), revision))
}
