//! APIs, projects, users, organisations, keys.

use crate::world::{Bearer, ISSUER, ORDERS, World};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn an_api_is_added_edited_and_removed() {
    let world = World::start().await;
    let added = world.declare_orders().await;
    let path = format!("/v1/apis/{}", added.str("/id"));
    world.post(&world.owner, "/v1/apis", json!({"audience": ORDERS, "name": "again"})).await.refused(409, "exists");
    let edit = world.request(&world.owner, "PATCH", &path).header("if-match", "\"1\"").json(&json!({"name": "Orders 2"}));
    let edited = world.send(edit).await.expect(200);
    assert_eq!((edited.str("/name"), edited.body["scopes"].as_array().map(Vec::len)), ("Orders 2", Some(3)));
    let issued = world.issue(json!({"kind": "pat", "name": "a", "audience": [ORDERS]})).await;
    world.send(world.request(&world.owner, "DELETE", &path)).await.refused(409, "conflict");
    world.post(&world.owner, &format!("/v1/tokens/{}/revoke", issued.str("/id")), json!({})).await.expect(200);
    world.send(world.request(&world.owner, "DELETE", &path)).await.expect(204);
    world.get(&world.owner, &path).await.refused(404, "not_found");
    let list = world.get(&world.owner, "/v1/apis").await.expect(200);
    let own = list.body["items"].as_array().and_then(|items| items.iter().find(|api| api["audience"] == ISSUER)).expect("built in").clone();
    let built_in = format!("/v1/apis/{}", own["id"].as_str().unwrap_or_default());
    world.send(world.request(&world.owner, "DELETE", &built_in)).await.refused(409, "conflict");
}

#[tokio::test(flavor = "multi_thread")]
async fn projects_and_users_come_and_go() {
    let world = World::start().await;
    let project = world.post(&world.owner, "/v1/projects", json!({"name": "shop"})).await.expect(201);
    let path = format!("/v1/projects/{}", project.str("/id"));
    let edit = world.request(&world.owner, "PATCH", &path).header("if-match", "\"1\"").json(&json!({"name": "shop 2"}));
    assert_eq!(world.send(edit).await.expect(200).str("/name"), "shop 2");
    world.send(world.request(&world.owner, "DELETE", &path)).await.expect(204);

    world.declare_orders().await;
    let user =
        world.post(&world.owner, "/v1/users", json!({"name": "ada", "email": "ada@example.com", "role": "developer"})).await.expect(201);
    let issued = world.issue(json!({"kind": "pat", "name": "a", "audience": [ORDERS], "subject": user.str("/id")})).await;
    let shut = world.post(&world.owner, &format!("/v1/users/{}/disable", user.str("/id")), json!({})).await.expect(200);
    assert_eq!(shut.body["disabled"], json!(true));
    assert_eq!(world.verify(issued.str("/token"), json!({"audience": ORDERS})).await.str("/code"), "suspended");
    let refused =
        world.post(&world.owner, "/v1/tokens", json!({"kind": "pat", "name": "b", "audience": [ORDERS], "subject": user.str("/id")})).await;
    assert_eq!((refused.status, refused.str("/field")), (400, "subject"));
}

#[tokio::test(flavor = "multi_thread")]
async fn owners_are_changed_by_owners_alone() {
    let world = World::start().await;
    let operator = world.post(&world.owner, "/v1/users", json!({"name": "op", "role": "operator"})).await.expect(201);
    let second = world.post(&world.owner, "/v1/users", json!({"name": "second", "role": "owner"})).await.expect(201);
    let body = json!({
        "kind": "pat", "name": "m", "audience": [ISSUER], "scopes": ["users:read", "users:write"], "subject": operator.str("/id")
    });
    let manager = Bearer(world.issue(body).await.str("/token").to_owned());
    let path = format!("/v1/users/{}", second.str("/id"));
    let own = format!("/v1/users/{}", operator.str("/id"));
    let password = json!({"password": "correct horse battery staple 7"});
    world.post(&manager, "/v1/users", json!({"name": "third", "role": "owner"})).await.refused(403, "wider_than_caller");
    world.raw(&manager, "PUT", &format!("{path}/password"), password.to_string()).await.refused(403, "wider_than_caller");
    world.post(&manager, &format!("{path}/disable"), json!({})).await.refused(403, "wider_than_caller");
    world.send(world.request(&manager, "DELETE", &path)).await.refused(403, "wider_than_caller");
    for (whom, body) in [(&path, json!({"version": 1, "email": "a@example.com"})), (&own, json!({"version": 1, "role": "owner"}))] {
        world.raw(&manager, "PATCH", whom, body.to_string()).await.refused(403, "wider_than_caller");
    }
    world.post(&manager, "/v1/users", json!({"name": "fourth", "role": "operator"})).await.expect(201);
    world.send(world.request(&world.owner, "DELETE", &path)).await.expect(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_organisation_sees_nothing_of_this_one() {
    let world = World::start().await;
    world.declare_orders().await;
    let mine = world.issue(json!({"kind": "pat", "name": "a", "audience": [ORDERS]})).await;
    let added = world.post(&world.owner, "/v1/organisations", json!({"name": "other"})).await.expect(201);
    let other = Bearer(added.str("/owner_token/token").to_owned());
    world.get(&other, &format!("/v1/tokens/{}", mine.str("/id"))).await.refused(404, "not_found");
    world.post(&other, &format!("/v1/tokens/{}/revoke", mine.str("/id")), json!({})).await.refused(404, "not_found");
    let list = world.get(&other, "/v1/tokens").await.expect(200);
    assert_eq!(list.body["items"].as_array().map(Vec::len), Some(1));
    let apis = world.get(&other, "/v1/apis").await.expect(200);
    assert_eq!(apis.body["items"], json!([]));
    let asked = world.post(&other, "/v1/verify", json!({"token": mine.str("/token")})).await.expect(200);
    assert_eq!(asked.str("/code"), "unknown");
    assert!(asked.body["id"].is_null());
    let issue = world.post(&other, "/v1/tokens", json!({"kind": "pat", "name": "a", "audience": [ORDERS]})).await;
    assert_eq!((issue.status, issue.str("/field")), (400, "audience"));
    world.post(&other, "/v1/organisations", json!({"name": "third"})).await.refused(403, "insufficient_scope");
    world.post(&other, "/v1/keys/rotate", json!({})).await.refused(403, "insufficient_scope");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_signing_key_is_published_before_it_signs() {
    let world = World::start().await;
    let made = world.post(&world.owner, "/v1/keys/rotate", json!({"algorithm": "EdDSA"})).await.expect(201);
    assert_eq!((made.str("/stage"), made.str("/algorithm")), ("published", "EdDSA"));
    let list = world.get(&world.owner, "/v1/keys").await.expect(200);
    let stages = |list: &Value, algorithm: &str| -> Vec<String> {
        let of = list["items"].as_array().expect("items").iter().filter(|key| key["algorithm"] == algorithm);
        of.map(|key| key["stage"].as_str().unwrap_or_default().to_owned()).collect()
    };
    assert_eq!((stages(&list.body, "EdDSA"), stages(&list.body, "ES256")), (vec!["published".to_owned()], vec!["signing".to_owned()]));
    let jwks = world.get(&world.owner, "/oauth/jwks").await.expect(200);
    let published = jwks.body["keys"].as_array().expect("keys");
    assert!(["EdDSA", "ES256"].iter().all(|alg| published.iter().any(|key| key["alg"] == *alg)), "{}", jwks.text);
    // The next key of the same algorithm: the present one signs on, and is given its end.
    world.post(&world.owner, "/v1/keys/rotate", json!({})).await.expect(201);
    let list = world.get(&world.owner, "/v1/keys").await.expect(200);
    assert_eq!(stages(&list.body, "ES256"), ["published", "signing"]);
    world.post(&world.owner, "/v1/keys/rotate", json!({"now": true})).await.expect(201);
    let list = world.get(&world.owner, "/v1/keys").await.expect(200);
    assert_eq!(stages(&list.body, "ES256"), ["published", "signing", "verifying"]);
    world.post(&world.owner, "/v1/keys/rotate", json!({"algorithm": "PS256"})).await.refused(400, "bad_field");
    world.post(&world.owner, "/v1/keys/rotate", json!({"algorithm": "none"})).await.refused(400, "bad_field");
}
