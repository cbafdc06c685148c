//! Limits of APIs and routes: what is counted together, what a call costs, and that a call spends all or none.

use crate::{
    Question,
    check::Refused,
    fixture::{AUDIENCE, World, credential, id, organisation, plain, policy, record},
};
use jeton_core::{
    allowance::{Allowances, OnUnavailable, Rate},
    api::{Api, ApiRoute},
    api_limit::{ApiLimit, Per},
    demand::Call,
    denial::Denial,
    id::{ApiId, ProjectId},
    name::{Audience, Name, Subject},
    path::{NormalPath, PathRules},
    policy::Policy,
    route::Route,
    scope::ScopeSet,
};
use std::sync::Arc;

fn limit(per: Per, requests: u64) -> ApiLimit {
    ApiLimit { per, requests, per_seconds: 3600, burst: None, on_unavailable: OnUnavailable::Deny }
}

fn api(limits: &[ApiLimit], of_report: &[ApiLimit], cost: Option<u32>) -> Api {
    let route = |text: &str| ApiRoute::new(Route::parse(text).expect("route"), ScopeSet::empty());
    Api {
        id: ApiId::from_random([1; 16]),
        organisation: organisation(),
        audience: Audience::parse(AUDIENCE).expect("audience"),
        name: Name::parse("orders").expect("name"),
        scopes: Vec::new(),
        routes: vec![route("* /**"), ApiRoute { limits: of_report.to_vec(), cost, ..route("POST /reports") }],
        token_format: jeton_core::kind::TokenFormat::Opaque,
        access_token_seconds: None,
        access_token_seconds_by_grant: Default::default(),
        limits: limits.to_vec(),
        max_staleness_ms: None,
        serve_stale_seconds: None,
    }
}

/// Five tokens: 1 and 2 of one subject, 3 of another; 4 of another client, 5 of a project and no client.
fn world(api: Api) -> World {
    let world = World::fresh();
    let subject = |number| Subject::parse(&format!("usr_{number:012}")).expect("subject");
    for (number, of, policy) in [
        (1, 1, policy(0)),
        (2, 1, policy(0)),
        (3, 3, policy(0)),
        (4, 1, policy(1)),
        (5, 5, Policy { client_id: None, project: Some(ProjectId::from_random([1; 16])), ..policy(0) }),
    ] {
        let mut own = record(number);
        (own.subject, own.policy) = (subject(of), Arc::new(policy));
        world.issue(own);
    }
    assert_eq!(api.validate(), Ok(()));
    world.set_api(api);
    world
}

async fn call(world: &World, number: u64, method: &'static str, at: &str) -> Result<Vec<(String, u64)>, Refused> {
    let (token, path) = (plain(number), NormalPath::parse(at, PathRules::default()).expect("path"));
    let question = Question { audience: Some(AUDIENCE), call: Some(Call { method, path: &path }), ..Question::new(Ok(credential(&token))) };
    let passed = world.gate.check(&question).await?;
    Ok(passed.limits.entries().iter().map(|limit| (limit.name.to_string(), limit.remaining)).collect())
}

async fn passes(world: &World, numbers: &[u64]) -> Vec<bool> {
    let mut all = Vec::new();
    for number in numbers {
        all.push(call(world, *number, "GET", "/a").await.is_ok());
    }
    all
}

#[tokio::test]
async fn calls_are_counted_by_what_the_limit_names() {
    for (per, numbers, expected) in [
        (Per::Token, [1, 1, 1, 2, 2], [true, true, false, true, true]),
        (Per::Subject, [1, 2, 4, 3, 5], [true, true, false, true, true]),
        (Per::Client, [1, 3, 2, 4, 4], [true, true, false, true, true]),
        (Per::Everybody, [1, 3, 5, 4, 2], [true, true, false, false, false]),
        (Per::Project, [5, 5, 5, 1, 1], [true, true, false, true, true]),
    ] {
        let world = world(api(&[limit(per, 2)], &[], None));
        assert_eq!(passes(&world, &numbers).await, expected, "{per:?}");
    }
    // What has not what is counted by is not counted: of no client, it is nobody's share.
    assert_eq!(passes(&world(api(&[limit(Per::Client, 1)], &[], None)), &[5, 5, 5]).await, [true; 3]);
}

#[tokio::test]
async fn a_route_has_limits_of_its_own_and_a_cost() {
    let world = world(api(&[limit(Per::Subject, 20)], &[limit(Per::Everybody, 10)], Some(5)));
    let told = call(&world, 1, "POST", "/reports").await.expect("passes");
    assert_eq!(told, [("api-subject-rate".to_owned(), 15), ("route-everybody-rate".to_owned(), 5)]);
    call(&world, 3, "POST", "/reports").await.expect("passes");
    let refused = call(&world, 5, "POST", "/reports").await.expect_err("the route has no room");
    assert!(matches!(refused.denial, Denial::RateLimited { .. }));
    assert_eq!(call(&world, 5, "GET", "/a").await.expect("passes"), [("api-subject-rate".to_owned(), 19)], "the refused one spent nothing");
    // Of an API that is edited what was spent stays spent: a quarter of the hour's share, which is seven and a half of thirty.
    world.set_api(api(&[limit(Per::Subject, 30)], &[], None));
    assert_eq!(call(&world, 1, "GET", "/a").await.expect("passes")[0].1, 21);
}

#[tokio::test]
async fn a_token_spends_its_own_limits_besides() {
    let world = world(api(&[limit(Per::Subject, 100)], &[], Some(3)));
    let mut own = record(7);
    let rates = vec![Rate { requests: 4, per_seconds: 3600, burst: None }];
    own.policy = Arc::new(Policy { allowances: Allowances { rates, ..Allowances::default() }, ..policy(0) });
    world.issue(own);
    let told = call(&world, 7, "POST", "/reports").await.expect("passes");
    assert_eq!(told, [("rate".to_owned(), 1), ("api-subject-rate".to_owned(), 97)]);
    let refused = call(&world, 7, "POST", "/reports").await.expect_err("its own limit has no room");
    assert!(matches!(refused.denial, Denial::RateLimited { .. }));
    let told = call(&world, 7, "GET", "/a").await.expect("passes");
    assert_eq!(told, [("rate".to_owned(), 0), ("api-subject-rate".to_owned(), 96)], "the refused one spent neither");
    assert_ne!(id(7), id(1));
}
