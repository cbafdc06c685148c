//! The part of a route that says where calls go and what the API there gets to know. Each fault names the key and the rule.

use super::{Fault, RouteSpec, time};
use crate::{
    route_table::{UpstreamJwt, UpstreamToken, route::duration},
    upstream::{Balance, Identity, Probe, Speaks, Upstream, UpstreamSpec, Upstreams},
};
use jeton_core::{fault::Invalid, limits, name::Audience, timestamp::Span};
use serde::Deserialize;
use std::sync::Arc;

/// How the API behind a route is told who calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UpstreamTokenSpec {
    /// By `Jeton-Subject` and the like.
    #[default]
    Headers,
    /// Not at all.
    None,
    /// By a JWT of the gate's own.
    Jwt,
}

/// How the addresses of an upstream are asked whether they are well.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HealthSpec {
    /// The path that is asked with `GET`: an answer below 400 is a good one.
    pub path: String,
    /// How often, in milliseconds.
    #[serde(default)]
    pub every_ms: Option<u64>,
    /// How long an answer may take, in milliseconds.
    #[serde(default)]
    pub within_ms: Option<u64>,
    /// So many bad answers in a row take an address out.
    #[serde(default)]
    pub fall: Option<u32>,
    /// So many good ones in a row bring it back.
    #[serde(default)]
    pub rise: Option<u32>,
}

/// One address, or a list of them.
pub(super) fn one_or_more<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    struct Addresses;
    impl<'de> serde::de::Visitor<'de> for Addresses {
        type Value = Vec<String>;
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an address such as `http://127.0.0.1:8080`, or a list of them")
        }
        fn visit_str<E: serde::de::Error>(self, one: &str) -> Result<Self::Value, E> {
            Ok(vec![one.to_owned()])
        }
        fn visit_unit<E: serde::de::Error>(self) -> Result<Self::Value, E> {
            Ok(Vec::new())
        }
        fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            let mut all = Vec::new();
            while let Some(one) = list.next_element()? {
                all.push(one);
            }
            if all.is_empty() { Err(serde::de::Error::invalid_length(0, &self)) } else { Ok(all) }
        }
    }
    deserializer.deserialize_any(Addresses)
}

impl RouteSpec {
    pub(super) fn upstream(&self, upstreams: &mut Upstreams) -> Result<Option<Arc<Upstream>>, Fault> {
        if self.upstream.is_empty() {
            return match self.stray() {
                Some(key) => Err((key, Invalid::new("needs an `upstream`"))),
                None => Ok(None),
            };
        }
        let spec = UpstreamSpec {
            urls: self.upstream.clone(),
            balance: self.balance,
            retries: self.retries()?,
            probe: self.health.as_ref().map(probe).transpose()?,
            ca: self.upstream_ca.clone(),
            identity: self.identity()?,
            speaks: self.speaks()?,
            connect: time("timeouts.connect_ms", self.timeouts.connect_ms, duration(limits::UPSTREAM_CONNECT_TIME))?,
        };
        upstreams.connect(spec).map(Some)
    }
    /// A key that is of no use without an upstream.
    fn stray(&self) -> Option<&'static str> {
        let keys = [
            ("upstream_ca", self.upstream_ca.is_some()),
            ("upstream_certificate", self.upstream_certificate.is_some()),
            ("upstream_key", self.upstream_key.is_some()),
            ("upstream_http2", self.upstream_http2),
            ("upstream_token", self.upstream_token != UpstreamTokenSpec::Headers),
            ("balance", self.balance != Balance::default()),
            ("retries", self.retries.is_some()),
            ("health", self.health.is_some()),
            ("timeouts.connect_ms", self.timeouts.connect_ms.is_some()),
            ("websocket", self.websocket),
        ];
        keys.into_iter().find(|(_, is_set)| *is_set).map(|(key, _)| key)
    }
    fn retries(&self) -> Result<u32, Fault> {
        match self.retries {
            None => Ok(u32::from(self.upstream.len() > 1)),
            Some(times) if times <= limits::UPSTREAM_RETRIES_MAX => Ok(times),
            Some(_) => Err(("retries", Invalid::new(format!("must be at most {}", limits::UPSTREAM_RETRIES_MAX)))),
        }
    }
    fn identity(&self) -> Result<Option<Identity>, Fault> {
        match (&self.upstream_certificate, &self.upstream_key) {
            (Some(certificate), Some(key)) => Ok(Some(Identity { certificate: certificate.clone(), key: key.clone() })),
            (None, None) => Ok(None),
            (Some(_), None) => Err(("upstream_certificate", Invalid::new("needs `upstream_key`"))),
            (None, Some(_)) => Err(("upstream_key", Invalid::new("needs `upstream_certificate`"))),
        }
    }
    /// What the API behind gets to know of who calls.
    pub(super) fn upstream_token(&self) -> Result<UpstreamToken, Fault> {
        if self.upstream_token != UpstreamTokenSpec::Jwt {
            let strays = [
                ("upstream_audience", self.upstream_audience.is_some()),
                ("upstream_token_seconds", self.upstream_token_seconds.is_some()),
            ];
            if let Some((key, _)) = strays.into_iter().find(|(_, is_set)| *is_set) {
                return Err((key, Invalid::new("needs `upstream_token = \"jwt\"`")));
            }
            return Ok(if self.upstream_token == UpstreamTokenSpec::None { UpstreamToken::None } else { UpstreamToken::Headers });
        }
        if self.keep_authorization {
            return Err((
                "keep_authorization",
                Invalid::new("cannot be had together with `upstream_token = \"jwt\"`, which takes its place"),
            ));
        }
        let text = match (&self.upstream_audience, self.upstream.as_slice()) {
            (Some(own), _) => own,
            (None, [only]) => only,
            (None, _) => return Err(("upstream_audience", Invalid::new("must be set where `upstream` names several addresses"))),
        };
        let audience = Audience::parse(text).map_err(|fault| ("upstream_audience", fault))?;
        if audience.as_str() == self.audience {
            // Whoever believes JWTs of this issuer for the API would take one from the API's own upstream.
            return Err(("upstream_audience", Invalid::new("must not be the `audience` that callers' tokens are for")));
        }
        let life = self.upstream_token_seconds.map_or(limits::UPSTREAM_TOKEN_LIFE, Span::from_seconds);
        let (least, most) = (limits::UPSTREAM_TOKEN_LIFE_MIN, limits::UPSTREAM_TOKEN_LIFE_MAX);
        if life < least || life > most {
            let rule = format!("must be {} to {}", least.as_seconds_up(), most.as_seconds_up());
            return Err(("upstream_token_seconds", Invalid::new(rule)));
        }
        Ok(UpstreamToken::Jwt(UpstreamJwt { audience, life }))
    }
    /// Another `Host` than the upstream's own, and WebSocket, are of HTTP/1.1 only.
    fn speaks(&self) -> Result<Speaks, Fault> {
        match (self.upstream_http2, self.keep_host || self.websocket) {
            (true, true) => Err(("upstream_http2", Invalid::new("cannot be had together with `keep_host` or `websocket`"))),
            (true, false) => Ok(Speaks::Http2),
            (false, true) => Ok(Speaks::Http1),
            (false, false) => Ok(Speaks::Negotiated),
        }
    }
}

fn probe(spec: &HealthSpec) -> Result<Probe, Fault> {
    let is_path =
        spec.path.starts_with('/') && spec.path.len() <= limits::PATH_MAX && spec.path.bytes().all(|byte| byte.is_ascii_graphic());
    if !is_path {
        return Err(("health.path", Invalid::new("must be a path that begins with `/`")));
    }
    let times = |key, times: Option<u32>, usual| match times {
        Some(times @ 1..=100) => Ok(times),
        Some(_) => Err((key, Invalid::new("must be 1 to 100"))),
        None => Ok(usual),
    };
    Ok(Probe {
        path: spec.path.as_str().into(),
        every: time("health.every_ms", spec.every_ms, duration(limits::PROBE_EVERY))?,
        within: time("health.within_ms", spec.within_ms, duration(limits::PROBE_TIME))?,
        fall: times("health.fall", spec.fall, 3)?,
        rise: times("health.rise", spec.rise, 2)?,
    })
}
