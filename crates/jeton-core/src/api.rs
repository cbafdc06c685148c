//! APIs (resource servers): an audience, the scopes that it knows and the routes that demand them.

use crate::{
    api_limit::ApiLimit,
    authentication::SignInDemand,
    fault::Invalid,
    id::{ApiId, OrganisationId},
    kind::TokenFormat,
    limits,
    name::{Acr, Audience, Name},
    oauth::{grant_lives::LivesByGrant, scope_words::is_scope_word},
    path::NormalPath,
    route::Route,
    scope::{Scope, ScopeSet},
    timestamp::Span,
};
use serde::{Deserialize, Serialize};

/// An API that tokens are for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Api {
    /// Its id.
    pub id: ApiId,
    /// The organisation that it belongs to.
    pub organisation: OrganisationId,
    /// What tokens name it by.
    pub audience: Audience,
    /// Its name for people.
    pub name: Name,
    /// The scopes that it knows. Only these can be granted for it.
    pub scopes: Vec<ApiScope>,
    /// What its routes demand; the most specific match wins, and a slash at the end of a path makes no difference. Where there
    /// are any, a call that matches none is refused; where there are none, the API demands nothing of a call.
    pub routes: Vec<ApiRoute>,
    /// How access tokens of OAuth for it are written.
    #[serde(default, skip_serializing_if = "is_default")]
    pub token_format: TokenFormat,
    /// Life of access tokens of OAuth for it, in seconds; as configured where it says none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_token_seconds: Option<u32>,
    /// The same by grant type; the shortest that is said holds.
    #[serde(default, skip_serializing_if = "LivesByGrant::is_empty")]
    pub access_token_seconds_by_grant: LivesByGrant,
    /// At what pace it may be called, whatever limits the tokens have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub limits: Vec<ApiLimit>,
    /// How old the memory of a verifier may be for calls of it, in milliseconds; as the verifier is configured where it says none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_staleness_ms: Option<u32>,
    /// For how many seconds more its calls are decided from a memory that is too old, where nobody can be asked. Nothing, unless
    /// it says so: then they are refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serve_stale_seconds: Option<u32>,
}

/// One scope of an API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiScope {
    /// The scope.
    pub scope: Scope,
    /// What it lets a token do, in the owner's words.
    #[serde(default)]
    pub description: String,
    /// Whether publishable keys may hold it.
    #[serde(default)]
    pub public: bool,
    /// Whether it is never given to a client that no operator has approved.
    #[serde(default, skip_serializing_if = "is_default")]
    pub sensitive: bool,
}

/// What one route of an API demands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiRoute {
    /// Method and path pattern.
    pub route: Route,
    /// The scopes that a call must have, all of them.
    #[serde(default)]
    pub scopes: ScopeSet,
    /// By what the person behind the token must have signed in: any one of these classes (RFC 9470). Empty where any will do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub acr_values: Vec<Acr>,
    /// How long ago that may be, in seconds; whatever has no person behind it is refused then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age: Option<u32>,
    /// At what pace it may be called, besides what the API lays down.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub limits: Vec<ApiLimit>,
    /// What a call costs of every limit that it spends; 1 where it says nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<u32>,
}

impl ApiRoute {
    /// A route that demands these scopes, and nothing of a sign-in.
    pub const fn new(route: Route, scopes: ScopeSet) -> Self {
        Self { route, scopes, acr_values: Vec::new(), max_age: None, limits: Vec::new(), cost: None }
    }
    /// What it demands of the sign-in behind a token.
    pub fn sign_in(&self) -> SignInDemand<'_> {
        SignInDemand { acr_values: &self.acr_values, max_age: self.max_age }
    }
    fn validate(&self) -> Result<(), Invalid> {
        if self.acr_values.len() > limits::ACR_VALUES_MAX {
            return Err(Invalid::new(format!("must demand at most {} classes of sign-in of one route", limits::ACR_VALUES_MAX)));
        }
        if self.max_age.is_some_and(|age| age > limits::SIGN_IN_AGE_MAX) {
            return Err(Invalid::new(format!("must demand a `max_age` of at most {} seconds", limits::SIGN_IN_AGE_MAX)));
        }
        if self.cost.is_some_and(|cost| !(1..=limits::COST_MAX).contains(&cost)) {
            return Err(Invalid::new(format!("must have a `cost` of 1 to {}", limits::COST_MAX)));
        }
        ApiLimit::validate(&self.limits)
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Api {
    /// Checks what the parts cannot check for themselves; names the field.
    pub fn validate(&self) -> Result<(), (&'static str, Invalid)> {
        if self.scopes.len() > limits::SCOPES_MAX || self.routes.len() > limits::SCOPES_MAX {
            return Err(("scopes", Invalid::new(format!("must hold at most {} scopes and as many routes", limits::SCOPES_MAX))));
        }
        for (at, own) in self.scopes.iter().enumerate() {
            if own.scope.is_wildcard() {
                return Err(("scopes", Invalid::new(format!("must not hold the wildcard `{}`: name each scope", own.scope))));
            }
            if is_scope_word(&own.scope) {
                return Err(("scopes", Invalid::new(format!("must not hold `{}`, which belongs to OpenID Connect", own.scope))));
            }
            if own.sensitive && own.public {
                return Err(("scopes", Invalid::new(format!("must not hold `{}` as public and as sensitive", own.scope))));
            }
            if self.scopes.iter().take(at).any(|earlier| earlier.scope == own.scope) {
                return Err(("scopes", Invalid::new(format!("must not hold `{}` twice", own.scope))));
            }
            if own.description.chars().count() > limits::COMMENT_MAX {
                return Err((
                    "scopes",
                    Invalid::new(format!("must describe `{}` in at most {} characters", own.scope, limits::COMMENT_MAX)),
                ));
            }
        }
        if self
            .access_token_seconds
            .is_some_and(|life| !(limits::ACCESS_TOKEN_LIFE_MIN..=limits::JWT_LIFE_MAX).contains(&Span::from_seconds(life)))
        {
            let most = limits::JWT_LIFE_MAX.as_seconds_up();
            let rule = format!("must be {} to {most} seconds", limits::ACCESS_TOKEN_LIFE_MIN.as_seconds_up());
            return Err(("access_token_seconds", Invalid::new(rule)));
        }
        self.access_token_seconds_by_grant.validate().map_err(|rule| ("access_token_seconds_by_grant", rule))?;
        ApiLimit::validate(&self.limits).map_err(|rule| ("limits", rule))?;
        self.validate_staleness()?;
        for (at, route) in self.routes.iter().enumerate() {
            route.validate().map_err(|rule| ("routes", rule))?;
            if self.routes.iter().take(at).any(|earlier| earlier.route == route.route) {
                return Err(("routes", Invalid::new(format!("must not hold `{}` twice", route.route))));
            }
            if let Some(unknown) = route.scopes.iter().find(|wanted| !self.scopes.iter().any(|own| own.scope == **wanted)) {
                return Err(("routes", Invalid::new(format!("must demand only scopes of this API (`{unknown}` is none)"))));
            }
        }
        Ok(())
    }
    fn validate_staleness(&self) -> Result<(), (&'static str, Invalid)> {
        let (least, most) = (limits::STALENESS_MIN_MS, limits::STALENESS_MAX_MS);
        if self.max_staleness_ms.is_some_and(|own| !(least..=most).contains(&own)) {
            return Err(("max_staleness_ms", Invalid::new(format!("must be {least} to {most} milliseconds"))));
        }
        let most = limits::SERVE_STALE_MAX.as_seconds_up();
        if self.serve_stale_seconds.is_some_and(|own| own == 0 || i64::from(own) > most) {
            return Err(("serve_stale_seconds", Invalid::new(format!("must be 1 to {most} seconds"))));
        }
        Ok(())
    }
    /// Whether `granted` can be granted for this API: it is one of its scopes, or a wildcard over at least one.
    pub fn knows(&self, granted: &Scope) -> bool {
        self.scopes.iter().any(|own| granted.covers(&own.scope))
    }
    /// Whether everything that `granted` covers here is public, and it covers something.
    pub fn is_public(&self, granted: &Scope) -> bool {
        let mut covered = self.scopes.iter().filter(|own| granted.covers(&own.scope)).peekable();
        covered.peek().is_some() && covered.all(|own| own.public)
    }
    /// Whether this API declares routes and none of them covers a call: nobody may make it.
    pub fn leaves_out(&self, method: &str, path: &NormalPath) -> bool {
        !self.routes.is_empty() && self.route_for(method, path).is_none()
    }
    /// The route of this API that a call falls under: the most specific that matches.
    pub fn route_for(&self, method: &str, path: &NormalPath) -> Option<&ApiRoute> {
        self.routes.iter().filter(|own| own.route.guards(method, path)).max_by(|a, b| a.route.cmp_specificity(&b.route))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::path::PathRules;

    fn api(routes: &[(&str, &str)]) -> Api {
        let scope = |text: &str, public| ApiScope {
            scope: Scope::parse(text).expect("scope"),
            description: String::new(),
            public,
            sensitive: false,
        };
        let route = |(route, scopes): &(&str, &str)| {
            ApiRoute::new(Route::parse(route).expect("route"), ScopeSet::parse_spaced(scopes).expect("scopes"))
        };
        Api {
            id: ApiId::from_random([1; 16]),
            organisation: OrganisationId::from_random([1; 16]),
            audience: Audience::parse("https://api.example.com").expect("audience"),
            name: Name::parse("API").expect("name"),
            scopes: vec![scope("a:read", true), scope("a:write", false), scope("b", true)],
            routes: routes.iter().map(route).collect(),
            token_format: TokenFormat::Opaque,
            access_token_seconds: None,
            access_token_seconds_by_grant: LivesByGrant::default(),
            limits: Vec::new(),
            max_staleness_ms: None,
            serve_stale_seconds: None,
        }
    }

    #[test]
    fn the_most_specific_route_decides_whatever_the_order() {
        let mut routes = [("* /v1/**", ""), ("GET /v1/a/*", "a:read"), ("* /v1/a/admin", "a:write"), ("GET /v1/a/admin", "b")];
        for _ in 0..routes.len() {
            routes.rotate_left(1);
            let api = api(&routes);
            let demanded = |method, path| {
                let path = NormalPath::parse(path, PathRules::default()).expect("path");
                api.route_for(method, &path).map(|own| own.scopes.to_spaced())
            };
            assert_eq!(demanded("GET", "/v1/a/7").as_deref(), Some("a:read"));
            assert_eq!(demanded("GET", "/v1/a/7/").as_deref(), Some("a:read"));
            assert_eq!(demanded("POST", "/v1/a/admin").as_deref(), Some("a:write"));
            assert_eq!(demanded("POST", "/v1/a/admin/").as_deref(), Some("a:write"));
            assert_eq!(demanded("HEAD", "/v1/a/admin").as_deref(), Some("b"));
            assert_eq!(demanded("GET", "/v2"), None);
            let leaves_out = |path| api.leaves_out("GET", &NormalPath::parse(path, PathRules::default()).expect("path"));
            assert!(leaves_out("/v2") && !leaves_out("/v1/a/7/") && !leaves_out("/v1"));
        }
    }

    #[test]
    fn an_api_without_routes_leaves_nothing_out() {
        let path = NormalPath::parse("/v2", PathRules::default()).expect("path");
        assert!(!api(&[]).leaves_out("GET", &path));
        assert!(api(&[("POST /v2", "")]).leaves_out("GET", &path));
        assert!(!api(&[("POST /v2", ""), ("* /**", "")]).leaves_out("GET", &path));
    }

    #[test]
    fn an_api_that_contradicts_itself_is_refused() {
        assert_eq!(api(&[("GET /a", "a:read")]).validate(), Ok(()));
        for routes in [&[("GET /a", "a:read"), ("GET /a", "b")][..], &[("GET /a", "unknown")], &[("GET /a", "a:*")]] {
            assert!(api(routes).validate().is_err_and(|(field, _)| field == "routes"), "{routes:?}");
        }
        let mut twice = api(&[]);
        twice.scopes.push(twice.scopes[0].clone());
        assert!(twice.validate().is_err());
    }

    #[test]
    fn what_belongs_to_oauth_has_its_rules() {
        let with = |edit: fn(&mut Api)| {
            let mut own = api(&[]);
            edit(&mut own);
            own.validate().map_err(|(field, _)| field)
        };
        assert_eq!(with(|api| api.access_token_seconds = Some(300)), Ok(()));
        assert_eq!(with(|api| api.access_token_seconds = Some(5)), Err("access_token_seconds"));
        assert_eq!(with(|api| api.access_token_seconds = Some(86_401)), Err("access_token_seconds"));
        assert_eq!(with(|api| api.access_token_seconds_by_grant.client_credentials = Some(60)), Ok(()));
        assert_eq!(with(|api| api.access_token_seconds_by_grant.jwt_bearer = Some(5)), Err("access_token_seconds_by_grant"));
        let step_up = |api: &mut Api, max_age| {
            api.routes.push(ApiRoute { max_age, ..ApiRoute::new(Route::parse("GET /a").expect("route"), ScopeSet::default()) });
        };
        let mut own = api(&[]);
        step_up(&mut own, Some(limits::SIGN_IN_AGE_MAX));
        assert_eq!(own.validate(), Ok(()));
        own.routes.clear();
        step_up(&mut own, Some(limits::SIGN_IN_AGE_MAX + 1));
        assert!(own.validate().is_err_and(|(field, _)| field == "routes"));
        assert_eq!(with(|api| api.max_staleness_ms = Some(99)), Err("max_staleness_ms"));
        assert_eq!(with(|api| api.max_staleness_ms = Some(60_000)), Ok(()));
        assert_eq!(with(|api| api.serve_stale_seconds = Some(0)), Err("serve_stale_seconds"));
        assert_eq!(with(|api| api.serve_stale_seconds = Some(3601)), Err("serve_stale_seconds"));
        assert_eq!(with(|api| api.scopes[0].sensitive = true), Err("scopes"), "it is public");
        assert_eq!(with(|api| api.scopes[1].sensitive = true), Ok(()));
        assert_eq!(with(|api| api.scopes[0].scope = Scope::parse("openid").expect("scope")), Err("scopes"));
    }

    #[test]
    fn what_was_stored_before_is_read_and_written_alike() {
        let stored = serde_json::to_string(&api(&[])).expect("written");
        assert!(
            !stored.contains("token_format") && !stored.contains("sensitive") && !stored.contains("_seconds") && !stored.contains("_ms")
        );
        assert_eq!(serde_json::from_str::<Api>(&stored).expect("read"), api(&[]));
        let with_route = serde_json::to_string(&api(&[("GET /a", "b")])).expect("written");
        for new in ["acr_values", "max_age", "limits", "cost"] {
            assert!(!with_route.contains(new), "{with_route}");
        }
    }

    #[test]
    fn public_means_all_that_is_covered() {
        let api = api(&[]);
        let public = |text: &str| api.is_public(&Scope::parse(text).expect("scope"));
        assert!(public("a:read") && public("b"));
        assert!(!public("a:write") && !public("a:*") && !public("c"));
        assert!(api.knows(&Scope::parse("a:*").expect("scope")));
        assert!(!api.knows(&Scope::parse("c:*").expect("scope")));
    }
}
