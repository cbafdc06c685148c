//! The guarded routes out of the configuration. Two that could both be meant, and one that cannot be read, are faults.

use super::StartFault;
use crate::config::Config;
use http::HeaderName;
use jeton_core::fault::Invalid;
use jeton_gate::{request_target::normal_host, route_table::RouteTable, upstream::Upstreams};

/// The table of guarded routes.
pub(super) fn table(config: &Config) -> Result<RouteTable, StartFault> {
    let mut upstreams = Upstreams::default();
    let read =
        config.gate.route.iter().enumerate().map(|(at, spec)| {
            spec.read(&mut upstreams).map_err(|(key, rule)| StartFault::Setting(format!("gate.route[{at}].{key}"), rule))
        });
    let routes = read.collect::<Result<Vec<_>, _>>()?;
    RouteTable::new(routes).map_err(|rule| StartFault::Setting("gate.route".into(), rule))
}

/// Hosts that routes name: nothing of the authority is served there, unless it is the issuer's own host.
pub(super) fn claimed_hosts(config: &Config) -> Vec<Box<str>> {
    let issuer = url::Url::parse(&config.issuer).ok().and_then(|url| url.host_str().map(str::to_owned));
    let named = config.gate.route.iter().filter_map(|route| route.host.as_deref());
    let mut hosts: Vec<Box<str>> = named.filter_map(|host| normal_host(host).ok()).map(Into::into).collect();
    hosts.retain(|host| Some(&**host) != issuer.as_deref());
    hosts.sort();
    hosts.dedup();
    hosts
}

/// Headers besides `Authorization` that may carry a token.
pub(super) fn token_headers(config: &Config) -> Result<Vec<HeaderName>, StartFault> {
    let read = config.gate.token_headers.iter().map(|name| {
        let rule = || Invalid::new("must hold names of header fields, such as `X-Api-Key`");
        HeaderName::try_from(name.as_str()).map_err(|_| StartFault::Setting("gate.token_headers".into(), rule()))
    });
    read.collect()
}
