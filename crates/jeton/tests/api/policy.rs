//! `/v1/policy`: what an organisation lays down is kept to from then on, wherever a token is issued or an app registered.

use crate::world::{Bearer, ISSUER, ORDERS, Reply, World};
use serde_json::{Value, json};

/// Lays a policy down over whatever holds.
async fn lay_down(world: &World, mut policy: Value) -> Reply {
    policy["version"] = world.get(&world.owner, "/v1/policy").await.expect(200).body["version"].clone();
    world.raw(&world.owner, "PUT", "/v1/policy", policy.to_string()).await.expect(200)
}

#[track_caller]
fn against(reply: &Reply, rule: &str) {
    reply.refused(403, "against_policy");
    assert!(reply.str("/detail").contains(&format!("`{rule}`")), "{}", reply.text);
    assert!(reply.str("/fix").contains("owner") || reply.str("/fix").contains("edit"), "{}", reply.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_is_laid_down_by_who_read_the_newest() {
    let world = World::start().await;
    let before = world.get(&world.owner, "/v1/policy").await.expect(200);
    assert_eq!((before.body["version"].as_i64(), before.header("etag")), (Some(0), "\"0\""));
    assert_eq!(before.body["roles"]["developer"]["sensitive_scopes"], json!(false));
    let put = |etag: &'static str, body: Value| {
        let request = world.request(&world.owner, "PUT", "/v1/policy").header("if-match", etag).json(&body);
        world.send(request)
    };
    let laid = put("\"0\"", json!({"kinds": {"pat": {"longest_seconds": 3600}}})).await.expect(200);
    assert_eq!((laid.header("etag"), &laid.body["kinds"]["pat"]["longest_seconds"]), ("\"1\"", &json!(3600)));
    assert!(!laid.header("jeton-revision").is_empty());
    put("\"0\"", json!({})).await.refused(412, "precondition_failed");
    world.raw(&world.owner, "PUT", "/v1/policy", "{}".to_owned()).await.refused(428, "precondition_required");
    for (body, field) in [
        (json!({"kinds": {"oat": {}}}), "kinds"),
        (json!({"kinds": {"pat": {"longest_seconds": 0}}}), "kinds.pat.longest_seconds"),
        (json!({"kinds": {"pat": {"longest": 1}}}), "kinds.longest"),
        (json!({"apps": {"approved_at_once": "all"}}), "apps.approved_at_once"),
        (json!({"roles": {"developer": {"refused_scopes": ["*"]}}}), "roles.refused_scopes"),
    ] {
        let refused = put("\"1\"", body).await;
        assert_eq!((refused.status, refused.str("/field")), (400, field), "{}", refused.text);
    }
    // Another organisation has a policy of its own.
    let other = world.post(&world.owner, "/v1/organisations", json!({"name": "other"})).await.expect(201);
    let theirs = world.get(&Bearer(other.str("/owner_token/token").to_owned()), "/v1/policy").await.expect(200);
    assert_eq!(theirs.body["version"], json!(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn lives_and_networks_are_kept_to_by_all_that_issue() {
    let world = World::start().await;
    world.declare_orders().await;
    let plain = |more: Value| {
        let mut body = json!({"kind": "pat", "name": "a", "audience": [ORDERS], "scopes": ["orders:read"]});
        for (name, value) in more.as_object().expect("members") {
            body[name] = value.clone();
        }
        body
    };
    let endless = world.issue(plain(json!({"expires_in": null}))).await;
    let old = world.issue(plain(json!({"expires_in": 600}))).await;
    lay_down(&world, json!({"kinds": {"pat": {"longest_seconds": 3600, "must_name_networks": true}}})).await;
    let named = json!(["127.0.0.0/8"]);
    against(&world.post(&world.owner, "/v1/tokens", plain(json!({}))).await, "kinds.pat.must_name_networks");
    let long = world.post(&world.owner, "/v1/tokens", plain(json!({"networks": named, "expires_in": 3601}))).await;
    against(&long, "kinds.pat.longest_seconds");
    assert_eq!(long.str("/field"), "expires_in");
    against(
        &world.post(&world.owner, "/v1/tokens", plain(json!({"networks": named, "expires_in": null}))).await,
        "kinds.pat.longest_seconds",
    );
    // Without a wish it ends as late as it may.
    let issued = world.issue(plain(json!({"networks": named}))).await;
    assert!(issued.body["expires_at"].is_string());
    world.post(&world.owner, "/v1/tokens", json!({"kind": "svc", "name": "s", "audience": [ORDERS]})).await.expect(201);

    // What was there before works on, but gets no other secret and no child.
    assert_eq!(world.verify(endless.str("/token"), json!({"audience": ORDERS})).await.str("/code"), "ok");
    let path = |reply: &Reply, verb: &str| format!("/v1/tokens/{}{verb}", reply.str("/id"));
    against(&world.post(&world.owner, &path(&endless, "/rotate"), json!({})).await, "kinds.pat.longest_seconds");
    against(&world.post(&world.owner, &path(&old, "/rotate"), json!({})).await, "kinds.pat.must_name_networks");
    against(&world.post(&world.owner, &path(&old, "/derive"), json!({})).await, "kinds.pat.must_name_networks");
    // An edit is held to what it changes.
    let edit = |body: Value| world.raw(&world.owner, "PATCH", format!("/v1/tokens/{}", endless.str("/id")).leak(), body.to_string());
    against(&edit(json!({"version": 1, "expires_in": 7200})).await, "kinds.pat.longest_seconds");
    let edited = edit(json!({"version": 1, "name": "b"})).await.expect(200);
    let edited = edit(json!({"version": edited.body["version"], "expires_in": 60, "networks": named})).await.expect(200);
    against(&edit(json!({"version": edited.body["version"], "networks": []})).await, "kinds.pat.must_name_networks");
    world.post(&world.owner, &path(&endless, "/rotate"), json!({})).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_put_into_tokens_what_they_may() {
    let world = World::start().await;
    let scopes = json!([{"scope": "orders:read"}, {"scope": "orders:delete", "sensitive": true}]);
    world.post(&world.owner, "/v1/apis", json!({"audience": ORDERS, "name": "Orders", "scopes": scopes})).await.expect(201);
    let user = world.post(&world.owner, "/v1/users", json!({"name": "dev", "role": "developer"})).await.expect(201);
    let body = json!({"kind": "pat", "name": "m", "audience": [ISSUER], "scopes": ["tokens:issue", "tokens:write", "clients:write"], "subject": user.str("/id")});
    let developer = Bearer(world.issue(body).await.str("/token").to_owned());
    let wants = |scope: &str| json!({"kind": "pat", "name": "a", "audience": [ORDERS], "scopes": [scope]});
    let issued = world.post(&developer, "/v1/tokens", wants("orders:read")).await.expect(201);
    for scope in ["orders:delete", "orders:*"] {
        against(&world.post(&developer, "/v1/tokens", wants(scope)).await, "roles.developer.sensitive_scopes");
        world.post(&world.owner, "/v1/tokens", wants(scope)).await.expect(201);
    }
    let path = format!("/v1/tokens/{}", issued.str("/id"));
    let edit = json!({"version": 1, "scopes": ["orders:read", "orders:delete"]});
    against(&world.raw(&developer, "PATCH", &path, edit.to_string()).await, "roles.developer.sensitive_scopes");

    lay_down(&world, json!({"roles": {"developer": {"sensitive_scopes": true, "refused_scopes": ["orders:read"]}}})).await;
    world.post(&developer, "/v1/tokens", wants("orders:delete")).await.expect(201);
    against(&world.post(&developer, "/v1/tokens", wants("orders:read")).await, "roles.developer.refused_scopes");
    let app = json!({"metadata": {"grant_types": ["client_credentials"]}});
    world.post(&developer, "/v1/clients", app.clone()).await.expect(201);
    lay_down(&world, json!({"roles": {"developer": {"issues_tokens": false, "registers_apps": false}}})).await;
    against(&world.post(&developer, "/v1/tokens", wants("orders:read")).await, "roles.developer.issues_tokens");
    against(&world.post(&developer, "/v1/clients", app.clone()).await, "roles.developer.registers_apps");
    world.post(&world.owner, "/v1/clients", app).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn apps_are_approved_by_whom_the_policy_says() {
    let world = World::start().await;
    world.declare_orders().await;
    let wants = |scope: &str| json!({"metadata": {"grant_types": ["client_credentials"], "scope": scope}});
    let waiting = world.post(&world.owner, "/v1/clients", wants("catalogue:read")).await.expect(201);
    assert_eq!(waiting.str("/jeton_state"), "pending");
    lay_down(&world, json!({"apps": {"approved_at_once": "public", "approvers_approve": false}})).await;
    assert_eq!(world.post(&world.owner, "/v1/clients", wants("catalogue:read")).await.expect(201).str("/jeton_state"), "approved");
    assert_eq!(world.post(&world.owner, "/v1/clients", wants("orders:read")).await.expect(201).str("/jeton_state"), "pending");

    let user = world.post(&world.owner, "/v1/users", json!({"name": "app", "role": "approver"})).await.expect(201);
    let body = json!({"kind": "pat", "name": "m", "audience": [ISSUER], "scopes": ["clients:read", "clients:approve"], "subject": user.str("/id")});
    let approver = Bearer(world.issue(body).await.str("/token").to_owned());
    let path = format!("/v1/clients/{}", waiting.str("/client_id"));
    against(&world.post(&approver, &format!("{path}/approve"), json!({"version": 1})).await, "apps.approvers_approve");
    against(&world.post(&approver, &format!("{path}/reject"), json!({"version": 1, "reason": "no"})).await, "apps.approvers_approve");
    world.post(&world.owner, &format!("{path}/approve"), json!({"version": 1})).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_is_tried_before_it_holds() {
    let world = World::start().await;
    world.declare_orders().await;
    for (name, end) in [("a", json!(null)), ("b", json!(86_400)), ("c", json!(60))] {
        world.issue(json!({"kind": "svc", "name": name, "audience": [ORDERS], "expires_in": end})).await;
    }
    let wanted = json!({"kinds": {"svc": {"longest_seconds": 3600, "must_name_networks": true}, "key": {"must_end": true}}});
    let tried = world.post(&world.owner, "/v1/policy/preview", wanted).await.expect(200);
    let told: Vec<_> = tried.body["breaking"].as_array().expect("rules").clone();
    let brief: Vec<_> = told.iter().map(|one| (one["rule"].as_str().expect("a rule"), one["tokens"].as_u64().expect("a count"))).collect();
    assert_eq!(brief, [("kinds.svc.longest_seconds", 2), ("kinds.svc.must_name_networks", 3)]);
    for one in &told {
        let list = world.get(&world.owner, &format!("/v1/tokens?{}", one["query"].as_str().expect("a query"))).await.expect(200);
        assert_eq!(list.body["items"].as_array().map(|items| items.len() as u64), one["tokens"].as_u64(), "{one}");
    }
    assert_eq!(world.get(&world.owner, "/v1/policy").await.expect(200).body["version"], json!(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn people_and_apps_that_a_policy_would_touch_are_counted_too() {
    let world = World::start().await;
    world.declare_orders().await;
    let person = |name: &'static str, role: &'static str| world.post(&world.owner, "/v1/users", json!({"name": name, "role": role}));
    let dev = person("dev", "developer").await.expect(201);
    for (name, role) in [("second", "developer"), ("ann", "approver"), ("op", "operator")] {
        person(name, role).await.expect(201);
    }
    // One who is shut out is nobody to ask anything of.
    let shut = person("shut", "developer").await.expect(201);
    world
        .raw(&world.owner, "PATCH", &format!("/v1/users/{}", shut.str("/id")), json!({"version": 1, "disabled": true}).to_string())
        .await
        .expect(200);
    for scopes in [&["orders:read"][..], &["orders:write"], &["orders:read", "orders:write"]] {
        world.issue(json!({"kind": "pat", "name": "a", "audience": [ORDERS], "scopes": scopes, "subject": dev.str("/id")})).await;
    }
    let gone =
        world.issue(json!({"kind": "pat", "name": "a", "audience": [ORDERS], "scopes": ["orders:write"], "subject": dev.str("/id")})).await;
    world.post(&world.owner, &format!("/v1/tokens/{}/revoke", gone.str("/id")), json!({"reason": "unused"})).await.expect(200);
    for scope in ["catalogue:read", "orders:read"] {
        let app = json!({"metadata": {"grant_types": ["client_credentials"], "scope": scope}});
        world.post(&world.owner, "/v1/clients", app).await.expect(201);
    }
    let wanted = json!({
        "roles": {
            "developer": {"sensitive_scopes": true, "refused_scopes": ["orders:write"], "registers_apps": false, "second_factor": true},
            "operator": {"sensitive_scopes": true, "second_factor": true},
            "auditor": {"sensitive_scopes": true, "second_factor": true},
        },
        "apps": {"approved_at_once": "public", "approvers_approve": false},
    });
    let tried = world.post(&world.owner, "/v1/policy/preview", wanted).await.expect(200);
    let told: Vec<_> = tried.body["breaking"].as_array().expect("rules").iter().collect();
    let brief = |one: &&Value| {
        let counts = ["tokens", "people", "apps"].map(|name| one[name].as_u64().expect("a count"));
        (one["rule"].as_str().expect("a rule").to_owned(), counts)
    };
    let brief: Vec<_> = told.iter().map(brief).collect();
    let rule = |name: &str, counts: [u64; 3]| (name.to_owned(), counts);
    assert_eq!(
        brief,
        [
            rule("roles.operator.second_factor", [0, 1, 0]),
            rule("roles.developer.registers_apps", [0, 2, 0]),
            rule("roles.developer.second_factor", [0, 2, 0]),
            rule("roles.developer.refused_scopes", [2, 0, 0]),
            rule("apps.approvers_approve", [0, 1, 0]),
            rule("apps.approved_at_once", [0, 0, 1]),
        ]
    );
}
