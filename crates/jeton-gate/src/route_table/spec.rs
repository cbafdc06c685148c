//! A gate route as it is configured, and its reading. Each fault names the key and the rule.

use super::{Access, GateRoute, Methods, Times, route::duration};
use crate::{
    request_target,
    upstream::{Balance, Upstreams},
};
use jeton_core::{
    fault::Invalid,
    limits,
    name::Audience,
    path::PathRules,
    route::PathPattern,
    scope::{Scope, ScopeSet},
};
use serde::Deserialize;
use std::{path::PathBuf, time::Duration};
use upstream::one_or_more;

mod upstream;

pub use upstream::{HealthSpec, UpstreamTokenSpec};

/// `[[gate.route]]` of the configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RouteSpec {
    /// The host that is called, without port; absent for any.
    #[serde(default)]
    pub host: Option<String>,
    /// The path pattern: `*` stands for one segment, `**` at the end for the rest.
    pub path: String,
    /// Methods in capitals; none for all. `GET` covers `HEAD`.
    #[serde(default)]
    pub methods: Vec<String>,
    /// The API that is called.
    pub audience: String,
    /// Who may call: whoever has a token with the scopes, a publishable key at least, or everybody.
    #[serde(default)]
    pub access: Access,
    /// The scopes that a call needs, all of them.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Where calls are passed on to, such as `http://127.0.0.1:8080`, or a list of such addresses; absent for a route that only
    /// `/gate/check` answers for.
    #[serde(default, deserialize_with = "one_or_more")]
    pub upstream: Vec<String>,
    /// Which of several addresses a call goes to.
    #[serde(default)]
    pub balance: Balance,
    /// How often a call is tried again where that is safe; once by default where there are several addresses.
    #[serde(default)]
    pub retries: Option<u32>,
    /// How it is found out which addresses are well; absent for by calls alone.
    #[serde(default)]
    pub health: Option<HealthSpec>,
    /// The certificate (PEM) that is shown to `https` addresses.
    #[serde(default)]
    pub upstream_certificate: Option<PathBuf>,
    /// Its private key (PEM).
    #[serde(default)]
    pub upstream_key: Option<PathBuf>,
    /// Certificates (PEM) that an `https` upstream is verified with, instead of the public ones.
    #[serde(default)]
    pub upstream_ca: Option<PathBuf>,
    /// Speak HTTP/2 to an `http` upstream (`https` ones are asked).
    #[serde(default)]
    pub upstream_http2: bool,
    /// What paths may hold beyond the plain form.
    #[serde(default)]
    pub path_rules: PathRulesSpec,
    /// How the API behind is told who calls: by header fields, by a JWT, or not at all.
    #[serde(default)]
    pub upstream_token: UpstreamTokenSpec,
    /// The audience of that JWT; the upstream's address where it is not set.
    #[serde(default)]
    pub upstream_audience: Option<String>,
    /// How long that JWT lives.
    #[serde(default)]
    pub upstream_token_seconds: Option<u32>,
    /// Pass the `Authorization` field on.
    #[serde(default)]
    pub keep_authorization: bool,
    /// Pass the client's `Host` on.
    #[serde(default)]
    pub keep_host: bool,
    /// Let connections be upgraded to WebSocket.
    #[serde(default)]
    pub websocket: bool,
    /// Largest request body in bytes; absent for no limit.
    #[serde(default)]
    pub body_max_bytes: Option<u64>,
    /// How long each phase may take.
    #[serde(default)]
    pub timeouts: TimesSpec,
}

/// What the paths of a route may hold beyond the plain form.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PathRulesSpec {
    /// `%2F` inside a segment.
    pub encoded_slash: bool,
    /// `;` inside a segment.
    pub semicolon: bool,
    /// `%25` inside a segment.
    pub encoded_percent: bool,
}

/// How long each phase of a passed-on call may take, in milliseconds; absent for the usual time.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TimesSpec {
    /// To connect to the upstream.
    pub connect_ms: Option<u64>,
    /// From the end of the request's body to the head of the answer.
    pub response_ms: Option<u64>,
    /// The longest silence inside the request's body.
    pub idle_ms: Option<u64>,
    /// The longest silence inside the answer's body.
    pub answer_idle_ms: Option<u64>,
    /// The whole request body.
    pub body_ms: Option<u64>,
    /// The longest silence on an upgraded connection.
    pub tunnel_idle_ms: Option<u64>,
    /// The whole life of an upgraded connection.
    pub tunnel_ms: Option<u64>,
}

/// A fault with the key that it is about.
type Fault = (&'static str, Invalid);

impl RouteSpec {
    /// Reads the route. Routes with the same upstream share its connections through `upstreams`.
    pub fn read(&self, upstreams: &mut Upstreams) -> Result<GateRoute, Fault> {
        let host = self.host.as_deref().map(host).transpose()?;
        let pattern = PathPattern::parse(&self.path).map_err(|fault| ("path", fault))?;
        let methods = Methods::parse(&self.methods).map_err(|fault| ("methods", fault))?;
        let label = format!("{methods} {}{}", host.as_deref().unwrap_or_default(), pattern.as_str());
        Ok(GateRoute {
            label: label.into(),
            audience: Audience::parse(&self.audience).map_err(|fault| ("audience", fault))?,
            access: self.access,
            scopes: self.demanded_scopes()?,
            path_rules: self.path_rules(),
            upstream: self.upstream(upstreams)?,
            upstream_token: self.upstream_token()?,
            keep_authorization: self.keep_authorization,
            keep_host: self.keep_host,
            websocket: self.websocket,
            body_max: self.body_max_bytes,
            times: self.times()?,
            host,
            pattern,
            methods,
        })
    }
    fn demanded_scopes(&self) -> Result<Box<[Scope]>, Fault> {
        if self.access.asks_no_scopes() && !self.scopes.is_empty() {
            return Err(("scopes", Invalid::new("must be absent where `access` is `publishable` or `public`: no scopes are asked there")));
        }
        let set = ScopeSet::parse_list(&self.scopes).map_err(|fault| ("scopes", fault))?;
        match set.iter().find(|scope| scope.is_wildcard()) {
            Some(wildcard) => Err(("scopes", Invalid::new(format!("must name each scope, and `{wildcard}` names many")))),
            None => Ok(set.iter().cloned().collect()),
        }
    }
    fn path_rules(&self) -> PathRules {
        let PathRulesSpec { encoded_slash, semicolon, encoded_percent } = self.path_rules;
        PathRules { encoded_slash, semicolon, encoded_percent }
    }
    fn times(&self) -> Result<Times, Fault> {
        let (set, usual) = (&self.timeouts, Times::default());
        Ok(Times {
            answer: time("timeouts.response_ms", set.response_ms, usual.answer)?,
            body_idle: time("timeouts.idle_ms", set.idle_ms, usual.body_idle)?,
            answer_idle: time("timeouts.answer_idle_ms", set.answer_idle_ms, usual.answer_idle)?,
            body_total: time("timeouts.body_ms", set.body_ms, usual.body_total)?,
            tunnel_idle: time("timeouts.tunnel_idle_ms", set.tunnel_idle_ms, usual.tunnel_idle)?,
            tunnel_total: time("timeouts.tunnel_ms", set.tunnel_ms, usual.tunnel_total)?,
        })
    }
}

fn host(text: &str) -> Result<Box<str>, Fault> {
    let bad = || ("host", Invalid::new("must be a host name or address without a port, such as `api.example.com`"));
    let normal = request_target::normal_host(text).map_err(|_| bad())?;
    // What was cut off can only be a port or a trailing dot.
    if text.trim_end_matches('.').eq_ignore_ascii_case(&normal) { Ok(normal.into()) } else { Err(bad()) }
}

fn time(key: &'static str, millis: Option<u64>, usual: Duration) -> Result<Duration, Fault> {
    let most = duration(limits::ROUTE_TIME_MAX);
    match millis.map(Duration::from_millis) {
        None => Ok(usual),
        Some(time) if !time.is_zero() && time <= most => Ok(time),
        Some(_) => Err((key, Invalid::new(format!("must be 1 to {} milliseconds", most.as_millis())))),
    }
}
