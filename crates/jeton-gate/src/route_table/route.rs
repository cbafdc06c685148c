//! One route of a gate. Holds what a call needs and where it goes; decides nothing.

use super::Methods;
use crate::upstream::Upstream;
use jeton_core::{limits, name::Audience, path::PathRules, route::PathPattern, scope::Scope, timestamp::Span};
use serde::Deserialize;
use std::{sync::Arc, time::Duration};

/// One route.
#[derive(Clone, Debug)]
pub struct GateRoute {
    /// The host in its one spelling; `None` for any.
    pub(super) host: Option<Box<str>>,
    /// The path pattern.
    pub(super) pattern: PathPattern,
    /// The methods.
    pub(super) methods: Methods,
    /// What usage and logs call it, such as `GET /v1/orders/*`.
    pub(super) label: Box<str>,
    /// The API that it belongs to.
    pub audience: Audience,
    /// Who may call.
    pub access: Access,
    /// The scopes that a call needs, all of them. Never wildcards.
    pub scopes: Box<[Scope]>,
    /// What its paths may have beyond the plain form.
    pub path_rules: PathRules,
    /// Where calls are passed on to; `None` for a route that only the check endpoint answers for.
    pub upstream: Option<Arc<Upstream>>,
    /// How the API behind is told who calls.
    pub upstream_token: UpstreamToken,
    /// Whether the `Authorization` field is passed on. The API gets the identity fields either way.
    pub keep_authorization: bool,
    /// Whether the client's `Host` is passed on instead of the upstream's own.
    pub keep_host: bool,
    /// Whether connections may be upgraded to WebSocket.
    pub websocket: bool,
    /// Largest request body in bytes; `None` for no limit, since bodies are not kept.
    pub body_max: Option<u64>,
    /// How long things may take.
    pub times: Times,
}

/// Who may call a route.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Whoever has a token with the scopes of the route and of the API.
    #[default]
    Token,
    /// Whoever has a token for the API, a publishable key at least: no scopes are asked.
    Publishable,
    /// Everybody. Who has a token is known by it; one that is not valid counts for nothing.
    Public,
}

impl Access {
    /// Whether scopes do not matter here.
    pub const fn asks_no_scopes(self) -> bool {
        matches!(self, Self::Publishable | Self::Public)
    }
}

/// How an API behind the gate is told who calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum UpstreamToken {
    /// By the identity fields, `Jeton-Subject` and the like.
    #[default]
    Headers,
    /// Not at all.
    None,
    /// By a JWT of the gate's own, in place of the caller's token.
    Jwt(UpstreamJwt),
}

/// The JWT that an upstream gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpstreamJwt {
    /// Its audience: the upstream.
    pub audience: Audience,
    /// How long it lives, where the caller's token does not end before.
    pub life: Span,
}

/// How long a passed-on call may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// To the first byte of the answer, from the end of the request's body.
    pub answer: Duration,
    /// The longest silence inside the request's body.
    pub body_idle: Duration,
    /// The longest silence inside the answer's body.
    pub answer_idle: Duration,
    /// For the whole request body.
    pub body_total: Duration,
    /// The longest silence on an upgraded connection.
    pub tunnel_idle: Duration,
    /// For the whole life of an upgraded connection.
    pub tunnel_total: Duration,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            answer: duration(limits::UPSTREAM_ANSWER_TIME),
            body_idle: duration(limits::BODY_IDLE_TIME),
            answer_idle: duration(limits::ANSWER_IDLE_TIME),
            body_total: duration(limits::REQUEST_BODY_TIME),
            tunnel_idle: duration(limits::TUNNEL_IDLE_TIME),
            tunnel_total: duration(limits::TUNNEL_TIME),
        }
    }
}

/// A span of the limits as the clock of the runtime takes it.
pub(crate) fn duration(span: Span) -> Duration {
    Duration::from_micros(u64::try_from(span.as_micros()).unwrap_or(0))
}

impl GateRoute {
    /// What usage and logs call it: methods and pattern, with the host where it names one.
    pub fn label(&self) -> &str {
        &self.label
    }
    /// The path pattern.
    pub fn pattern(&self) -> &PathPattern {
        &self.pattern
    }
    /// The host, where it names one.
    pub fn host(&self) -> Option<&str> {
        self.host.as_deref()
    }
    /// What it is preferred by among the routes of one host.
    pub(super) fn rank(&self) -> ((usize, usize, bool), bool) {
        (self.pattern.specificity(), !self.methods.is_any())
    }
    /// Whether a call could mean both: equally specific, with a method and a path in common.
    pub(super) fn collides(&self, other: &Self) -> bool {
        self.rank() == other.rank() && self.methods.collide(&other.methods) && overlap(self.pattern.as_str(), other.pattern.as_str())
    }
}

/// Whether some path fits both patterns.
fn overlap(one: &str, other: &str) -> bool {
    let (mut one, mut other) = (one.split('/'), other.split('/'));
    loop {
        match (one.next(), other.next()) {
            (None, None) | (Some("**"), _) | (_, Some("**")) => return true,
            (None, _) | (_, None) => return false,
            (Some("*"), Some(segment)) | (Some(segment), Some("*")) if !segment.is_empty() => {}
            (Some(a), Some(b)) if a == b => {}
            _ => return false,
        }
    }
}
