//! The verifiers, and revocations that wait for them: who acknowledges, who is behind, and who counts as safe because it is silent.

use crate::world::{ORDERS, PATIENCE, Reply, World};
use jeton::verifiers::{Kind, Sign};
use jeton_core::{change::Revision, id::OrganisationId};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

fn sign(name: &str, revision: u64) -> Sign {
    Sign {
        id: format!("id-of-{name}").into(),
        name: name.into(),
        kind: Kind::Gate,
        organisation: None,
        audiences: Vec::new(),
        trusts_for: Some(Duration::from_secs(60)),
        revision: Revision(revision),
    }
}

/// Issues a token and revokes it, waiting; gives the answer.
async fn revoke(world: &World, wait: Value) -> Reply {
    let issued = world.issue(json!({"kind": "pat", "name": "a", "audience": [ORDERS]})).await;
    let path = format!("/v1/tokens/{}/revoke", issued.str("/id"));
    world.post(&world.owner, &path, json!({"reason": "leaked", "wait": wait})).await
}

fn standing<'a>(reply: &'a Reply, name: &str) -> &'a str {
    let all = reply.body["verifiers"].as_array().expect("verifiers");
    all.iter().find(|one| one["verifier"] == name).map_or("", |one| one["standing"].as_str().expect("a standing"))
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_behind_is_named_when_the_time_is_over() {
    let world = World::start().await;
    world.declare_orders().await;
    assert!(world.authority().verifiers.heard(sign("laggard", 1)));
    let began = Instant::now();
    let reply = revoke(&world, json!(1)).await.expect(200);
    assert!(began.elapsed() >= Duration::from_secs(1), "it waits for all of its time");
    assert_eq!((reply.str("/status"), &reply.body["everywhere"], standing(&reply, "laggard")), ("revoked", &json!(false), "behind"));
    let own = &reply.body["verifiers"][0];
    assert_eq!((&own["kind"], &own["acknowledged"]), (&json!("authority"), &json!(true)), "{}", reply.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_comes_as_soon_as_all_have_acknowledged() {
    let world = World::start().await;
    world.declare_orders().await;
    assert!(world.authority().verifiers.heard(sign("slow", 1)));
    let began = Instant::now();
    let catching_up = async {
        let mut place = world.authority().store.known_head();
        let mut ticks = tokio::time::interval(Duration::from_millis(20));
        loop {
            ticks.tick().await;
            let head = world.authority().store.known_head();
            if head > place && began.elapsed() < PATIENCE {
                place = head;
                assert!(world.authority().verifiers.heard(sign("slow", place.0)));
            }
        }
    };
    let reply = tokio::select! {
        reply = revoke(&world, json!(30)) => reply.expect(200),
        () = catching_up => panic!("it never ends by itself"),
    };
    assert!(began.elapsed() < Duration::from_secs(20));
    assert_eq!((&reply.body["everywhere"], standing(&reply, "slow")), (&json!(true), "acknowledged"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verifier_that_is_silent_for_longer_than_it_trusts_itself_is_safe() {
    let world = World::start().await;
    world.declare_orders().await;
    assert!(world.authority().verifiers.heard(Sign { trusts_for: Some(Duration::from_millis(10)), ..sign("silent", 1) }));
    let reply = revoke(&world, json!(30)).await.expect(200);
    assert_eq!((&reply.body["everywhere"], standing(&reply, "silent")), (&json!(true), "stale"), "{}", reply.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_those_are_waited_for_that_decide_on_the_organisations_tokens() {
    let world = World::start().await;
    world.declare_orders().await;
    let elsewhere = Sign { organisation: Some(OrganisationId::from_random([9; 16])), ..sign("elsewhere", 1) };
    assert!(world.authority().verifiers.heard(elsewhere));
    let reply = revoke(&world, json!(true)).await.expect(200);
    assert_eq!((&reply.body["everywhere"], standing(&reply, "elsewhere")), (&json!(true), ""));
    world.authority().verifiers.left("id-of-elsewhere");
    let listed = world.get(&world.owner, "/v1/verifiers").await.expect(200);
    assert_eq!(listed.body["items"].as_array().map(Vec::len), Some(1), "{}", listed.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_says_how_far_each_is() {
    let world = World::start().await;
    let follower = world.manager(&["changes:read"]).await;
    let head = world.authority().store.head().await.expect("read").0;
    world.get(&follower, &format!("/v1/changes?after={head}")).await.expect(200);
    world.declare_orders().await;
    let listed = world.get(&world.owner, "/v1/verifiers").await.expect(200);
    let items = listed.body["items"].as_array().expect("a list");
    let kinds: Vec<_> = items.iter().map(|one| (one["kind"].as_str(), one["standing"].as_str())).collect();
    assert_eq!(kinds, [(Some("authority"), Some("current")), (Some("follower"), Some("behind"))], "{}", listed.text);
    assert!(items[1]["lag_seconds"].as_f64().is_some_and(|lag| lag < 60.0) && items[1]["trusts_for_seconds"].is_null());
    world.get(&world.manager(&["tokens:read"]).await, "/v1/verifiers").await.refused(403, "insufficient_scope");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_has_taken_in_what_was_never_written() {
    let world = World::start().await;
    let head = world.authority().store.head().await.expect("read").0;
    let beyond = jeton::verifiers::acknowledge(world.authority(), sign("liar", head + 1)).await.expect_err("refused");
    assert_eq!(beyond.field_name(), Some("revision"));
    jeton::verifiers::acknowledge(world.authority(), sign("honest", head)).await.expect("taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn verifiers_beyond_the_bound_are_told_that_there_is_no_room() {
    let world = World::start().await;
    let verifiers = &world.authority().verifiers;
    let one = |number: usize| Sign { id: format!("number {number}").into(), ..sign("n", 1) };
    assert!((0..jeton_core::limits::VERIFIERS_MAX).all(|number| verifiers.heard(one(number))));
    assert!(!verifiers.heard(sign("one too many", 1)));
    assert!(verifiers.heard(one(0)), "a known one is heard still");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_that_is_none_is_refused() {
    let world = World::start().await;
    world.declare_orders().await;
    for bad in [json!(0), json!(31), json!("5"), json!(1.5), Value::Null] {
        let reply = revoke(&world, bad.clone()).await;
        assert_eq!((reply.status, reply.str("/field")), (400, "wait"), "{bad}: {}", reply.text);
    }
}
