//! How long what is issued lives, and in which form: the least that configuration, API, client, grant type and parent allow.

use super::{Parent, Refresh, Wanted};
use crate::{
    authority::Authority,
    oauth::{OAuthCode, OAuthError},
};
use jeton_core::{
    api::Api,
    id::UserId,
    kind::TokenFormat,
    limits,
    oauth::registration::SubjectType,
    timestamp::{Span, Timestamp},
};

/// Ends and form.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    /// How the access token is written.
    pub(super) format: TokenFormat,
    /// When it ends.
    pub(super) access_ends_at: Timestamp,
    /// When the refresh token ends that is not used.
    pub(super) refresh_ends_at: Timestamp,
    /// When the grant ends, where it is new.
    pub(super) grant_ends_at: Option<Timestamp>,
}

impl Terms {
    pub(super) fn of(authority: &Authority, wanted: &Wanted<'_>) -> Result<Self, OAuthError> {
        let (now, config, policy) = (wanted.actor.at, &authority.config.oauth, &wanted.client.client.policy);
        let api = wanted.audiences.iter().find_map(|audience| authority.gate.api(audience.as_str()));
        let format = format(wanted, api.as_deref());
        let seconds = |own: Option<u32>| own.map(Span::from_seconds);
        let caps = [
            seconds(policy.access_token_seconds),
            policy.access_token_seconds_by_grant.of(wanted.grant_type),
            seconds(api.as_deref().and_then(|api| api.access_token_seconds)),
            api.as_deref().and_then(|api| api.access_token_seconds_by_grant.of(wanted.grant_type)),
            config.access_token_by_grant.of(wanted.grant_type),
            wanted.life_max,
            longest(format),
        ];
        let access = caps.into_iter().flatten().fold(config.access_token.0, Span::min);
        let whole = seconds(policy.refresh_token_seconds).map_or(config.refresh_token.0, |own| own.min(config.refresh_token.0));
        let (parent_ends_at, grant_ends_at) = match &wanted.parent {
            Parent::Under { ends_at, .. } => (*ends_at, None),
            Parent::NewGrant { .. } => {
                let life = if matches!(wanted.refresh, Refresh::New) { whole.max(access) } else { access };
                (Some(now.plus(life)), Some(now.plus(life)))
            }
        };
        let within = |end: Timestamp| parent_ends_at.map_or(end, |last| last.min(end));
        let terms = Self {
            format,
            access_ends_at: within(now.plus(access)),
            refresh_ends_at: within(now.plus(config.refresh_token_idle.0)),
            grant_ends_at,
        };
        if terms.access_ends_at <= now {
            return Err(OAuthError::new(OAuthCode::InvalidGrant, "what this hangs on has ended"));
        }
        Ok(terms)
    }
    /// `expires_in`.
    pub(super) fn access_seconds(&self, now: Timestamp) -> i64 {
        self.access_ends_at.since(now).as_micros() / 1_000_000
    }
}

/// As the API has it; but a JWT would tell a pairwise client the public subject.
fn format(wanted: &Wanted<'_>, api: Option<&Api>) -> TokenFormat {
    let is_pairwise = wanted.client.client.registration.subject_type == SubjectType::Pairwise;
    let is_of_user = UserId::parse(wanted.subject.as_str()).is_ok();
    if is_pairwise && is_of_user { TokenFormat::Opaque } else { api.map_or(TokenFormat::Opaque, |api| api.token_format) }
}

const fn longest(format: TokenFormat) -> Option<Span> {
    match format {
        TokenFormat::Jwt => Some(limits::JWT_LIFE_MAX),
        TokenFormat::Opaque => None,
    }
}
