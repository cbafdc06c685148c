//! The routes that a gate is configured with: which host, path and methods belong to which API, what a call needs there, and
//! where it is passed on to. Must never guess: two routes that could both be meant are a configuration error, and a call that
//! none covers is refused.
//!
//! Among the routes that cover a call, one that names the host wins over one for any host; then the most specific path
//! pattern ([`PathPattern::specificity`]); then one that names the method over one for any method.

use foldhash::HashMap;
use jeton_core::{
    denial::Denial,
    fault::Invalid,
    limits,
    path::{NormalPath, PathFault, PathRules},
};
use std::{cmp::Reverse, sync::Arc};

mod methods;
mod route;
mod spec;

pub use methods::Methods;
pub(crate) use route::duration;
pub use route::{Access, GateRoute, Times, UpstreamJwt, UpstreamToken};
pub use spec::{HealthSpec, PathRulesSpec, RouteSpec, TimesSpec, UpstreamTokenSpec};

/// The routes in order of preference.
#[derive(Clone, Debug, Default)]
pub struct RouteTable {
    by_host: HashMap<Box<str>, Vec<Arc<GateRoute>>>,
    any_host: Vec<Arc<GateRoute>>,
}

/// The route of a call, and the path that it is decided on and passed on with.
#[derive(Clone, Debug)]
pub struct Found<'a> {
    /// The route.
    pub route: &'a Arc<GateRoute>,
    /// The path in its one form.
    pub path: NormalPath,
}

impl RouteTable {
    /// Orders the routes; names two that could both be meant.
    pub fn new(routes: Vec<GateRoute>) -> Result<Self, Invalid> {
        if routes.len() > limits::GATE_ROUTES_MAX {
            return Err(Invalid::new(format!("must hold at most {} routes", limits::GATE_ROUTES_MAX)));
        }
        let mut table = Self::default();
        for route in routes {
            let own = match &route.host {
                Some(host) => table.by_host.entry(host.clone()).or_default(),
                None => &mut table.any_host,
            };
            if let Some(other) = own.iter().find(|other| other.collides(&route)) {
                return Err(Invalid::new(format!("has `{}` and `{}`, and a call could mean either", other.label(), route.label())));
            }
            own.push(Arc::new(route));
        }
        for own in table.by_host.values_mut().chain([&mut table.any_host]) {
            own.sort_by_key(|route| Reverse(route.rank()));
        }
        Ok(table)
    }
    /// How many routes there are.
    pub fn len(&self) -> usize {
        self.any_host.len() + self.by_host.values().map(Vec::len).sum::<usize>()
    }
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Every route.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<GateRoute>> {
        self.by_host.values().flatten().chain(&self.any_host)
    }
    /// The route that covers a call, and the path in its one form by that route's rules. `host` is in its one spelling
    /// ([`crate::request_target::normal_host`]); `None` when it is not known, which only routes for any host cover.
    pub fn find(&self, host: Option<&str>, method: &str, raw_path: &str) -> Result<Found<'_>, Denial> {
        match NormalPath::parse(raw_path, PathRules::default()) {
            Ok(path) => self.covering(host, method, &path).map(|route| Found { route, path }).ok_or(Denial::NoSuchRoute),
            Err(PathFault::EncodedSlash | PathFault::Semicolon | PathFault::EncodedPercent) => self.find_lenient(host, method, raw_path),
            Err(_) => Err(Denial::AmbiguousPath),
        }
    }
    /// For a path that only a route's own rules can make good: read with all of them to find the route, then by its own.
    fn find_lenient(&self, host: Option<&str>, method: &str, raw_path: &str) -> Result<Found<'_>, Denial> {
        let all = PathRules { encoded_slash: true, semicolon: true, encoded_percent: true };
        let widest = NormalPath::parse(raw_path, all).map_err(|_| Denial::AmbiguousPath)?;
        let route = self.covering(host, method, &widest).ok_or(Denial::AmbiguousPath)?;
        let path = NormalPath::parse(raw_path, route.path_rules).map_err(|_| Denial::AmbiguousPath)?;
        if path == widest { Ok(Found { route, path }) } else { Err(Denial::AmbiguousPath) }
    }
    fn covering(&self, host: Option<&str>, method: &str, path: &NormalPath) -> Option<&Arc<GateRoute>> {
        let covers = |route: &&Arc<GateRoute>| route.methods.cover(method) && route.pattern.matches(path);
        let named = host.and_then(|host| self.by_host.get(host)).and_then(|own| own.iter().find(covers));
        named.or_else(|| self.any_host.iter().find(covers))
    }
}

#[cfg(test)]
mod tests;
