//! What the fields of the form say of an API: all that can be read, or everything that cannot, each at its field.

use super::{LIVES, fill, rows::Kind};
use crate::apis::AddApiRequest;
use jeton_core::{
    api::{ApiRoute, ApiScope},
    api_limit::{ApiLimit, OnUnavailable, Per},
    fault::Invalid,
    kind::TokenFormat,
    name::{Acr, Audience, Name},
    oauth::{grant_lives::LivesByGrant, parameters::Parameters},
    route::Route,
    scope::{Scope, ScopeSet},
};
use std::str::FromStr;

/// Fields with what is wrong with them.
pub(super) type Faults = Vec<(String, String)>;

/// What is asked for. `before` are the routes as they are: what they demand that the form does not show stays.
pub(super) fn read(fields: &Parameters, audience: &str, before: &[ApiRoute]) -> Result<AddApiRequest, Faults> {
    let mut reader = Reader { fields, faults: Vec::new() };
    let name = reader.take("name", Name::parse(reader.text("name")));
    let audience = reader.take("audience", Audience::parse(audience));
    let scopes = (0..Kind::Scope.most()).filter_map(|at| reader.scope(at)).collect();
    let routes = (0..Kind::Route.most()).filter_map(|at| reader.route(at, before)).collect();
    let limits = (0..Kind::Limit.most()).filter_map(|at| reader.limit(at)).collect();
    let access_token_seconds = reader.number("access_token_seconds");
    let access_token_seconds_by_grant = reader.lives();
    let (max_staleness_ms, serve_stale_seconds) = (reader.number("max_staleness_ms"), reader.number("serve_stale_seconds"));
    match (name, audience) {
        (Some(name), Some(audience)) if reader.faults.is_empty() => Ok(AddApiRequest {
            audience,
            name,
            scopes,
            routes,
            token_format: TokenFormat::parse(reader.text("token_format")).unwrap_or_default(),
            access_token_seconds,
            access_token_seconds_by_grant,
            limits,
            max_staleness_ms,
            serve_stale_seconds,
        }),
        _ => Err(reader.faults),
    }
}

struct Reader<'f> {
    fields: &'f Parameters,
    faults: Faults,
}

impl<'f> Reader<'f> {
    fn text(&self, name: &str) -> &'f str {
        self.fields.find(name).map(str::trim).unwrap_or_default()
    }
    /// What was read; what breaks a rule is noted.
    fn take<T>(&mut self, name: &str, read: Result<T, Invalid>) -> Option<T> {
        read.map_err(|rule| self.faults.push((name.to_owned(), rule.rule))).ok()
    }
    /// A number; nothing where nothing was typed.
    fn number<T: FromStr>(&mut self, name: &str) -> Option<T> {
        match self.text(name) {
            "" => None,
            text => self.take(name, text.parse().map_err(|_| Invalid::new("must be a whole number, or empty"))),
        }
    }
    /// A number that must be there.
    fn needed<T: FromStr>(&mut self, name: &str) -> Option<T> {
        if self.text(name).is_empty() {
            return self.take(name, Err(Invalid::new("must be there: empty the whole row to remove it")));
        }
        self.number(name)
    }
    fn lives(&mut self) -> LivesByGrant {
        let [authorization_code, refresh_token, client_credentials, device_code, token_exchange, jwt_bearer] =
            LIVES.map(|(name, _)| self.number(name));
        LivesByGrant { authorization_code, refresh_token, client_credentials, device_code, token_exchange, jwt_bearer }
    }
    /// Whether nothing was typed into these fields of a row.
    fn is_blank(&self, kind: Kind, at: usize, parts: &[&str]) -> bool {
        parts.iter().all(|part| self.text(&kind.field(at, part)).is_empty())
    }
    fn scope(&mut self, at: usize) -> Option<ApiScope> {
        if self.is_blank(Kind::Scope, at, &["name", "words"]) {
            return None;
        }
        let name = Kind::Scope.field(at, "name");
        let scope = self.take(&name, Scope::parse(self.text(&name)))?;
        let kind = self.text(&Kind::Scope.field(at, "kind"));
        let description = self.text(&Kind::Scope.field(at, "words")).to_owned();
        Some(ApiScope { scope, description, public: kind == "public", sensitive: kind == "sensitive" })
    }
    fn route(&mut self, at: usize, before: &[ApiRoute]) -> Option<ApiRoute> {
        if self.is_blank(Kind::Route, at, &["pattern", "scopes", "max_age", "cost"]) {
            return None;
        }
        let field = |part: &str| Kind::Route.field(at, part);
        let route = self.take(&field("pattern"), Route::parse(self.text(&field("pattern"))));
        let listed: Vec<&str> = self.text(&field("scopes")).split([' ', ',']).filter(|scope| !scope.is_empty()).collect();
        let scopes = self.take(&field("scopes"), ScopeSet::parse_list(&listed));
        let (max_age, cost) = (self.number(&field("max_age")), self.number(&field("cost")));
        let old = before.iter().find(|old| old.route.to_string() == self.text(&field("was")));
        let acr_values = match (self.text(&field("acr")), old) {
            (class, Some(old)) if class == fill::sign_in_class(old) => old.acr_values.clone(),
            ("", _) => Vec::new(),
            (class, _) => vec![self.take(&field("acr"), Acr::parse(class))?],
        };
        let limits = old.map(|old| old.limits.clone()).unwrap_or_default();
        Some(ApiRoute { acr_values, max_age, limits, cost, ..ApiRoute::new(route?, scopes?) })
    }
    fn limit(&mut self, at: usize) -> Option<ApiLimit> {
        if self.is_blank(Kind::Limit, at, &["requests", "seconds", "burst"]) {
            return None;
        }
        let field = |part: &str| Kind::Limit.field(at, part);
        let per = Per::parse(self.text(&field("per"))).ok_or_else(|| Invalid::new("must be one of the choices"));
        let per = self.take(&field("per"), per);
        let (requests, per_seconds) = (self.needed(&field("requests")), self.needed(&field("seconds")));
        let burst = self.number(&field("burst"));
        let on_unavailable = match self.text(&field("lenient")) {
            "allow" => OnUnavailable::Allow,
            _ => OnUnavailable::Deny,
        };
        Some(ApiLimit { per: per?, requests: requests?, per_seconds: per_seconds?, burst, on_unavailable })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jeton_core::api::Api;

    const WHOLE: &str = r#"{"id": "api_000000000001", "organisation": "org_000000000001", "audience": "https://a.example", "name": "A",
        "scopes": [{"scope": "a:read", "description": "Read = look"}, {"scope": "a:list", "public": true},
            {"scope": "a:delete", "sensitive": true}],
        "routes": [{"route": "GET /v1/a/**", "scopes": ["a:list", "a:read"], "max_age": 60, "cost": 5,
                "acr_values": ["urn:jeton:acr:mfa", "urn:jeton:acr:password"],
                "limits": [{"per": "everybody", "requests": 5, "per_seconds": 1}]},
            {"route": "POST /v1/open"}, {"route": "POST /v1/pay", "acr_values": ["urn:jeton:acr:mfa"]}],
        "limits": [{"per": "subject", "requests": 100, "per_seconds": 60, "burst": 20, "on_unavailable": "allow"}],
        "access_token_seconds": 60, "access_token_seconds_by_grant": {"device_code": 300},
        "max_staleness_ms": 500, "serve_stale_seconds": 30}"#;

    fn fields(pairs: impl IntoIterator<Item = (String, String)>) -> Parameters {
        Parameters::of_form(pairs).expect("fields")
    }

    #[test]
    fn what_a_form_is_filled_with_reads_back() {
        let api: Api = serde_json::from_str(WHOLE).expect("an API");
        let filled = fill::fill(&api);
        let sent = fields(filled.values().map(|(name, value)| (name.to_owned(), value.to_owned())));
        let read = read(&sent, "https://a.example", &api.routes).expect("read");
        assert_eq!((read.scopes, read.routes, read.limits), (api.scopes, api.routes, api.limits));
        assert_eq!((read.access_token_seconds, read.max_staleness_ms, read.serve_stale_seconds), (Some(60), Some(500), Some(30)));
        assert_eq!(read.access_token_seconds_by_grant, api.access_token_seconds_by_grant);
    }

    #[test]
    fn a_route_keeps_what_the_form_does_not_show_under_another_pattern_too() {
        let api: Api = serde_json::from_str(WHOLE).expect("an API");
        let mut sent: Vec<_> = fill::fill(&api).values().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        for (name, value) in &mut sent {
            if name == "route.0.pattern" {
                *value = "GET /v2/a/**".to_owned();
            }
        }
        let read = read(&fields(sent), "https://a.example", &api.routes).expect("read");
        assert_eq!((read.routes[0].route.to_string().as_str(), &read.routes[0].limits), ("GET /v2/a/**", &api.routes[0].limits));
        assert_eq!(read.routes[0].acr_values, api.routes[0].acr_values);
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_its_field() {
        let sent = [
            ("name", ""),
            ("scope.0.name", "a b"),
            ("scope.2.words", "words without a scope"),
            ("route.0.pattern", "GET"),
            ("route.1.scopes", "a:read"),
            ("route.1.cost", "many"),
            ("limit.0.per", "token"),
            ("limit.0.requests", "5"),
            ("limit.1.seconds", "-1"),
            ("access_token_seconds", "1h"),
            ("life.device_code", "x"),
            ("max_staleness_ms", "99999999999"),
        ];
        let sent = fields(sent.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let faults = read(&sent, "nowhere", &[]).expect_err("refused");
        let named: Vec<&str> = faults.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            named,
            [
                "name",
                "audience",
                "scope.0.name",
                "scope.2.name",
                "route.0.pattern",
                "route.1.pattern",
                "route.1.cost",
                "limit.0.seconds",
                "limit.1.per",
                "limit.1.requests",
                "limit.1.seconds",
                "access_token_seconds",
                "life.device_code",
                "max_staleness_ms",
            ]
        );
    }

    #[test]
    fn blank_rows_are_no_rows() {
        let sent = [("name", "A"), ("scope.0.kind", "public"), ("route.0.acr", ""), ("limit.0.per", "token"), ("scope.4.name", "a")];
        let read = read(&fields(sent.map(|(name, value)| (name.to_owned(), value.to_owned()))), "https://a.example", &[]).expect("read");
        assert_eq!((read.scopes.len(), read.routes.len(), read.limits.len()), (1, 0, 0));
    }
}
