//! Rotating: another secret for the same token; the old one lives until the overlap ends.

use crate::{
    authority::Authority,
    caller::Caller,
    http::view::token::TokenView,
    issue::{self, answer::Issuance},
    problem::{Problem, ProblemCode},
};
use jeton_core::{facts::TokenState, fault::Invalid, id::TokenId, kind::TokenFormat, limits, timestamp::Span, token_text::PlainToken};
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
    /// End an overlap that is still running; without it that is a conflict.
    #[serde(default)]
    pub end_running_overlap: bool,
}

/// Rotates a token.
pub async fn rotate(authority: &Authority, caller: &Caller, id: TokenId, asked: RotateRequest) -> Result<Issuance, Problem> {
    let now = authority.now();
    let overlap = Span::from_seconds(asked.overlap_seconds);
    if overlap > limits::OVERLAP_MAX {
        let rule = format!("must be at most {} seconds", limits::OVERLAP_MAX.as_seconds_up());
        return Err(Problem::field("overlap_seconds", &Invalid::new(rule)));
    }
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
        previous_until: now.plus(overlap),
        end_running_overlap: asked.end_running_overlap,
    };
    let (detail, revision) = authority.store.rotate_token(caller.organisation(), id, rotation, caller.actor(now)).await?;
    let view = TokenView::of(detail, authority.brand.as_ref(), now);
    Ok(Issuance::of(&view, plain.expose(), revision))
}
