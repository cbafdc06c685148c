//! What a token may do, in one sentence for people: which calls, from where, until when, how often. Made from the same policy that
//! decides, and shown wherever a token is issued or looked at.
//!
//! Never promises what `decide` would refuse: a call is named only where the token's scopes and routes open it.

use crate::{
    allowance::{Quota, Rate},
    api::Api,
    name::Audience,
    network::Networks,
    policy::Policy,
    route::Route,
    timestamp::Timestamp,
};

/// Calls that are named one by one; the rest is counted.
const NAMED: usize = 4;

/// The sentence for a token of this policy that lives between these instants. `apis` are those that are known here; one of the policy
/// that is not among them is called by its audience.
pub fn sentence(policy: &Policy, not_before: Option<Timestamp>, expires_at: Option<Timestamp>, apis: &[&Api]) -> String {
    let calls: Vec<String> = policy.audiences.iter().map(|audience| at_api(policy, audience, apis)).collect();
    let mut text = format!("This {} can {}", policy.kind.label(), calls.join(", and "));
    if let Some(from) = from_where(&policy.networks) {
        text.push_str(&from);
    }
    if let Some(start) = not_before {
        text.push_str(&format!(", not before {}", day(start)));
    }
    match expires_at {
        Some(end) => text.push_str(&format!(" until {}", day(end))),
        None => text.push_str(", without an end"),
    }
    let amounts: Vec<String> = policy.allowances.rates.iter().map(rate).chain(policy.allowances.quotas.iter().map(quota)).collect();
    if !amounts.is_empty() {
        text.push_str(&format!(", at most {}", listed(&amounts)));
    }
    text.push('.');
    text
}

/// The routes of an API that a policy opens: those of the API whose scopes it holds, as narrow as its own routes make them.
pub fn open_routes(policy: &Policy, api: &Api) -> Vec<Route> {
    let opened = api.routes.iter().filter(|own| policy.scopes.covers_all(&own.scopes)).map(|own| &own.route);
    if policy.routes.is_empty() {
        return opened.cloned().collect();
    }
    let mut routes: Vec<Route> = opened.flat_map(|offered| policy.routes.iter().filter_map(|own| narrower(own, offered))).collect();
    routes.sort();
    routes.dedup();
    routes
}

/// What two routes have in common, where one lies within the other.
fn narrower(one: &Route, other: &Route) -> Option<Route> {
    if one.is_within(other) {
        return Some(one.clone());
    }
    other.is_within(one).then(|| other.clone())
}

fn at_api(policy: &Policy, audience: &Audience, apis: &[&Api]) -> String {
    let Some(api) = apis.iter().find(|api| api.audience == *audience) else { return format!("call {audience}") };
    if api.routes.is_empty() {
        return without_routes(policy, api);
    }
    let routes = open_routes(policy, api);
    if routes.is_empty() {
        return format!("call nothing of {} yet: its scopes and routes open none of its calls", api.name);
    }
    format!("call {} of {}", named(routes.iter().map(ToString::to_string)), api.name)
}

/// An API that declares no routes asks for scopes itself: what they are called is all that is known.
fn without_routes(policy: &Policy, api: &Api) -> String {
    let words = api.scopes.iter().filter(|own| policy.scopes.covers(&own.scope));
    let words: Vec<String> =
        words.map(|own| if own.description.is_empty() { own.scope.to_string() } else { own.description.clone() }).collect();
    let calls = if policy.routes.is_empty() {
        "call".to_owned()
    } else {
        format!("call {} of", named(policy.routes.iter().map(ToString::to_string)))
    };
    if words.is_empty() {
        return format!("{calls} {} wherever it asks for no scope", api.name);
    }
    format!("{calls} {} to: {}", api.name, named(words.into_iter()))
}

/// `a, b and 3 more`.
fn named(all: impl ExactSizeIterator<Item = String>) -> String {
    let count = all.len();
    if count <= NAMED {
        return listed(&all.collect::<Vec<_>>());
    }
    let first: Vec<String> = all.take(NAMED - 1).collect();
    format!("{} and {} more", first.join(", "), count - first.len())
}

/// `a, b and c`.
fn listed(all: &[String]) -> String {
    match all.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => all.join(""),
    }
}

/// ` from 10.0.0.0/8 but not 10.9.0.0/16`.
fn from_where(networks: &Networks) -> Option<String> {
    let texts = |list: &[ipnet::IpNet]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
    let (allow, except) = (texts(networks.allow()), texts(networks.except()));
    match (allow.is_empty(), except.is_empty()) {
        (true, true) => None,
        (false, true) => Some(format!(" from {}", named(allow.into_iter()))),
        (false, false) => Some(format!(" from {} but not {}", named(allow.into_iter()), named(except.into_iter()))),
        (true, false) => Some(format!(" from everywhere but {}", named(except.into_iter()))),
    }
}

fn rate(rate: &Rate) -> String {
    format!("{} {}", requests(rate.requests), each(rate.per_seconds))
}

fn quota(quota: &Quota) -> String {
    format!("{} {}", requests(quota.requests), each(quota.refill_seconds))
}

fn requests(count: u64) -> String {
    if count == 1 { "1 request".to_owned() } else { format!("{count} requests") }
}

fn each(seconds: u32) -> String {
    match seconds {
        1 => "a second".to_owned(),
        60 => "a minute".to_owned(),
        3600 => "an hour".to_owned(),
        86_400 => "a day".to_owned(),
        _ if seconds.is_multiple_of(86_400) => format!("in {} days", seconds / 86_400),
        _ if seconds.is_multiple_of(3600) => format!("in {} hours", seconds / 3600),
        _ => format!("in {seconds} seconds"),
    }
}

/// `20 Dec 2026, 14:05 UTC`.
fn day(at: Timestamp) -> String {
    let zoned = jiff::Timestamp::from_microsecond(at.as_micros()).unwrap_or_default().to_zoned(jiff::tz::TimeZone::UTC);
    zoned.strftime("%-d %b %Y, %H:%M UTC").to_string()
}

#[cfg(test)]
mod tests;
