//! The options that say what an API offers: its scopes, and what its routes demand.

use crate::cli::describe::{self, text};
use clap::Args;
use jeton_core::{route::Route, scope::Scope, scope::ScopeSet, timestamp::Span};
use serde_json::{Map, Value, json};

/// What an API offers.
#[derive(Debug, Args)]
pub(crate) struct Offer {
    /// A scope, as 'orders:read=Read orders'; repeat for several
    #[arg(long = "scope", value_name = "SCOPE[=WORDS]", value_parser = scope)]
    scopes: Vec<(String, String)>,
    /// A scope that publishable keys may hold, too; repeat for several
    #[arg(long = "public-scope", value_name = "SCOPE[=WORDS]", value_parser = scope)]
    public_scopes: Vec<(String, String)>,
    /// A scope that only clients which an operator has approved are given; repeat for several
    #[arg(long = "sensitive-scope", value_name = "SCOPE[=WORDS]", value_parser = scope)]
    sensitive_scopes: Vec<(String, String)>,
    /// How access tokens of OAuth for it are written [default: opaque]
    #[arg(long, value_name = "opaque|jwt", value_parser = ["opaque", "jwt"])]
    token_format: Option<String>,
    /// Life of access tokens of OAuth for it, as `10m` [default: as configured]
    #[arg(long, value_name = "DURATION", value_parser = crate::cli::duration::span)]
    access_token_life: Option<Span>,
    /// How old the memory of a gate may be for its calls, in milliseconds [default: as the gate is configured]
    #[arg(long, value_name = "MILLISECONDS", value_parser = clap::value_parser!(u32).range(100..=60_000))]
    max_staleness_ms: Option<u32>,
    /// For how much longer its calls are decided from a memory that is too old, where the authority cannot be asked, as `30s`
    /// [default: they are refused]
    #[arg(long, value_name = "DURATION", value_parser = crate::cli::duration::span)]
    serve_stale: Option<Span>,
    /// What a call demands, as 'GET /v1/orders/*=orders:read'; several scopes with commas; repeat for several. With one or
    /// more, a call that none of them matches is refused
    #[arg(long = "route", value_name = "ROUTE=SCOPES", value_parser = route)]
    routes: Vec<(String, Vec<String>)>,
}

impl Offer {
    /// Puts what was said into a request; what was not said is left out.
    pub(crate) fn put_into(&self, request: &mut Map<String, Value>) {
        let scopes = self.scopes.iter().map(|scope| entry(scope, false, false));
        let public = self.public_scopes.iter().map(|scope| entry(scope, true, false));
        let sensitive = self.sensitive_scopes.iter().map(|scope| entry(scope, false, true));
        let scopes: Vec<_> = scopes.chain(public).chain(sensitive).collect();
        if !scopes.is_empty() {
            request.insert("scopes".to_owned(), Value::Array(scopes));
        }
        if !self.routes.is_empty() {
            let routes = self.routes.iter().map(|(route, scopes)| json!({ "route": route, "scopes": scopes }));
            request.insert("routes".to_owned(), routes.collect());
        }
        if let Some(format) = &self.token_format {
            request.insert("token_format".to_owned(), json!(format));
        }
        if let Some(life) = self.access_token_life {
            request.insert("access_token_seconds".to_owned(), json!(life.as_seconds_up()));
        }
        if let Some(age) = self.max_staleness_ms {
            request.insert("max_staleness_ms".to_owned(), json!(age));
        }
        if let Some(more) = self.serve_stale {
            request.insert("serve_stale_seconds".to_owned(), json!(more.as_seconds_up()));
        }
    }
}

fn entry((scope, words): &(String, String), public: bool, sensitive: bool) -> Value {
    json!({ "scope": scope, "description": words, "public": public, "sensitive": sensitive })
}

fn scope(text: &str) -> Result<(String, String), String> {
    let (scope, words) = text.split_once('=').unwrap_or((text, ""));
    let scope = Scope::parse(scope).map_err(|fault| fault.to_string())?;
    Ok((scope.to_string(), words.to_owned()))
}

fn route(text: &str) -> Result<(String, Vec<String>), String> {
    // The last `=`: paths may hold one, scopes may not.
    let (route, scopes) = text.rsplit_once('=').ok_or("must be a route and what it demands, such as 'GET /v1/orders/*=orders:read'")?;
    let route = Route::parse(route).map_err(|fault| fault.to_string())?;
    let scopes: Vec<String> = scopes.split(',').filter(|scope| !scope.is_empty()).map(str::to_owned).collect();
    ScopeSet::parse_list(&scopes).map_err(|fault| fault.to_string())?;
    Ok((route.to_string(), scopes))
}

/// An API's scopes, one a line.
pub(crate) fn scope_lines(api: &Value) -> String {
    let line = |scope: &Value| {
        let words = text(scope, "/description");
        let words = if words.is_empty() { String::new() } else { format!("  {words}") };
        let public = if scope.get("public").and_then(Value::as_bool) == Some(true) { "  (public)" } else { "" };
        let sensitive = if scope.get("sensitive").and_then(Value::as_bool) == Some(true) { "  (sensitive)" } else { "" };
        format!("{}{words}{public}{sensitive}", text(scope, "/scope"))
    };
    describe::list(api, "/scopes").iter().map(line).collect::<Vec<_>>().join("\n")
}

/// An API's routes, one a line.
pub(crate) fn route_lines(api: &Value) -> String {
    let line = |route: &Value| {
        let scopes = match route.get("scopes") {
            Some(Value::String(spaced)) => spaced.clone(),
            _ => describe::joined(route, "/scopes", ", "),
        };
        format!("{}  needs {}", text(route, "/route"), if scopes.is_empty() { "no scope" } else { &scopes })
    };
    describe::list(api, "/routes").iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_and_routes_are_read() {
        assert_eq!(scope("orders:read=Read orders"), Ok(("orders:read".into(), "Read orders".into())));
        assert_eq!(scope("orders:read"), Ok(("orders:read".into(), String::new())));
        assert_eq!(route("GET /v1/a=b/*=x:r,x:w"), Ok(("GET /v1/a=b/*".into(), vec!["x:r".into(), "x:w".into()])));
        assert_eq!(route("* /health="), Ok(("* /health".into(), vec![])));
        for bad in ["GET /v1/orders", "/v1=a", "GET v1=a", "GET /v1=a b"] {
            assert!(route(bad).is_err(), "{bad}");
        }
    }
}
