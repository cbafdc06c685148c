//! `/v1/tokens` in particular: what may be issued, repeated, derived, edited, listed and explained.

use crate::world::{Bearer, ISSUER, ORDERS, World};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_issue_gives_the_first_answer_again() {
    let world = World::start().await;
    world.declare_orders().await;
    let body = json!({"kind": "svc", "name": "worker", "audience": [ORDERS], "scopes": ["orders:read"]});
    let send = async |body: &serde_json::Value| {
        world.send(world.request(&world.owner, "POST", "/v1/tokens").header("idempotency-key", "once").json(body)).await
    };
    let first = send(&body).await.expect(201);
    let second = send(&body).await.expect(201);
    assert_eq!(first.body, second.body);
    assert_eq!(second.header("idempotency-replayed"), "true");
    assert_eq!(first.str("/subject"), "worker");
    let mut other = body.clone();
    other["name"] = json!("other");
    send(&other).await.refused(422, "idempotency_key_reused");
    let listed = world.get(&world.owner, "/v1/tokens?kind=svc").await.expect(200);
    assert_eq!(listed.body["items"].as_array().map(Vec::len), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gives_management_powers_that_he_does_not_hold() {
    let world = World::start().await;
    let issuer = world.manager(&["tokens:issue", "tokens:read"]).await;
    let ask = |scopes: serde_json::Value| json!({"kind": "pat", "name": "more", "audience": [ISSUER], "scopes": scopes});
    world.post(&issuer, "/v1/tokens", ask(json!(["tokens:read"]))).await.expect(201);
    world.post(&issuer, "/v1/tokens", ask(json!(["tokens:revoke"]))).await.refused(403, "wider_than_caller");
    world.post(&issuer, "/v1/tokens", ask(json!(["tokens:*"]))).await.refused(403, "wider_than_caller");
    let owner_id = world.get(&world.owner, "/v1/self").await.expect(200).str("/id").to_owned();
    // Whoever rotates a token holds it from then on; whoever derives from it holds a part of it.
    world.post(&issuer, &format!("/v1/tokens/{owner_id}/rotate"), json!({})).await.refused(403, "wider_than_caller");
    world.post(&issuer, &format!("/v1/tokens/{owner_id}/derive"), json!({})).await.refused(403, "wider_than_caller");
    let short = ask(json!(["tokens:issue"]));
    let mut short = short;
    short["expires_in"] = json!(60);
    let brief = Bearer(world.post(&issuer, "/v1/tokens", short).await.expect(201).str("/token").to_owned());
    let mut lasting = ask(json!(["tokens:issue"]));
    lasting["expires_in"] = json!(null);
    world.post(&brief, "/v1/tokens", lasting).await.refused(403, "wider_than_caller");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_granted_is_refused_with_the_field() {
    let world = World::start().await;
    world.declare_orders().await;
    let cases = [
        (json!({"kind": "pat", "name": "a", "audience": ["https://nowhere.example"], "scopes": []}), "audience"),
        (json!({"kind": "pat", "name": "a", "audience": [ORDERS], "scopes": ["orders:burn"]}), "scopes"),
        (json!({"kind": "pub", "name": "a", "audience": [ORDERS], "scopes": ["orders:read"]}), "scopes"),
        (json!({"kind": "ort", "name": "a", "audience": [ORDERS]}), "kind"),
        (json!({"kind": "pub", "format": "jwt", "name": "a", "audience": [ORDERS]}), "format"),
        (json!({"kind": "pat", "format": "jwt", "name": "a", "audience": [ORDERS], "expires_in": null}), "expires_in"),
        (json!({"kind": "pat", "format": "jwt", "name": "a", "audience": [ORDERS], "expires_in": 86401}), "expires_in"),
        (json!({"kind": "pat", "name": "a", "audience": [ORDERS], "subject": "usr_000000000000"}), "subject"),
        (json!({"kind": "key", "name": "a", "audience": [ORDERS], "project": "prj_000000000000"}), "project"),
        (json!({"kind": "pat", "name": "a", "audience": [ORDERS], "not_before": "2999-01-01T00:00:00Z"}), "not_before"),
    ];
    for (body, field) in cases {
        let reply = world.post(&world.owner, "/v1/tokens", body.clone()).await;
        assert_eq!((reply.status, reply.str("/field")), (400, field), "{body}: {}", reply.text);
    }
    let key = world.issue(json!({"kind": "key", "name": "a", "audience": [ORDERS]})).await;
    assert_eq!(key.str("/subject"), key.str("/project"));
    world.issue(json!({"kind": "pub", "name": "a", "audience": [ORDERS], "scopes": ["catalogue:read"]})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_child_is_narrower_and_dead_with_its_parent() {
    let world = World::start().await;
    world.declare_orders().await;
    let parent = world.issue(json!({"kind": "pat", "name": "p", "audience": [ORDERS], "scopes": ["orders:read", "orders:write"]})).await;
    let holder = Bearer(parent.str("/token").to_owned());
    let child = world.post(&holder, "/v1/self/derive", json!({"scopes": ["orders:read"], "expires_in": 600})).await.expect(201);
    assert_eq!(child.str("/parent"), parent.str("/id"));
    let jwt = world.post(&holder, "/v1/self/derive", json!({"format": "jwt", "scopes": ["orders:read"]})).await.expect(201);
    assert_eq!(jwt.str("/token").split('.').count(), 3);
    assert_eq!(jwt.str("/kind"), "oat");
    let about = json!({"audience": ORDERS, "scopes": ["orders:read"]});
    for text in [child.str("/token"), jwt.str("/token")] {
        assert_eq!(world.verify(text, about.clone()).await.str("/code"), "ok");
        assert_eq!(world.verify(text, json!({"audience": ORDERS, "scopes": ["orders:write"]})).await.str("/code"), "insufficient_scope");
    }
    let wider = world.post(&Bearer(child.str("/token").to_owned()), "/v1/self/derive", json!({"scopes": ["orders:write"]})).await;
    assert_eq!((wider.status, wider.str("/field")), (400, "scopes"), "{}", wider.text);
    world.post(&holder, "/v1/self/revoke", json!({"reason": "done"})).await.expect(200);
    for text in [child.str("/token"), jwt.str("/token"), &holder.0] {
        assert_eq!(world.verify(text, about.clone()).await.str("/code"), "revoked");
    }
    // Burning it twice is no error, even though it is dead.
    world.post(&holder, "/v1/self/revoke", json!({})).await.expect(200);
    world.get(&holder, "/v1/self").await.refused(401, "revoked");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_names_the_version_that_it_is_for() {
    let world = World::start().await;
    world.declare_orders().await;
    let issued = world.issue(json!({"kind": "pat", "name": "a", "audience": [ORDERS], "scopes": ["orders:read"]})).await;
    let path = format!("/v1/tokens/{}", issued.str("/id"));
    let edit = async |tag: Option<&str>, body: serde_json::Value| {
        let request = world.request(&world.owner, "PATCH", &path).json(&body);
        world
            .send(match tag {
                Some(tag) => request.header("if-match", tag),
                None => request,
            })
            .await
    };
    edit(None, json!({"name": "b"})).await.refused(428, "precondition_required");
    let edited = edit(Some("\"1\""), json!({"name": "b", "networks": ["192.0.2.0/24"]})).await.expect(200);
    assert_eq!((edited.str("/name"), edited.header("etag")), ("b", "\"2\""));
    edit(Some("\"1\""), json!({"name": "c"})).await.refused(412, "precondition_failed");
    edit(None, json!({"name": "c", "version": 2})).await.expect(200);
    let from =
        async |ip: &str| world.verify(issued.str("/token"), json!({"audience": ORDERS, "client_ip": ip})).await.str("/code").to_owned();
    assert_eq!(from("192.0.2.7").await, "ok");
    assert_eq!(from("198.51.100.7").await, "address_not_allowed");
    // Asked in advance, rule by rule; nothing is counted.
    let explained =
        world.post(&world.owner, &format!("{path}/explain"), json!({"audience": ORDERS, "client_ip": "198.51.100.7"})).await.expect(200);
    assert_eq!(explained.str("/code"), "address_not_allowed");
    let steps = explained.body["steps"].as_array().expect("steps");
    assert!(steps.iter().any(|step| step["rule"] == "address" && step["passed"] == false));
    assert!(steps.iter().any(|step| step["rule"] == "audience" && step["passed"] == true));
    let refusals = world.get(&world.owner, &format!("{path}/refusals")).await.expect(200);
    assert_eq!(refusals.body["items"].as_array().map(Vec::len), Some(1), "{}", refusals.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_come_in_pages_and_filters_fit_together() {
    let world = World::start().await;
    world.declare_orders().await;
    for number in 0..5 {
        world.issue(json!({"kind": "svc", "name": format!("s{number}"), "audience": [ORDERS]})).await;
    }
    let mut seen = Vec::new();
    let mut path = "/v1/tokens?kind=svc&limit=2".to_owned();
    loop {
        let page = world.get(&world.owner, &path).await.expect(200);
        seen.extend(
            page.body["items"].as_array().expect("items").iter().map(|token| token["name"].as_str().unwrap_or_default().to_owned()),
        );
        match page.body["next"].as_str() {
            Some(next) => path = format!("/v1/tokens?kind=svc&limit=2&cursor={next}"),
            None => break,
        }
    }
    seen.sort();
    assert_eq!(seen, ["s0", "s1", "s2", "s3", "s4"]);
    for bad in ["limit=0", "limit=501", "limit=x", "kind=zzz", "nonsense=1", "kind=pat&kind=pat", "hint=abc", "state=dead"] {
        let reply = world.get(&world.owner, &format!("/v1/tokens?{bad}")).await;
        reply.refused(400, "bad_query");
        assert_eq!(reply.str("/field"), bad.split('=').next().unwrap_or_default());
    }
}
