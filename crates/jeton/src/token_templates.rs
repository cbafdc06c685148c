//! Ready-made choices for whoever issues a personal access token: what an API's scopes suggest, so that least privilege is the easy way.
//!
//! A template only fills a form in; what may be issued is decided where tokens are issued.

use jeton_core::{
    api::{Api, ApiScope},
    scope::Scope,
};

/// A choice to begin with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenTemplate {
    /// Its word in addresses.
    pub id: &'static str,
    /// What it is called.
    pub name: &'static str,
    /// What it is good for.
    pub words: &'static str,
    /// The scopes that it ticks.
    pub scopes: Vec<Scope>,
    /// Days that the token lives.
    pub days: u32,
}

/// Last parts of scopes that only look.
const LOOKS: [&str; 5] = ["read", "list", "view", "get", "show"];

/// Whether a scope only lets look.
pub fn only_looks(scope: &Scope) -> bool {
    scope.as_str().rsplit(':').next().is_some_and(|verb| LOOKS.contains(&verb))
}

/// The templates of an API. `may_sensitive` says whether the person may have sensitive scopes at all.
pub fn of(api: &Api, may_sensitive: bool) -> Vec<TokenTemplate> {
    let open = |own: &&ApiScope| may_sensitive || !own.sensitive;
    let scopes = |wanted: fn(&ApiScope) -> bool| -> Vec<Scope> {
        api.scopes.iter().filter(open).filter(|own| wanted(own)).map(|own| own.scope.clone()).collect()
    };
    let looking = scopes(|own| only_looks(&own.scope) && !own.sensitive);
    let all = scopes(|own| !own.sensitive);
    let mut templates = Vec::new();
    if !looking.is_empty() {
        let words = "Sees everything that is not sensitive, and changes nothing. For scripts, reports and dashboards.";
        templates.push(TokenTemplate { id: "read", name: "Read only", words, scopes: looking.clone(), days: 30 });
    }
    if all.len() > looking.len() {
        let words = "Sees and changes everything that is not sensitive. For a job that deploys or writes; give it networks of its own.";
        templates.push(TokenTemplate { id: "job", name: "CI job", words, scopes: all, days: 7 });
    }
    let words = "Nothing is ticked: choose each scope yourself.";
    templates.push(TokenTemplate { id: "own", name: "My own choice", words, scopes: Vec::new(), days: 30 });
    templates
}

/// The template of this word, or the first.
pub fn find<'t>(templates: &'t [TokenTemplate], id: &str) -> Option<&'t TokenTemplate> {
    templates.iter().find(|own| own.id == id).or_else(|| templates.first())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jeton_core::{
        id::{ApiId, OrganisationId},
        kind::TokenFormat,
        name::{Audience, Name},
    };

    fn api(scopes: &[(&str, bool)]) -> Api {
        let scope = |(text, sensitive): &(&str, bool)| ApiScope {
            scope: Scope::parse(text).expect("a scope"),
            description: String::new(),
            public: false,
            sensitive: *sensitive,
        };
        Api {
            id: ApiId::from_random([1; 16]),
            organisation: OrganisationId::from_random([1; 16]),
            audience: Audience::parse("https://orders.example.com").expect("an audience"),
            name: Name::parse("Orders").expect("a name"),
            scopes: scopes.iter().map(scope).collect(),
            routes: Vec::new(),
            token_format: TokenFormat::Opaque,
            access_token_seconds: None,
            access_token_seconds_by_grant: jeton_core::oauth::grant_lives::LivesByGrant::default(),
            limits: Vec::new(),
            max_staleness_ms: None,
            serve_stale_seconds: None,
        }
    }

    #[test]
    fn templates_follow_from_the_scopes_and_never_tick_sensitive_ones() {
        let orders = api(&[("orders:read", false), ("orders:write", false), ("people:read", true)]);
        let templates = of(&orders, true);
        let ticked = |id: &str| find(&templates, id).map(|own| own.scopes.iter().map(Scope::as_str).collect::<Vec<_>>());
        assert_eq!(ticked("read"), Some(vec!["orders:read"]));
        assert_eq!(ticked("job"), Some(vec!["orders:read", "orders:write"]));
        assert_eq!(ticked("own"), Some(vec![]));
        assert_eq!(ticked("nonsense"), Some(vec!["orders:read"]), "the least is the default");
        let ids = |api: &Api| of(api, false).iter().map(|own| own.id).collect::<Vec<_>>();
        assert_eq!(ids(&api(&[("orders:read", false)])), ["read", "own"]);
        assert_eq!(ids(&api(&[("deploy", false)])), ["job", "own"]);
        assert_eq!(ids(&api(&[])), ["own"]);
    }
}
