//! What holds for every route: methods, media types, sizes, depths, headers, paths.

use crate::world::{Anonymous, ORDERS, On, World};
use jeton_core::limits;

#[tokio::test(flavor = "multi_thread")]
async fn messages_that_break_a_rule_are_told_which() {
    let world = World::start().await;
    let owner = &world.owner;
    let plain = world.request(owner, "POST", "/v1/tokens").header("content-type", "text/plain").body("{}");
    world.send(plain).await.refused(415, "wrong_media_type");
    world.send(world.request(owner, "POST", "/v1/tokens")).await.refused(415, "wrong_media_type");
    let large = format!("{{\"name\": \"{}\"}}", "a".repeat(limits::BODY_MAX));
    world.raw(owner, "POST", "/v1/tokens", large).await.refused(413, "too_large");
    world.raw(owner, "POST", "/v1/tokens", "[".repeat(1000)).await.refused(400, "bad_json");
    for bad in ["", "{", "nonsense", "{\"name\": \"\u{1}\"}", "{} {}"] {
        assert_eq!(world.raw(owner, "POST", "/v1/tokens", bad.into()).await.status, 400, "{bad}");
    }
    let wrong = world.send(world.request(owner, "PUT", "/v1/tokens")).await;
    wrong.refused(405, "method_not_allowed");
    assert!(wrong.header("allow").contains("POST"), "{}", wrong.header("allow"));
    world.get(owner, "/v1/nothing").await.refused(404, "not_found");
    world.get(owner, "/v1/tokens/short").await.refused(400, "bad_field");
    world.get(owner, "/v1/tokens/000000000000").await.refused(404, "not_found");
    let in_url = world.get(&Anonymous, &format!("/v1/tokens?access_token={}", owner.0)).await;
    in_url.refused(400, "ambiguous_credential");
    let twice = world.request(owner, "GET", "/v1/self").header("authorization", format!("Bearer {}", owner.0));
    world.send(twice).await.refused(400, "ambiguous_credential");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_is_named_and_keeps_to_itself() {
    let world = World::start().await;
    for path in ["/v1/self", "/v1/tokens", "/v1/openapi.json", "/nothing", "/gate/check"] {
        let reply = world.get(&world.owner, path).await;
        assert!(reply.header("jeton-request-id").starts_with("req_"), "{path}");
        if path != "/gate/check" {
            assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
            assert_eq!(reply.header("cache-control"), "no-store", "{path}");
        }
    }
    let problem = world.get(&Anonymous, "/v1/tokens/000000000000").await;
    assert!(problem.header("www-authenticate").starts_with("Bearer realm="));
    assert!(!problem.header("www-authenticate").contains("error="));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_realm_is_the_issuer_or_what_is_set_everywhere() {
    for (set, told) in [(None, "http://127.0.0.1:8700"), (Some("Orders of Acme"), "Orders of Acme")] {
        let world = World::on(On::Sqlite, |config| {
            let route = serde_json::json!({"path": "/orders/**", "audience": ORDERS, "upstream": "http://127.0.0.1:9"});
            config.gate.route = vec![serde_json::from_value(route).expect("a route")];
            config.gate.realm = set.map(str::to_owned);
            config.trusted_proxies = vec!["127.0.0.1/32".parse().expect("a network")];
        });
        let world = world.await;
        let question = world.request(&Anonymous, "GET", "/gate/check").header("x-original-method", "GET");
        let replies = [
            world.get(&Anonymous, "/v1/tokens").await,
            world.get(&Anonymous, "/orders/7").await,
            world.send(question.header("x-original-uri", "/orders/7")).await,
        ];
        for reply in replies {
            let challenge = reply.header("www-authenticate");
            // Where the API is known, its metadata is named behind the realm.
            let rest = challenge.strip_prefix(&format!("Bearer realm=\"{told}\""));
            let is_whole = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(", resource_metadata=\""));
            assert!(reply.status == 401 && is_whole, "{challenge}: {}", reply.text);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_installation_is_initialised_once() {
    let mut world = World::start().await;
    let config = (*world.authority().config).clone();
    assert!(matches!(jeton::bootstrap::init(&config).await, Err(jeton::bootstrap::InitFault::Already)));
    world.stop().await;
    let again = jeton::serve::start(config, None).await.expect("starts again");
    again.stop().await;
    let folder = tempfile::tempdir().expect("folder");
    let mut empty = jeton::config::Config { master_key: folder.path().join("master.key"), ..Default::default() };
    empty.database.url = format!("sqlite://{}", folder.path().join("jeton.db").display());
    assert!(matches!(jeton::serve::start(empty, None).await, Err(jeton::serve::StartFault::Ring(_))));
}
