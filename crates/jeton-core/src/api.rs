//! APIs (resource servers): an audience, the scopes that it knows and the routes that demand them.

use crate::{
    fault::Invalid,
    id::{ApiId, OrganisationId},
    limits,
    name::{Audience, Name},
    path::NormalPath,
    route::Route,
    scope::{Scope, ScopeSet},
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
    /// What its routes demand; the most specific match wins. A call that matches none demands nothing but a valid token.
    pub routes: Vec<ApiRoute>,
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
        for route in &self.routes {
            if let Some(unknown) = route.scopes.iter().find(|wanted| !self.scopes.iter().any(|own| own.scope == **wanted)) {
                return Err(("routes", Invalid::new(format!("must demand only scopes of this API (`{unknown}` is none)"))));
            }
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
    /// The route of this API that a call falls under: the most specific that matches.
    pub fn route_for(&self, method: &str, path: &NormalPath) -> Option<&ApiRoute> {
        self.routes.iter().filter(|own| own.route.matches(method, path)).max_by_key(|own| own.route.pattern().specificity())
    }
}
