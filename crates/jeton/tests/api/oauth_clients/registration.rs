//! `/oauth/register`: clients that register themselves (RFC 7591, RFC 7592).

use super::{refused, web_app, with_apis};
use crate::world::{Anonymous, Bearer, On, Reply, World};
use jeton::config::RegistrationRule;
use serde_json::{Value, json};

async fn with_rule(rule: RegistrationRule) -> World {
    let world = World::on(On::Sqlite, |config| config.oauth.registration = rule).await;
    with_apis(&world).await;
    world
}

async fn register(world: &World, metadata: Value) -> Reply {
    world.post(&Anonymous, "/oauth/register", metadata).await
}

/// A client's own address and the token for it.
fn own(told: &Reply) -> (String, Bearer) {
    (format!("/oauth/register/{}", told.str("/client_id")), Bearer(told.str("/registration_access_token").to_owned()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_registers_within_limits() {
    let world = with_rule(RegistrationRule::Open).await;
    let mut agent = web_app();
    agent["redirect_uris"] = json!(["http://localhost:54212/callback"]);
    agent["token_endpoint_auth_method"] = json!("none");
    agent["scope"] = json!("orders:read orders:refund openid unknown:scope clients:approve");
    agent["x_something"] = json!({"deep": [1, 2]});
    let told = register(&world, agent).await.expect(201);
    assert_eq!((told.str("/jeton_state"), told.str("/scope")), ("approved", "openid orders:read"), "{}", told.text);
    assert_eq!(
        told.str("/jeton_pending/scope"),
        "openid orders:read orders:refund",
        "what is sensitive waits; what is unknown is left out"
    );
    assert_eq!((told.str("/application_type"), told.body.get("client_secret"), told.header("cache-control")), ("native", None, "no-store"));
    assert!(told.body.get("x_something").is_none() && told.body["client_id_issued_at"].as_i64() > Some(1_600_000_000));
    assert!(told.str("/registration_client_uri").ends_with(&format!("/oauth/register/{}", told.str("/client_id"))));
    let seen = world.get(&world.owner, &format!("/v1/clients/{}", told.str("/client_id"))).await.expect(200);
    assert_eq!((seen.str("/source"), &seen.body["vouched_for"]), ("dynamic", &json!(false)));
    assert!(!seen.text.contains(told.str("/registration_access_token")));

    let (path, access) = own(&told);
    let shown = world.get(&access, &path).await.expect(200);
    assert_eq!((shown.str("/client_id"), shown.str("/registration_access_token")), (told.str("/client_id"), access.0.as_str()));
    for wrong in [Bearer("x".repeat(43)), Bearer(String::new()), world.owner.clone()] {
        refused(&world.get(&wrong, &path).await, 401, "invalid_token");
    }
    refused(&world.get(&Anonymous, &path).await, 401, "invalid_token");
    let unknown = world.get(&access, "/oauth/register/app_000000000000").await;
    let wrong = world.get(&Bearer("x".repeat(43)), &path).await;
    assert_eq!((unknown.status, &unknown.text), (wrong.status, &wrong.text), "an unknown client reads like a wrong token");
    world.send(world.request(&access, "DELETE", &path)).await.expect(204);
    refused(&world.get(&access, &path).await, 401, "invalid_token");
    refused(&world.send(world.request(&access, "DELETE", &path)).await, 401, "invalid_token");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_chooses_a_client_id() {
    let world = with_rule(RegistrationRule::Open).await;
    let person = world.post(&world.owner, "/v1/users", json!({"name": "ada"})).await.expect(201);
    let own = person.str("/id").to_owned();
    assert!(own.starts_with("usr_"), "{own}");
    let service = |id: &str| json!({"client_id": id, "client_name": "One", "grant_types": ["client_credentials"], "scope": "orders:read"});
    for id in [own.as_str(), "https://evil.example/client.json", "app_000000000000"] {
        let told = register(&world, service(id)).await.expect(201);
        let managed = json!({"metadata": service(id), "approve": true});
        let managed = world.post(&world.owner, "/v1/clients", managed).await.expect(201);
        for given in [told.str("/client_id"), managed.str("/client_id")] {
            assert!(given.starts_with("app_") && given != id, "{given}");
        }
        let found = jeton::oauth::clients::find(world.authority(), id).await;
        assert!(!matches!(found, Ok(Some(_))), "{id} has become a client");
    }
    // What a client does for itself is done by no person.
    let told = register(&world, service(&own)).await.expect(201);
    let request = world.request(&Anonymous, "POST", "/oauth/token").basic_auth(told.str("/client_id"), Some(told.str("/client_secret")));
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    let issued = world.send(request.body("grant_type=client_credentials&scope=orders:read")).await.expect(200);
    let seen = world.verify(issued.str("/access_token"), json!({})).await;
    assert_eq!((seen.str("/subject"), seen.body["active"].as_bool()), (told.str("/client_id"), Some(true)), "{}", seen.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_operator_approved_changes_only_by_approval() {
    let world = with_rule(RegistrationRule::Approval).await;
    let told = register(&world, json!({"redirect_uris": ["https://a.example/1", "https://a.example/2"], "scope": "orders:read"}))
        .await
        .expect(201);
    assert_eq!(told.str("/jeton_state"), "pending");
    let (path, access) = own(&told);
    let managed = format!("/v1/clients/{}", told.str("/client_id"));
    world.post(&world.owner, &format!("{managed}/approve"), json!({"version": 1})).await.expect(200);
    let id = told.str("/client_id");
    let put = async |body: Value| world.send(world.request(&access, "PUT", &path).json(&body)).await;
    refused(&put(json!({"redirect_uris": ["https://a.example/1"]})).await, 400, "invalid_client_metadata");
    let evil =
        json!({"client_id": id, "redirect_uris": ["https://a.example/1", "https://evil.example/"], "scope": "orders:read orders:write"});
    let changed = put(evil).await.expect(200);
    assert_eq!(changed.body["redirect_uris"], json!(["https://a.example/1"]), "what was given up is gone at once");
    assert_eq!((changed.str("/jeton_state"), changed.str("/scope")), ("approved", "orders:read"));
    assert_eq!(changed.body["jeton_pending"]["redirect_uris"], json!(["https://a.example/1", "https://evil.example/"]));
    world.post(&world.owner, &format!("{managed}/reject"), json!({"version": 3, "reason": "not yours"})).await.expect(200);
    let shown = world.get(&access, &path).await.expect(200);
    assert_eq!((shown.str("/jeton_reason"), shown.body.get("jeton_pending")), ("not yours", None));
    refused(
        &put(json!({"client_id": id, "client_secret": "chosen", "redirect_uris": ["https://a.example/1"]})).await,
        400,
        "invalid_client_metadata",
    );
    let own_secret = told.str("/client_secret");
    put(json!({"client_id": id, "client_secret": own_secret, "redirect_uris": ["https://a.example/1"], "scope": "orders:read"}))
        .await
        .expect(200);
    world.post(&world.owner, &format!("{managed}/suspend"), json!({})).await.expect(200);
    refused(&put(json!({"client_id": id, "redirect_uris": ["https://a.example/1"]})).await, 403, "access_denied");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rule_decides_who_registers() {
    let world = with_rule(RegistrationRule::Off).await;
    refused(&register(&world, web_app()).await, 403, "access_denied");
    let world = with_rule(RegistrationRule::InitialAccessToken).await;
    let none = register(&world, web_app()).await;
    refused(&none, 401, "invalid_token");
    assert!(none.header("www-authenticate").contains("clients:register"));
    refused(&world.post(&Bearer("garbage".into()), "/oauth/register", web_app()).await, 401, "invalid_token");
    let other = world.manager(&["clients:read"]).await;
    refused(&world.post(&other, "/oauth/register", web_app()).await, 403, "insufficient_scope");
    let initial = world.manager(&["clients:register"]).await;
    let told = world.post(&initial, "/oauth/register", web_app()).await.expect(201);
    assert_eq!(told.str("/jeton_state"), "approved");
    let open = with_rule(RegistrationRule::Open).await;
    refused(&open.post(&Bearer("garbage".into()), "/oauth/register", web_app()).await, 401, "invalid_token");
    let mut last = 0;
    for _ in 0..=jeton_core::limits::REGISTRATIONS_PER_HOUR {
        last = register(&open, web_app()).await.status;
    }
    assert_eq!(last, 429, "one network does not register without end");
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_metadata_is_refused_and_never_a_fault_of_the_server() {
    let world = with_rule(RegistrationRule::Open).await;
    for (metadata, code) in [
        (json!({"redirect_uris": ["http://app.example/back"]}), "invalid_redirect_uri"),
        (json!({"redirect_uris": ["https://app.example/#x"]}), "invalid_redirect_uri"),
        (json!({"redirect_uris": ["https://*.example/"]}), "invalid_redirect_uri"),
        (json!({"redirect_uris": ["javascript:alert(1)"]}), "invalid_redirect_uri"),
        (json!({}), "invalid_redirect_uri"),
        (json!({"redirect_uris": ["https://a.example/"], "grant_types": ["password"]}), "invalid_client_metadata"),
        (json!({"redirect_uris": ["https://a.example/"], "jwks_uri": "https://169.254.169.254/"}), "-"),
        (
            json!({"redirect_uris": ["https://a.example/"], "subject_type": "pairwise", "sector_identifier_uri": "https://169.254.169.254/"}),
            "invalid_client_metadata",
        ),
        (
            json!({"redirect_uris": ["https://a.example/"], "subject_type": "pairwise", "sector_identifier_uri": "https://localhost:1/"}),
            "invalid_client_metadata",
        ),
        (json!({"redirect_uris": ["https://a.example/"], "client_name": "a\u{202e}b"}), "invalid_client_metadata"),
    ] {
        let reply = register(&world, metadata.clone()).await;
        if code == "-" {
            assert_eq!(reply.status, 201, "it is looked at when it is fetched: {metadata}");
        } else {
            refused(&reply, 400, code);
        }
    }
    for body in ["", "[]", "{", "null", "{\"redirect_uris\":[\"https://a.example/\"],\"redirect_uris\":[]}", "\u{feff}{}"] {
        refused(&world.raw(&Anonymous, "POST", "/oauth/register", body.to_owned()).await, 400, "invalid_client_metadata");
    }
    let deep = format!("{{\"x\":{}1{}}}", "[".repeat(200), "]".repeat(200));
    refused(&world.raw(&Anonymous, "POST", "/oauth/register", deep).await, 400, "invalid_client_metadata");
    let huge = json!({"redirect_uris": ["https://a.example/"], "x": "x".repeat(jeton_core::limits::CLIENT_METADATA_MAX)});
    refused(&register(&world, huge).await, 413, "invalid_client_metadata");
    let form = world.request(&Anonymous, "POST", "/oauth/register").header("content-type", "text/plain").body("{}");
    refused(&world.send(form).await, 415, "invalid_client_metadata");
    refused(&world.get(&Anonymous, "/oauth/register").await, 405, "invalid_request");
    let access = Bearer("x".repeat(10_000));
    refused(&world.get(&access, "/oauth/register/app_000000000000").await, 401, "invalid_token");
    refused(&world.get(&Anonymous, "/oauth/register/%00%ff").await, 401, "invalid_token");
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_count_as_registrations_do() {
    let world = with_rule(RegistrationRule::Open).await;
    let told = register(&world, web_app()).await.expect(201);
    let (path, access) = own(&told);
    let mut metadata = web_app();
    metadata["client_id"] = json!(told.str("/client_id"));
    let change = async || world.send(world.request(&access, "PUT", &path).json(&metadata)).await;
    let mut done = 1;
    let last = loop {
        let reply = change().await;
        if reply.status != 200 {
            break reply;
        }
        done += 1;
        assert!(done <= jeton_core::limits::REGISTRATIONS_PER_HOUR, "nothing bounds it");
    };
    assert_eq!((last.status, done), (429, jeton_core::limits::REGISTRATIONS_PER_HOUR));
    assert!(!last.header("retry-after").is_empty(), "{}", last.text);
    // Whoever cannot prove to be the client learns nothing of that.
    refused(&world.send(world.request(&Bearer("x".repeat(43)), "PUT", &path).json(&metadata)).await, 401, "invalid_token");
    assert_eq!(register(&world, web_app()).await.status, 429, "both are counted together");
    world.get(&access, &path).await.expect(200);
}
