//! `/v1/clients`.

use super::{web_app, with_apis};
use crate::world::World;
use futures_util::future::join_all;
use serde_json::{Value, json};

async fn register(world: &World, metadata: Value, approve: bool) -> (String, Value) {
    let body = json!({"metadata": metadata, "approve": approve});
    let reply = world.post(&world.owner, "/v1/clients", body).await.expect(201);
    (format!("/v1/clients/{}", reply.str("/client_id")), reply.body)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_is_registered_approved_suspended_and_removed() {
    let world = World::start().await;
    with_apis(&world).await;
    let (path, told) = register(&world, web_app(), false).await;
    assert_eq!((told["jeton_state"].as_str(), told["client_secret_expires_at"].as_i64()), (Some("pending"), Some(0)));
    let secret = told["client_secret"].as_str().expect("a secret").to_owned();
    assert!(secret.starts_with("jtn_cls_") && secret.contains(&told["client_id"].as_str().expect("an id")["app_".len()..]));
    assert_eq!(told["scope"], "address email offline_access openid orders:read orders:write phone profile", "nothing sensitive by itself");
    let shown = world.get(&world.owner, &path).await.expect(200);
    assert!(!shown.text.contains(&secret) && !shown.text.contains("digest"));
    assert_eq!((shown.str("/state"), shown.header("etag")), ("pending", "\"1\""));

    world.post(&world.owner, &format!("{path}/approve"), json!({})).await.refused(428, "precondition_required");
    let one = json!({"version": 1, "scopes": ["orders:read", "openid"]});
    let approved = world.post(&world.owner, &format!("{path}/approve"), one).await.expect(200);
    assert_eq!((approved.str("/state"), approved.str("/metadata/scope")), ("approved", "openid orders:read"));
    world.post(&world.owner, &format!("{path}/approve"), json!({"version": 2})).await.refused(409, "conflict");
    world.post(&world.owner, &format!("{path}/reject"), json!({"version": 2, "reason": "x"})).await.refused(409, "conflict");

    // Its secret is a token, and opens nothing by itself.
    let anchor = format!("/v1/tokens/{}", &told["client_id"].as_str().expect("an id")["app_".len()..]);
    assert_eq!(world.get(&world.owner, &anchor).await.expect(200).str("/kind"), "cls");
    let verdict = world.verify(&secret, json!({})).await;
    assert_eq!(verdict.body["active"], json!(false), "{}", verdict.text);

    world.post(&world.owner, &format!("{path}/suspend"), json!({"reason": "looks odd"})).await.expect(200);
    assert_eq!(world.get(&world.owner, &anchor).await.expect(200).str("/state"), "suspended");
    let resumed = world.post(&world.owner, &format!("{path}/resume"), json!({})).await.expect(200);
    assert_eq!((resumed.str("/state"), &resumed.body["reason"]), ("approved", &Value::Null));
    let rotated = world.post(&world.owner, &format!("{path}/rotate-secret"), json!({"overlap_seconds": 60})).await.expect(201);
    assert!(rotated.str("/client_secret") != secret && rotated.str("/client_secret").starts_with("jtn_cls_"));
    world.post(&world.owner, &format!("{path}/rotate-secret"), json!({})).await.refused(409, "conflict");
    world.send(world.request(&world.owner, "DELETE", &path)).await.expect(204);
    world.get(&world.owner, &path).await.refused(404, "not_found");
    assert_eq!(world.get(&world.owner, &anchor).await.expect(200).str("/state"), "revoked");
    let audit = world.get(&world.owner, "/v1/audit?limit=100").await.expect(200).text;
    for action in ["client.register", "client.approve", "client.suspend", "client.resume", "client.remove"] {
        assert!(audit.contains(action), "{action}");
    }
    assert!(!audit.contains(&secret));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_write_may_not_approve() {
    let world = World::start().await;
    with_apis(&world).await;
    let writer = world.manager(&["clients:write", "clients:read"]).await;
    let wanted = json!({"metadata": web_app(), "approve": true});
    world.post(&writer, "/v1/clients", wanted).await.refused(403, "wider_than_caller");
    let made = world.post(&writer, "/v1/clients", json!({"metadata": web_app()})).await.expect(201);
    let path = format!("/v1/clients/{}", made.str("/client_id"));
    world
        .post(&writer, "/v1/clients", json!({"metadata": web_app(), "policy": {"first_party": true}}))
        .await
        .refused(403, "wider_than_caller");
    assert_eq!(world.post(&writer, &format!("{path}/approve"), json!({"version": 1})).await.status, 403);
    world.post(&world.owner, &format!("{path}/approve"), json!({"version": 1})).await.expect(200);
    let patch = async |body: Value| world.send(world.request(&writer, "PATCH", &path).json(&body)).await;
    let mut wider = web_app();
    wider["scope"] = json!("orders:refund");
    patch(json!({"version": 2, "metadata": wider})).await.refused(403, "wider_than_caller");
    let mut elsewhere = web_app();
    elsewhere["redirect_uris"] = json!(["https://shop.example/back", "https://evil.example/"]);
    patch(json!({"version": 2, "metadata": elsewhere})).await.refused(403, "wider_than_caller");
    patch(json!({"version": 2, "policy": {"first_party": true}})).await.refused(403, "wider_than_caller");
    let mut fewer = web_app();
    fewer["scope"] = json!("orders:read");
    fewer["token_endpoint_auth_method"] = json!("none");
    let edited = patch(json!({"version": 2, "metadata": fewer})).await.expect(200);
    assert_eq!((edited.str("/metadata/scope"), edited.body.get("client_secret")), ("orders:read", None));
    world.post(&writer, &format!("{path}/rotate-secret"), json!({})).await.refused(409, "conflict");
    let mut secret = web_app();
    secret["scope"] = json!("orders:read");
    let edited = patch(json!({"version": 3, "metadata": secret})).await.expect(200);
    assert!(edited.str("/client_secret").starts_with("jtn_cls_"), "it proves itself by a secret again");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_looked_at_is_never_approved() {
    let world = World::start().await;
    let mut evil = web_app();
    evil["redirect_uris"] = json!(["https://evil.example/"]);
    for _ in 0..6 {
        let (path, _) = register(&world, web_app(), false).await;
        let edit = world.send(world.request(&world.owner, "PATCH", &path).json(&json!({"version": 1, "metadata": evil})));
        let approve =
            join_all((0..3).map(|_| async { world.post(&world.owner, &format!("{path}/approve"), json!({"version": 1})).await.status }));
        let (edited, approved) = tokio::join!(edit, approve);
        let wins = usize::from(edited.status == 200) + approved.iter().filter(|status| **status == 200).count();
        assert_eq!(wins, 1, "{} {approved:?}", edited.status);
        let now = world.get(&world.owner, &path).await.expect(200);
        assert!(now.str("/state") == "pending" || !now.text.contains("evil.example"), "{}", now.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_narrowed_and_faults_are_named() {
    let world = World::start().await;
    for approve in [true, false, false] {
        register(&world, web_app(), approve).await;
    }
    let count = async |query: &str| {
        let list = world.get(&world.owner, &format!("/v1/clients?{query}")).await.expect(200);
        list.body["items"].as_array().map(Vec::len)
    };
    assert_eq!((count("state=pending").await, count("waiting=true").await), (Some(2), Some(2)));
    assert_eq!(
        (count("source=dynamic").await, count("source=operator&state=approved").await, count("limit=2").await),
        (Some(0), Some(1), Some(2))
    );
    world.get(&world.owner, "/v1/clients?state=x").await.refused(400, "bad_query");
    let bad = json!({"metadata": {"redirect_uris": ["http://app.example/"]}});
    let reply = world.post(&world.owner, "/v1/clients", bad).await;
    reply.refused(400, "bad_field");
    assert_eq!(reply.str("/field"), "metadata.redirect_uris");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_says_how_its_tokens_are() {
    let world = World::start().await;
    with_apis(&world).await;
    let list = world.get(&world.owner, "/v1/apis").await.expect(200);
    let items = list.body["items"].as_array().expect("a list");
    let orders = items.iter().find(|api| api["name"] == "Orders").expect("it is there");
    assert_eq!((orders["token_format"].as_str(), orders["access_token_seconds"].as_i64()), (Some("jwt"), Some(300)));
    assert_eq!(orders["scopes"][2]["sensitive"], json!(true));
    let own = items.iter().find(|api| api["name"] == "Jeton management").expect("it is there");
    let scopes = own["scopes"].as_array().expect("scopes");
    assert!(scopes.iter().all(|scope| scope["sensitive"] == json!(true)) && scopes.iter().any(|scope| scope["scope"] == "clients:approve"));
    for (bad, field) in [
        (json!({"audience": "https://a.example", "name": "a", "scopes": [{"scope": "openid"}]}), "scopes"),
        (json!({"audience": "https://a.example", "name": "a", "access_token_seconds": 5}), "access_token_seconds"),
        (json!({"audience": "https://a.example", "name": "a", "token_format": "paseto"}), "token_format"),
    ] {
        let reply = world.post(&world.owner, "/v1/apis", bad).await;
        assert_eq!((reply.status, reply.str("/field")), (400, field), "{}", reply.text);
    }
}
