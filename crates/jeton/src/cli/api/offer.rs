//! The options that say what an API offers: its scopes, and what its routes demand.

use super::limits;
use crate::cli::{
    Failure,
    describe::{self, text},
};
use clap::Args;
use jeton_core::{name::Acr, route::Route, scope::Scope, scope::ScopeSet, timestamp::Span};
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
    /// The same for one grant type, as `client_credentials=5m`; the shortest that is said holds; repeat for several
    #[arg(long = "grant-life", value_name = "GRANT=DURATION", value_parser = grant_life)]
    grant_lives: Vec<(String, u32)>,
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
    /// How long ago the person behind a token may have signed in for a route, as 'POST /v1/payments=5m'; repeat for several
    #[arg(long = "max-age", value_name = "ROUTE=DURATION", value_parser = max_age)]
    max_ages: Vec<(String, u32)>,
    /// By what that person must have signed in, as 'POST /v1/payments=urn:jeton:acr:password'; several classes, of which any will
    /// do, with commas; repeat for several routes
    #[arg(long = "acr", value_name = "ROUTE=CLASSES", value_parser = acr_values)]
    acr_values: Vec<(String, Vec<Acr>)>,
    /// At what pace it may be called, as `subject=100/1m` or `client=5/1s:20` with a burst; counted per token, subject, client, project
    /// or everybody; repeat for several
    #[arg(long = "limit", value_name = "PER=REQUESTS/WINDOW[:BURST]", value_parser = limits::limit)]
    limits: Vec<Value>,
    /// The same for one route, as 'POST /v1/reports everybody=5/1s'; repeat for several
    #[arg(long = "route-limit", value_name = "ROUTE LIMIT", value_parser = limits::route_limit)]
    route_limits: Vec<(String, Value)>,
    /// What a call of a route costs of every limit, as 'POST /v1/reports=10'; repeat for several
    #[arg(long = "cost", value_name = "ROUTE=COST", value_parser = limits::cost)]
    costs: Vec<(String, u64)>,
}

impl Offer {
    /// Puts what was said into a request; what was not said is left out.
    pub(crate) fn put_into(&self, request: &mut Map<String, Value>) -> Result<(), Failure> {
        let scopes = self.scopes.iter().map(|scope| entry(scope, false, false));
        let public = self.public_scopes.iter().map(|scope| entry(scope, true, false));
        let sensitive = self.sensitive_scopes.iter().map(|scope| entry(scope, false, true));
        let scopes: Vec<_> = scopes.chain(public).chain(sensitive).collect();
        if !scopes.is_empty() {
            request.insert("scopes".to_owned(), Value::Array(scopes));
        }
        self.all_are_routes()?;
        if !self.routes.is_empty() {
            let routes = self.routes.iter().map(|(route, scopes)| self.whole(route, scopes));
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
        if !self.grant_lives.is_empty() {
            let lives: Map<String, Value> = self.grant_lives.iter().map(|(grant, seconds)| (grant.clone(), json!(seconds))).collect();
            request.insert("access_token_seconds_by_grant".to_owned(), Value::Object(lives));
        }
        if !self.limits.is_empty() {
            request.insert("limits".to_owned(), Value::Array(self.limits.clone()));
        }
        Ok(())
    }
    /// A route with all that was said of it.
    fn whole(&self, route: &str, scopes: &[String]) -> Value {
        let mut whole = json!({ "route": route, "scopes": scopes });
        let classes = self.acr_values.iter().find(|(own, _)| own == route).map(|(_, classes)| ("acr_values", json!(classes)));
        let max_age = self.max_ages.iter().find(|(own, _)| own == route).map(|(_, seconds)| ("max_age", json!(seconds)));
        let limits: Vec<&Value> = self.route_limits.iter().filter(|(own, _)| own == route).map(|(_, limit)| limit).collect();
        let limits = (!limits.is_empty()).then(|| ("limits", json!(limits)));
        let cost = self.costs.iter().find(|(own, _)| own == route).map(|(_, cost)| ("cost", json!(cost)));
        if let Some(members) = whole.as_object_mut() {
            members.extend(classes.into_iter().chain(max_age).chain(limits).chain(cost).map(|(name, value)| (name.to_owned(), value)));
        }
        whole
    }
    /// What is said of a route belongs to one that is named beside it: routes are replaced whole.
    fn all_are_routes(&self) -> Result<(), Failure> {
        let of_sign_in = self.max_ages.iter().map(|(route, _)| route).chain(self.acr_values.iter().map(|(route, _)| route));
        let of_limits = self.route_limits.iter().map(|(route, _)| route).chain(self.costs.iter().map(|(route, _)| route));
        let mut named = of_sign_in.chain(of_limits);
        match named.find(|route| !self.routes.iter().any(|(own, _)| own == *route)) {
            None => Ok(()),
            Some(stray) => Err(Failure::usage(format!("`{}` is not among the routes", stray.escape_debug()))
                .fix("name it by --route too: routes are replaced whole")),
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

fn max_age(text: &str) -> Result<(String, u32), String> {
    let (route, age) = text.rsplit_once('=').ok_or("must be a route and an age, such as 'POST /v1/payments=5m'")?;
    let route = Route::parse(route).map_err(|fault| fault.to_string())?;
    Ok((route.to_string(), seconds(age)?))
}

fn acr_values(text: &str) -> Result<(String, Vec<Acr>), String> {
    let wrong = "must be a route and classes, such as 'POST /v1/payments=urn:jeton:acr:password'";
    let (route, classes) = text.split_once('=').ok_or(wrong)?;
    let route = Route::parse(route).map_err(|fault| fault.to_string())?;
    let classes: Result<Vec<Acr>, _> = classes.split(',').map(|class| Acr::parse(class).map_err(|fault| fault.to_string())).collect();
    Ok((route.to_string(), classes?))
}

fn grant_life(text: &str) -> Result<(String, u32), String> {
    let (grant, life) = text.split_once('=').ok_or("must be a grant type and a life, such as `client_credentials=5m`")?;
    Ok((grant.to_owned(), seconds(life)?))
}

pub(super) fn seconds(text: &str) -> Result<u32, String> {
    let span = crate::cli::duration::span(text).map_err(|fault| fault.to_string())?;
    u32::try_from(span.as_seconds_up()).map_err(|_| "is too long".to_owned())
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
        let scopes = if scopes.is_empty() { "no scope" } else { &scopes };
        let limits = limits::limit_lines(route).replace('\n', ", ");
        let limits = if limits.is_empty() { limits } else { format!(", at most {limits}") };
        format!("{}  needs {scopes}{}{limits}{}", text(route, "/route"), sign_in_words(route), limits::cost_words(route))
    };
    describe::list(api, "/routes").iter().map(line).collect::<Vec<_>>().join("\n")
}

/// What a route demands of a sign-in, in words; nothing where that is nothing.
pub(crate) fn sign_in_words(route: &Value) -> String {
    let classes = describe::joined(route, "/acr_values", " or ");
    let classes = if classes.is_empty() { String::new() } else { format!(", signed in by {classes}") };
    let age = route.get("max_age").and_then(Value::as_u64).map(|seconds| format!(", signed in within {seconds} s"));
    format!("{classes}{}", age.unwrap_or_default())
}

/// The lives of access tokens by grant type, one a line.
pub(crate) fn grant_life_lines(api: &Value) -> String {
    let lives = api.get("access_token_seconds_by_grant").and_then(Value::as_object);
    let lines = lives.into_iter().flatten().map(|(grant, seconds)| format!("{grant}  {seconds} s"));
    lines.collect::<Vec<_>>().join("\n")
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
        assert_eq!(max_age("POST /v1/a=b=5m"), Ok(("POST /v1/a=b".into(), 300)));
        assert!(max_age("POST /v1/a").is_err() && max_age("POST /v1/a=soon").is_err());
        let class = |text: &str| Acr::parse(text).expect("a class");
        assert_eq!(acr_values("POST /v1/a=urn:a,urn:b"), Ok(("POST /v1/a".into(), vec![class("urn:a"), class("urn:b")])));
        assert!(acr_values("POST /v1/a=").is_err() && acr_values("POST /v1/a").is_err());
        assert_eq!(grant_life("client_credentials=5m"), Ok(("client_credentials".into(), 300)));
        for bad in ["GET /v1/orders", "/v1=a", "GET v1=a", "GET /v1=a b"] {
            assert!(route(bad).is_err(), "{bad}");
        }
    }
}
