//! An answer is as new as is demanded: tokens, APIs and keys alike, however the change log and the question race.

use crate::{
    Question,
    credential::Credential,
    fixture::{AUDIENCE, World, credential, id, organisation, plain, record},
};
use jeton_core::{
    api::{Api, ApiRoute},
    change::{Change, Changed, Revision},
    demand::Call,
    denial::{Denial, Unavailable},
    facts::TokenState,
    id::ApiId,
    jose::{Algorithm, KeySet, SigningKey},
    name::{Audience, Name},
    path::{NormalPath, PathRules},
    route::Route,
    scope::ScopeSet,
};
use rand::{RngExt, SeedableRng, rngs::StdRng};

const BEHIND: Result<(), Denial> = Err(Denial::Unavailable(Unavailable::Revision));

async fn check(world: &World, number: u64, min_revision: Option<Revision>) -> Result<(), Denial> {
    let token = plain(number);
    let path = NormalPath::parse("/v1/orders", PathRules::default()).expect("path");
    let call = Some(Call { method: "GET", path: &path });
    let question = Question { audience: Some(AUDIENCE), call, min_revision, ..Question::new(Ok(credential(&token))) };
    world.gate.check(&question).await.map(|_| ()).map_err(|refused| refused.denial)
}

/// Another node changed something that is no token; this one has not heard.
fn elsewhere(world: &World) -> Revision {
    world.source.commit(record(99)).revision
}

async fn a_while() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

fn shut_api() -> Api {
    Api {
        id: ApiId::from_random([1; 16]),
        organisation: organisation(),
        audience: Audience::parse(AUDIENCE).expect("audience"),
        name: Name::parse("orders").expect("name"),
        scopes: Vec::new(),
        routes: vec![ApiRoute::new(Route::parse("GET /v2").expect("route"), ScopeSet::default())],
        token_format: jeton_core::kind::TokenFormat::Opaque,
        access_token_seconds: None,
        access_token_seconds_by_grant: Default::default(),
        limits: Vec::new(),
        max_staleness_ms: None,
        serve_stale_seconds: None,
    }
}

#[tokio::test]
async fn a_revocation_elsewhere_is_waited_for() {
    let world = World::fresh();
    world.issue(record(1));
    assert_eq!(check(&world, 1, None).await, Ok(()));
    let change = world.source.commit_state(id(1), TokenState::Revoked);
    assert_eq!(check(&world, 1, None).await, Ok(()), "nobody has told this node yet");
    let (asked, ()) = tokio::join!(check(&world, 1, Some(change.revision)), async {
        a_while().await;
        world.gate.apply(&[change]);
        world.follow();
    });
    assert_eq!(asked, Err(Denial::Revoked));
}

#[tokio::test]
async fn apis_are_as_new_as_the_token() {
    let world = World::fresh();
    world.issue(record(1));
    let revision = elsewhere(&world);
    let (asked, ()) = tokio::join!(check(&world, 1, Some(revision)), async {
        a_while().await;
        world.set_api(shut_api());
        world.follow();
    });
    assert_eq!(asked, Err(Denial::UndeclaredRoute), "decided by APIs of before");
}

#[tokio::test]
async fn keys_are_as_new_as_the_token() {
    let world = World::fresh();
    let set = |key: &SigningKey| KeySet::new(vec![key.public().clone()]).expect("key set");
    let (old, new) = (SigningKey::generate(Algorithm::EdDsa).expect("key"), SigningKey::generate(Algorithm::EdDsa).expect("key"));
    world.gate.set_keys(set(&old));
    let own = super::jwts::jwt_record(1, &["orders:read"]);
    let token = super::jwts::sign(&old, &own);
    world.issue(own);
    let check = async |min_revision| {
        let question = Question { min_revision, ..Question::new(Credential::from_text(token.expose())) };
        world.gate.check(&question).await.map(|_| ()).map_err(|refused| refused.denial)
    };
    assert_eq!(check(None).await, Ok(()));
    let revision = elsewhere(&world);
    let (asked, ()) = tokio::join!(check(Some(revision)), async {
        a_while().await;
        world.gate.set_keys(set(&new));
        world.follow();
    });
    assert_eq!(asked, Err(Denial::Unknown), "verified by a key that was withdrawn");
}

#[tokio::test]
async fn where_the_log_does_not_come_nobody_passes() {
    let world = World::fresh();
    world.issue(record(1));
    assert_eq!(check(&world, 1, Some(world.source.head())).await, Ok(()));
    let revision = elsewhere(&world);
    assert_eq!(check(&world, 1, Some(revision)).await, BEHIND);
    // The answer to a change of APIs is not enough: they must have been taken in.
    world.gate.apply(&[Change { revision, at: crate::fixture::NOW, what: Changed::Api(ApiId::from_random([1; 16])) }]);
    assert_eq!(check(&world, 1, Some(revision)).await, BEHIND);
    world.gate.apply(&[Change { revision, at: crate::fixture::NOW, what: Changed::Everything }]);
    assert_eq!(check(&world, 1, Some(revision)).await, BEHIND);
    world.follow();
    assert_eq!(check(&world, 1, Some(revision)).await, Ok(()));
    // What is no token by its shape is told so, and waited for by nobody.
    let question =
        Question { audience: Some(AUDIENCE), min_revision: Some(Revision(u64::MAX)), ..Question::new(Credential::from_text("x")) };
    let refused = world.gate.check(&question).await.expect_err("refused");
    assert_eq!(refused.denial.answer().code, "malformed");
}

/// A revocation whose maker hands its place in the log to whoever asks next, against a follower that comes when it comes.
#[test]
fn no_interleaving_answers_from_before() {
    let (mut refused, mut behind) = (0, 0);
    for seed in 0..200 {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("runtime");
        runtime.block_on(async {
            let world = World::fresh();
            let mut dice = StdRng::seed_from_u64(seed);
            for number in 1..=3 {
                world.issue(record(number));
                assert_eq!(check(&world, number, None).await, Ok(()));
            }
            let steps: Vec<usize> = (0..8).map(|_| dice.random_range(0..12)).collect();
            let change = world.source.commit_state(id(1), TokenState::Revoked);
            let revision = change.revision;
            let follower = async {
                pause(steps[0]).await;
                world.gate.apply(&[change]);
                pause(steps[1]).await;
                world.follow();
            };
            let asker = async |before: usize| {
                pause(before).await;
                check(&world, 1, Some(revision)).await
            };
            let (one, two, three, ()) = tokio::join!(asker(steps[2]), asker(steps[3]), asker(steps[4]), follower);
            for answer in [one, two, three] {
                match answer {
                    Err(Denial::Revoked) => refused += 1,
                    BEHIND => behind += 1,
                    other => panic!("seed {seed}: {other:?}"),
                }
            }
        });
    }
    assert!(refused > 100 && behind == 0, "{refused} {behind}");
}

async fn pause(steps: usize) {
    for _ in 0..steps {
        tokio::task::yield_now().await;
    }
}
