//! The sentence, as people read it.

use super::*;
use crate::{
    allowance::Allowances,
    api::{ApiRoute, ApiScope},
    id::{ApiId, OrganisationId},
    kind::{TokenFormat, TokenKind},
    name::Name,
    scope::{Scope, ScopeSet},
};

fn api(routes: &[(&str, &str)]) -> Api {
    let scope = |text: &str, words: &str| ApiScope {
        scope: Scope::parse(text).expect("a scope"),
        description: words.to_owned(),
        public: false,
        sensitive: false,
    };
    let route = |(route, scopes): &(&str, &str)| {
        ApiRoute::new(Route::parse(route).expect("a route"), ScopeSet::parse_spaced(scopes).expect("scopes"))
    };
    Api {
        id: ApiId::from_random([1; 16]),
        organisation: OrganisationId::from_random([1; 16]),
        audience: Audience::parse("https://orders.example.com").expect("an audience"),
        name: Name::parse("Orders").expect("a name"),
        scopes: vec![scope("orders:read", "read orders"), scope("orders:write", "")],
        routes: routes.iter().map(route).collect(),
        token_format: TokenFormat::Opaque,
        access_token_seconds: None,
        access_token_seconds_by_grant: crate::oauth::grant_lives::LivesByGrant::default(),
        limits: Vec::new(),
        max_staleness_ms: None,
        serve_stale_seconds: None,
    }
}

fn policy(scopes: &str, routes: &[&str], networks: (&[&str], &[&str])) -> Policy {
    Policy {
        organisation: OrganisationId::from_random([1; 16]),
        project: None,
        kind: TokenKind::Pat,
        format: TokenFormat::Opaque,
        client_id: None,
        parent: None,
        binding: None,
        exchanged: false,
        signed_by: None,
        authentication: None,
        audiences: vec![Audience::parse("https://orders.example.com").expect("an audience")],
        scopes: ScopeSet::parse_spaced(scopes).expect("scopes"),
        networks: Networks::parse(networks.0, networks.1).expect("networks"),
        routes: routes.iter().map(|route| Route::parse(route).expect("a route")).collect(),
        allowances: Allowances::default(),
    }
}

const ROUTES: [(&str, &str); 3] = [("GET /v1/orders/**", "orders:read"), ("POST /v1/orders", "orders:write"), ("GET /v1/status", "")];

#[test]
fn the_sentence_says_what_where_and_until_when() {
    let end = Timestamp::parse("2026-12-20T14:05:00Z");
    let said = sentence(&policy("orders:read", &[], (&["10.0.0.0/8"], &[])), None, end, &[&api(&ROUTES)]);
    assert_eq!(
        said,
        "This personal access token can call GET /v1/orders/** and GET /v1/status of Orders from 10.0.0.0/8 until 20 Dec 2026, 14:05 UTC."
    );
    let mut limited = policy("orders:*", &["GET /v1/orders/*"], (&[], &["192.0.2.0/24"]));
    limited.allowances.rates = vec![Rate { requests: 100, per_seconds: 60, burst: None }];
    limited.allowances.quotas = vec![Quota { requests: 1, refill_seconds: 172_800 }];
    assert_eq!(
        sentence(&limited, None, None, &[&api(&ROUTES)]),
        "This personal access token can call GET /v1/orders/* of Orders from everywhere but 192.0.2.0/24, without an end, \
         at most 100 requests a minute and 1 request in 2 days."
    );
}

#[test]
fn what_is_not_opened_is_not_promised() {
    let orders = api(&ROUTES);
    let opened = |scopes: &str, routes: &[&str]| {
        open_routes(&policy(scopes, routes, (&[], &[])), &orders).iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(opened("", &[]), ["GET /v1/status"]);
    assert_eq!(opened("orders:write", &["POST /v1/**"]), ["POST /v1/orders"]);
    assert_eq!(opened("orders:read", &["DELETE /v1/orders/*"]), Vec::<String>::new());
    let nothing = sentence(&policy("orders:read", &["DELETE /v1/orders/*"], (&[], &[])), None, None, &[&orders]);
    assert!(nothing.contains("call nothing of Orders yet"), "{nothing}");
}

#[test]
fn an_api_without_routes_is_told_by_its_scopes() {
    let said = |scopes: &str, apis: &[&Api]| sentence(&policy(scopes, &[], (&[], &[])), None, None, apis);
    let bare = api(&[]);
    assert_eq!(said("orders:*", &[&bare]), "This personal access token can call Orders to: read orders and orders:write, without an end.");
    assert_eq!(said("", &[&bare]), "This personal access token can call Orders wherever it asks for no scope, without an end.");
    assert_eq!(said("", &[]), "This personal access token can call https://orders.example.com, without an end.");
}

#[test]
fn many_calls_are_counted() {
    let routes: Vec<(String, &str)> = (0..9).map(|n| (format!("GET /v1/{n}"), "")).collect();
    let routes: Vec<(&str, &str)> = routes.iter().map(|(route, scope)| (route.as_str(), *scope)).collect();
    let said = sentence(&policy("", &[], (&[], &[])), None, None, &[&api(&routes)]);
    assert!(said.contains("call GET /v1/0, GET /v1/1, GET /v1/2 and 6 more of Orders"), "{said}");
}
