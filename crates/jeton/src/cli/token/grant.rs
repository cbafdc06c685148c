//! The options that say what a token may do: the same for issuing, deriving and editing.

use crate::cli::{Failure, duration};
use clap::Args;
use jeton_core::{
    allowance::{Quota, Rate},
    name::Audience,
    network::parse_network,
    route::Route,
    scope::Scope,
};
use serde_json::{Map, Value, json};

/// What a token may do.
#[derive(Debug, Args)]
pub(crate) struct Grant {
    /// The API that it is for; repeat for several
    #[arg(long, value_name = "URI", value_parser = audience)]
    audience: Vec<String>,
    /// What it may do there; repeat for several
    #[arg(long = "scope", value_name = "SCOPE", value_parser = scope)]
    scopes: Vec<String>,
    /// A network from which it may be used; repeat for several [default: everywhere]
    #[arg(long = "network", value_name = "CIDR", value_parser = network)]
    networks: Vec<String>,
    /// A network from which it may not be used, though allowed; repeat for several
    #[arg(long = "except-network", value_name = "CIDR", value_parser = network)]
    except_networks: Vec<String>,
    /// A call that it may make, such as 'GET /v1/orders/*'; repeat for several [default: all that its scopes open]
    #[arg(long = "route", value_name = "ROUTE", value_parser = route)]
    routes: Vec<String>,
    /// A rate, such as 100/1m or 100/1m,burst=20; repeat for several
    #[arg(long = "rate", value_name = "N/WINDOW", value_parser = rate)]
    rates: Vec<Rate>,
    /// A quota for each window from the epoch on, such as 10000/1d; repeat for several
    #[arg(long = "quota", value_name = "N/WINDOW", value_parser = quota)]
    quotas: Vec<Quota>,
    /// What becomes of a call while the limits cannot be evaluated [default: deny]
    #[arg(long = "limits-on-unavailable", value_name = "WHAT", value_parser = ["deny", "allow"])]
    on_unavailable: Option<String>,
}

/// Free words of the owner's, as options.
#[derive(Debug, Args)]
pub(crate) struct Metadata {
    /// Something to remember about it, as KEY=VALUE; repeat for several
    #[arg(long = "metadata", value_name = "KEY=VALUE", value_parser = pair)]
    metadata: Vec<(String, String)>,
}

impl Grant {
    /// Puts what was said into a request; what was not said is left out.
    pub(crate) fn put_into(&self, request: &mut Map<String, Value>) {
        let mut put = |name: &str, list: &[String]| {
            if !list.is_empty() {
                request.insert(name.to_owned(), json!(list));
            }
        };
        put("audience", &self.audience);
        put("scopes", &self.scopes);
        put("routes", &self.routes);
        if !self.networks.is_empty() || !self.except_networks.is_empty() {
            request.insert("networks".to_owned(), json!({ "allow": self.networks, "except": self.except_networks }));
        }
        if !self.rates.is_empty() || !self.quotas.is_empty() {
            let on_unavailable = self.on_unavailable.as_deref().unwrap_or("deny");
            request.insert("limits".to_owned(), json!({ "rates": self.rates, "quotas": self.quotas, "on_unavailable": on_unavailable }));
        }
    }
}

impl Metadata {
    /// Puts the words into a request, where there are any.
    pub(crate) fn put_into(&self, request: &mut Map<String, Value>) -> Result<(), Failure> {
        let mut members = Map::new();
        for (key, value) in &self.metadata {
            if members.insert(key.clone(), json!(value)).is_some() {
                return Err(Failure::usage(format!("--metadata names `{key}` twice")));
            }
        }
        if !members.is_empty() {
            request.insert("metadata".to_owned(), Value::Object(members));
        }
        Ok(())
    }
}

/// Reads an audience as an argument.
pub(crate) fn audience(text: &str) -> Result<String, String> {
    Audience::parse(text).map(|audience| audience.to_string()).map_err(|fault| fault.to_string())
}

/// Reads a scope as an argument.
pub(crate) fn scope(text: &str) -> Result<String, String> {
    Scope::parse(text).map(|scope| scope.to_string()).map_err(|fault| fault.to_string())
}

fn network(text: &str) -> Result<String, String> {
    parse_network(text).map(|network| network.to_string()).map_err(|fault| fault.to_string())
}

fn route(text: &str) -> Result<String, String> {
    Route::parse(text).map(|route| route.to_string()).map_err(|fault| fault.to_string())
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("must be KEY=VALUE")?;
    if key.is_empty() { Err("must be KEY=VALUE".to_owned()) } else { Ok((key.to_owned(), value.to_owned())) }
}

/// `100/1m`: how many, and in which window in seconds.
fn amount(text: &str) -> Result<(u64, u32), String> {
    let (requests, window) = text.split_once('/').ok_or("must be a number and a window, such as `100/1m`")?;
    let requests = requests.parse().map_err(|_| "must begin with a number of requests, such as `100/1m`".to_owned())?;
    let seconds = duration::span(window)?.as_seconds_up();
    Ok((requests, u32::try_from(seconds).map_err(|_| "has too long a window".to_owned())?))
}

fn rate(text: &str) -> Result<Rate, String> {
    let (amount_text, burst) = match text.split_once(",burst=") {
        Some((amount, burst)) => (amount, Some(burst.parse().map_err(|_| "must have a number behind `burst=`".to_owned())?)),
        None => (text, None),
    };
    let (requests, per_seconds) = amount(amount_text)?;
    Ok(Rate { requests, per_seconds, burst })
}

fn quota(text: &str) -> Result<Quota, String> {
    let (requests, refill_seconds) = amount(text)?;
    Ok(Quota { requests, refill_seconds })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_and_quotas_are_read() {
        assert_eq!(rate("100/1m"), Ok(Rate { requests: 100, per_seconds: 60, burst: None }));
        assert_eq!(rate("100/1m,burst=20"), Ok(Rate { requests: 100, per_seconds: 60, burst: Some(20) }));
        assert_eq!(quota("10000/1d"), Ok(Quota { requests: 10_000, refill_seconds: 86_400 }));
        for bad in ["", "100", "/1m", "100/", "100/1y", "-1/1m", "100/1m,burst=", "100/1m,b=2"] {
            assert!(rate(bad).is_err(), "{bad}");
        }
    }
}
