//! What is decided, and what is told to whoever counts.

use crate::{
    Question,
    credential::Credential,
    fixture::{AUDIENCE, NOW, World, credential, id, organisation, plain, policy, record},
    settings::Settings,
};
use jeton_core::{
    allowance::{Allowances, Rate},
    api::{Api, ApiRoute, ApiScope},
    demand::Call,
    denial::Denial,
    facts::{TokenState, WhichSecret},
    id::{ApiId, OrganisationId},
    kind::TokenKind,
    name::{Audience, Name},
    path::{NormalPath, PathRules},
    route::Route,
    scope::{Scope, ScopeSet},
    timestamp::Span,
    token_text::PlainToken,
};
use std::sync::Arc;

fn api() -> Api {
    let scope =
        |text: &str, public| ApiScope { scope: Scope::parse(text).expect("scope"), description: String::new(), public, sensitive: false };
    let route =
        |text: &str, scopes: &[&str]| ApiRoute::new(Route::parse(text).expect("route"), ScopeSet::parse_list(scopes).expect("scopes"));
    Api {
        id: ApiId::from_random([1; 16]),
        organisation: organisation(),
        audience: Audience::parse(AUDIENCE).expect("audience"),
        name: Name::parse("orders").expect("name"),
        scopes: vec![scope("orders:read", true), scope("orders:write", false)],
        routes: vec![route("GET /v1/orders/*", &["orders:read"]), route("POST /v1/orders", &["orders:write"])],
        token_format: jeton_core::kind::TokenFormat::Opaque,
        access_token_seconds: None,
        access_token_seconds_by_grant: Default::default(),
        limits: Vec::new(),
        max_staleness_ms: None,
        serve_stale_seconds: None,
    }
}

fn path(text: &str) -> NormalPath {
    NormalPath::parse(text, PathRules::default()).expect("path")
}

#[tokio::test]
async fn a_valid_token_passes_and_says_who_it_is() {
    let world = World::fresh();
    world.issue(record(1));
    let token = plain(1);
    let agent = "é".repeat(300);
    let question = Question { user_agent: Some(&agent), with_decision: true, ..Question::new(Ok(credential(&token))) };
    let passed = world.gate.check(&question).await.expect("passes");
    assert_eq!(passed.permit.token(), id(1));
    assert_eq!(passed.token.subject(), "usr_000000000001");
    assert_eq!(passed.token.client_id(), Some("client-0"));
    assert_eq!(passed.token.kind(), TokenKind::Pat);
    assert_eq!(passed.as_of, world.source.head());
    assert!(passed.decision.is_some());
    let uses = world.uses.take();
    assert_eq!((uses[0].outcome, uses[0].token), ("ok", Some(id(1))));
    assert_eq!(uses[0].user_agent.as_deref().map(str::len), Some(200));
    assert!(world.gate.check_now(&question).expect("in memory").is_ok());
    assert_eq!(world.source.asked(), 1);
}

#[tokio::test]
async fn the_catalogue_demands_the_scopes_of_the_route() {
    let world = World::fresh();
    world.set_api(api());
    world.issue(record(1));
    let token = plain(1);
    let check = async |method: &'static str, at: &str, scopes: &[Scope]| {
        let path = path(at);
        let call = Some(Call { method, path: &path });
        let question = Question { audience: Some(AUDIENCE), call, scopes, ..Question::new(Ok(credential(&token))) };
        world.gate.check(&question).await.map(|_| ()).map_err(|refused| (refused.denial, refused.scopes.into_string()))
    };
    assert_eq!(check("GET", "/v1/orders/7", &[]).await, Ok(()));
    assert_eq!(check("HEAD", "/v1/orders/7", &[]).await, Ok(()));
    assert_eq!(check("GET", "/elsewhere", &[]).await, Err((Denial::UndeclaredRoute, "".into())));
    let write = [Scope::parse("orders:write").expect("scope")];
    let read = [Scope::parse("orders:read").expect("scope")];
    assert_eq!(check("POST", "/v1/orders", &[]).await, Err((Denial::InsufficientScope, "orders:write".into())));
    assert_eq!(check("POST", "/v1/orders", &read).await, Err((Denial::InsufficientScope, "orders:read orders:write".into())));
    assert_eq!(check("GET", "/v1/orders/7", &write).await, Err((Denial::InsufficientScope, "orders:write orders:read".into())));
    let routes: Vec<_> = world.uses.take().into_iter().map(|used| used.route).collect();
    assert_eq!(routes[..4], ["GET /v1/orders/*", "GET /v1/orders/*", "-", "POST /v1/orders"]);
}

#[tokio::test]
async fn what_no_route_of_the_api_covers_nobody_may_call() {
    let world = World::fresh();
    world.issue(record(1));
    let (token, other) = (plain(1), PlainToken::from_random(None, TokenKind::Pat, id(1), &[0; 32]));
    let check = async |token: &PlainToken, audience: Option<&str>, call: Option<(&str, &str)>, scopes: &[Scope]| {
        let path = call.map(|(_, at)| path(at));
        let call = call.zip(path.as_ref()).map(|((method, _), path)| Call { method, path });
        let question = Question { audience, call, scopes, ..Question::new(Ok(credential(token))) };
        let explained = world.gate.explain(id(1), &question).await;
        let checked = world.gate.check(&question).await.map(|_| ()).map_err(|refused| refused.denial);
        assert!(explained == checked || checked == Err(Denial::Unknown), "{explained:?} {checked:?}");
        checked
    };
    let read = [Scope::parse("orders:read").expect("scope")];
    let elsewhere = Some(("GET", "/elsewhere"));
    // Without routes an API demands what the question demands.
    for routes in [None, Some(Vec::new())] {
        if let Some(routes) = routes {
            world.set_api(Api { routes, ..api() });
        }
        assert_eq!(check(&token, Some(AUDIENCE), elsewhere, &read).await, Ok(()));
    }
    world.set_api(api());
    for (method, at) in
        [("GET", "/elsewhere"), ("DELETE", "/v1/orders/7"), ("PUT", "/v1/orders"), ("GET", "/v1/orders/7/items"), ("GET", "/")]
    {
        for scopes in [&[][..], &read] {
            assert_eq!(check(&token, Some(AUDIENCE), Some((method, at)), scopes).await, Err(Denial::UndeclaredRoute), "{method} {at}");
        }
    }
    // A slash at the end is no way around, and none into a refusal.
    assert_eq!(check(&token, Some(AUDIENCE), Some(("GET", "/v1/orders/7/")), &[]).await, Ok(()));
    // Who asks about no call, or about no API, gets an answer about what was asked.
    assert_eq!(check(&token, Some(AUDIENCE), None, &read).await, Ok(()));
    assert_eq!(check(&token, None, elsewhere, &[]).await, Ok(()));
    // Which routes there are is told to nobody who has no token.
    assert_eq!(check(&other, Some(AUDIENCE), elsewhere, &[]).await, Err(Denial::Unknown));
    let mut open = api();
    open.routes.push(ApiRoute::new(Route::parse("* /**").expect("route"), ScopeSet::default()));
    world.set_api(open);
    assert_eq!(check(&token, Some(AUDIENCE), elsewhere, &[]).await, Ok(()));
    assert_eq!(check(&token, Some(AUDIENCE), Some(("POST", "/v1/orders")), &[]).await, Err(Denial::InsufficientScope));
}

#[tokio::test]
async fn the_audience_that_all_share_is_not_shut_by_routes() {
    let world = World::new(Settings { shared_audience: Some(AUDIENCE.into()), ..Settings::default() });
    world.follow();
    world.set_api(api());
    world.issue(record(1));
    let (token, path) = (plain(1), path("/v1/apis"));
    let call = Some(Call { method: "POST", path: &path });
    let question = Question { audience: Some(AUDIENCE), call, ..Question::new(Ok(credential(&token))) };
    assert!(world.gate.check(&question).await.is_ok());
}

#[tokio::test]
async fn a_gates_token_and_what_is_derived_from_it_open_no_api_that_it_guards() {
    let (issuer, guard) = ("https://auth.example.com", Scope::parse("gate:follow").expect("scope"));
    let settings = Settings { shared_audience: Some(issuer.into()), guard_scope: Some(guard), ..Settings::default() };
    let world = World::new(settings);
    world.follow();
    world.set_api(api());
    let issue = |number: u64, audiences: &[&str], scopes: &[&str], parent: Option<u64>| {
        let mut own = record(number);
        let mut rules = policy(0);
        rules.audiences = audiences.iter().map(|text| Audience::parse(text).expect("audience")).collect();
        rules.scopes = ScopeSet::parse_list(scopes).expect("scopes");
        rules.parent = parent.map(id);
        own.policy = Arc::new(rules);
        world.issue(own);
    };
    issue(1, &[issuer, AUDIENCE], &["gate:follow"], None);
    issue(2, &[issuer, AUDIENCE], &["gate:*", "orders:read"], None);
    issue(3, &[AUDIENCE], &[], Some(1));
    issue(4, &[issuer, AUDIENCE], &["orders:read"], None);
    issue(5, &[issuer], &["gate:follow"], None);
    let check = async |number: u64, audience: &str| {
        let token = plain(number);
        let question = Question { audience: Some(audience), ..Question::new(Ok(credential(&token))) };
        world.gate.check(&question).await.map(|_| ()).map_err(|refused| refused.denial)
    };
    for number in [1, 2, 3] {
        assert_eq!(check(number, AUDIENCE).await, Err(Denial::WrongAudience), "{number}");
    }
    assert_eq!(check(4, AUDIENCE).await, Ok(()), "both audiences, and no gate's");
    for number in [1, 2, 4, 5] {
        assert_eq!(check(number, issuer).await, Ok(()), "{number}");
    }
}

#[tokio::test]
async fn a_publishable_key_reaches_public_scopes_only() {
    let world = World::fresh();
    world.set_api(api());
    let token = PlainToken::from_random(None, TokenKind::Pub, id(1), &[3; 32]);
    let mut own = record(1);
    own.secrets.current = token.digest();
    let mut rules = policy(0);
    rules.kind = TokenKind::Pub;
    rules.scopes = ScopeSet::parse_list(&["orders:*"]).expect("scopes");
    own.policy = Arc::new(rules);
    world.issue(own);
    let check = async |scope: &str| {
        let scopes = [Scope::parse(scope).expect("scope")];
        let question = Question { audience: Some(AUDIENCE), scopes: &scopes, ..Question::new(Ok(credential(&token))) };
        world.gate.check(&question).await.map(|_| ()).map_err(|refused| refused.denial)
    };
    assert_eq!(check("orders:read").await, Ok(()));
    assert_eq!(check("orders:write").await, Err(Denial::NotPublic));
}

#[tokio::test]
async fn a_wrong_secret_is_answered_as_an_unknown_token() {
    let world = World::fresh();
    world.issue(record(1));
    let wrong = PlainToken::from_random(None, TokenKind::Pat, id(1), &[0; 32]);
    let other_kind = PlainToken::from_random(None, TokenKind::Svc, id(1), &[0; 32]);
    let stranger = plain(2);
    for token in [&wrong, &other_kind, &stranger] {
        let refused = world.gate.check(&Question::new(Ok(credential(token)))).await.expect_err("refused");
        assert_eq!(refused.denial, Denial::Unknown);
        assert!(refused.token.is_none() && refused.as_of.is_none() && refused.limits.is_none());
    }
    assert!(world.uses.take().iter().all(|used| used.token.is_none() && used.outcome == "unknown"));
}

#[tokio::test]
async fn another_organisations_token_is_unknown_to_who_may_not_see_it() {
    let world = World::fresh();
    world.issue(record(1));
    let token = plain(1);
    let asked = |within| Question { within: Some(within), ..Question::new(Ok(credential(&token))) };
    assert!(world.gate.check(&asked(organisation())).await.is_ok());
    let refused = world.gate.check(&asked(OrganisationId::from_random([2; 16]))).await.expect_err("refused");
    assert_eq!(refused.denial, Denial::Unknown);
    assert!(refused.token.is_none());
}

#[tokio::test]
async fn an_audience_that_changed_hands_is_not_opened_by_the_old_owners_tokens() {
    let world = World::fresh();
    world.issue(record(1));
    let mut taken_over = api();
    taken_over.organisation = OrganisationId::from_random([2; 16]);
    world.set_api(taken_over);
    let token = plain(1);
    let question = Question { audience: Some(AUDIENCE), ..Question::new(Ok(credential(&token))) };
    assert_eq!(world.gate.check(&question).await.expect_err("refused").denial, Denial::WrongAudience);
}

#[tokio::test]
async fn a_child_is_dead_with_its_parent_and_spends_its_limits() {
    let world = World::fresh();
    let mut parent = record(1);
    let mut rules = policy(0);
    rules.allowances = Allowances { rates: vec![Rate { requests: 2, per_seconds: 60, burst: None }], ..Allowances::default() };
    parent.policy = Arc::new(rules);
    let mut child = record(2);
    child.policy = Arc::new({
        let mut rules = policy(0);
        rules.parent = Some(id(1));
        rules
    });
    world.issue(parent);
    world.issue(child);
    let (own, derived) = (plain(1), plain(2));
    let check = async |token: &PlainToken| {
        let outcome = world.gate.check(&Question::new(Ok(credential(token)))).await;
        outcome.map(|passed| passed.limits.entries()[0].name.to_string()).map_err(|refused| refused.denial)
    };
    assert_eq!(check(&derived).await, Ok("parent-rate".into()));
    assert_eq!(check(&own).await, Ok("rate".into()));
    assert_eq!(check(&derived).await, Err(Denial::RateLimited { retry_after: Span::from_seconds(30) }));
    world.set_state(id(1), TokenState::Revoked);
    assert_eq!(check(&derived).await, Err(Denial::ParentDead));
    assert_eq!(check(&own).await, Err(Denial::Revoked));
}

#[tokio::test]
async fn a_chain_that_is_too_long_or_has_no_end_is_dead() {
    let world = World::fresh();
    for number in 1..=5 {
        let mut link = record(number);
        let mut rules = policy(0);
        rules.parent = Some(id(number % 5 + 1));
        link.policy = Arc::new(rules);
        world.issue(link);
    }
    let token = plain(1);
    assert_eq!(world.gate.check(&Question::new(Ok(credential(&token)))).await.expect_err("refused").denial, Denial::ParentDead);
    let mut orphan = record(9);
    let mut rules = policy(0);
    rules.parent = Some(id(404));
    orphan.policy = Arc::new(rules);
    world.issue(orphan);
    let token = plain(9);
    assert_eq!(world.gate.check(&Question::new(Ok(credential(&token)))).await.expect_err("refused").denial, Denial::ParentDead);
}

#[tokio::test]
async fn six_links_live_and_a_seventh_is_too_many() {
    let world = World::fresh();
    for number in 1..=7 {
        let mut link = record(number);
        link.policy = Arc::new(jeton_core::policy::Policy { parent: (number > 1).then(|| id(number - 1)), ..policy(0) });
        world.issue(link);
    }
    let check = async |number| {
        let token = plain(number);
        world.gate.check(&Question::new(Ok(credential(&token)))).await.map(|_| ()).map_err(|refused| refused.denial)
    };
    assert_eq!(check(6).await, Ok(()));
    assert_eq!(check(7).await, Err(Denial::ParentDead));
    world.set_state(id(1), TokenState::Suspended);
    assert_eq!(check(6).await, Err(Denial::ParentDead));
}

#[tokio::test]
async fn a_token_dies_with_its_grant_and_with_its_client() {
    let world = World::fresh();
    let of_kind = |number, kind, parent: Option<u64>| {
        let mut row = record(number);
        row.policy = Arc::new(jeton_core::policy::Policy { kind, parent: parent.map(id), ..policy(0) });
        row
    };
    world.issue(jeton_core::facts::TokenRecord {
        policy: Arc::new(jeton_core::policy::Policy { scopes: Default::default(), ..(*of_kind(1, TokenKind::Cls, None).policy).clone() }),
        ..of_kind(1, TokenKind::Cls, None)
    });
    world.issue(of_kind(2, TokenKind::Grt, Some(1)));
    world.issue(of_kind(3, TokenKind::Pat, Some(2)));
    let token = plain(3);
    let check = async || {
        let question = Question { audience: Some(AUDIENCE), ..Question::new(Ok(credential(&token))) };
        world.gate.check(&question).await.map(|_| ()).map_err(|refused| refused.denial)
    };
    for ancestor in [1, 2] {
        assert_eq!(check().await, Ok(()));
        world.set_state(id(ancestor), TokenState::Suspended);
        assert_eq!(check().await, Err(Denial::ParentDead));
        world.set_state(id(ancestor), TokenState::Active);
    }
}

#[tokio::test]
async fn the_previous_secret_lives_until_its_overlap_ends() {
    let world = World::fresh();
    let mut rotated = record(1);
    let old = plain(1);
    let new = PlainToken::from_random(None, TokenKind::Pat, id(1), &[9; 32]);
    let until = NOW.plus(Span::from_seconds(60));
    rotated.secrets.previous = Some((old.digest(), until));
    rotated.secrets.current = new.digest();
    world.issue(rotated);
    let passed = world.gate.check(&Question::new(Ok(credential(&old)))).await.expect("overlap");
    assert_eq!((passed.permit.secret(), passed.permit.expires_at()), (WhichSecret::Previous { until }, Some(until)));
    world.clock.advance(std::time::Duration::from_secs(60));
    world.follow();
    assert_eq!(world.gate.check(&Question::new(Ok(credential(&old)))).await.expect_err("over").denial, Denial::RotatedOut);
    assert!(world.gate.check(&Question::new(Ok(credential(&new)))).await.is_ok());
}

#[tokio::test]
async fn a_credential_that_is_none_is_refused_without_a_look_up() {
    let world = World::fresh();
    for text in ["x", "jtn_pat_0", "eyJ.e30.c2ln", "a.b.c"] {
        let credential = Credential::from_text(text);
        let refused = world.gate.check(&Question::new(credential)).await.expect_err("refused");
        assert_eq!(refused.denial.answer().status, 401, "{text}");
    }
    let refused = world.gate.check(&Question::new(Err(Denial::NoCredential))).await.expect_err("refused");
    assert_eq!(refused.denial, Denial::NoCredential);
    assert_eq!(world.source.asked(), 0);
    assert_eq!(world.uses.take().len(), 5);
}

#[tokio::test]
async fn explaining_spends_and_counts_nothing() {
    let world = World::fresh();
    let mut own = record(1);
    let mut rules = policy(0);
    rules.allowances = Allowances { rates: vec![Rate { requests: 1, per_seconds: 60, burst: None }], ..Allowances::default() };
    own.policy = Arc::new(rules);
    world.issue(own);
    let question = Question::new(Err(Denial::NoCredential));
    for _ in 0..3 {
        assert_eq!(world.gate.explain(id(1), &question).await, Ok(()));
    }
    assert_eq!(world.gate.explain(id(2), &question).await, Err(Denial::Unknown));
    assert!(world.uses.take().is_empty());
    let token = plain(1);
    assert!(world.gate.check(&Question::new(Ok(credential(&token)))).await.is_ok());
}
