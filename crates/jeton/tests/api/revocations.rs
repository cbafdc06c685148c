//! Revoking many at once, over HTTP: what it ends, what it leaves, and what it refuses.

use crate::{
    oauth::{
        forms::introspect,
        token::rig::{App, Rig, STOCK, claims},
    },
    world::{Anonymous, Bearer, ORDERS, On, Reply, World},
};
use jeton_core::{
    jose::KeySet,
    name::Audience,
    oauth::registration::AuthMethod,
    timestamp::{Span, Timestamp},
};
use serde_json::{Value, json};

async fn revoke(world: &World, body: Value) -> Reply {
    world.post(&world.owner, "/v1/revocations", body).await
}

async fn says(world: &World, token: &Reply) -> String {
    world.verify(token.str("/token"), json!({"audience": ORDERS})).await.str("/code").to_owned()
}

async fn issue(world: &World, more: Value) -> Reply {
    let mut body = json!({"kind": "pat", "name": "a", "audience": [ORDERS], "scopes": ["orders:read"]});
    body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    world.issue(body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_of_a_subject_dies_and_what_is_issued_later_lives() {
    for engine in [On::Sqlite, On::Postgres] {
        let world = World::on(engine, |_| {}).await;
        world.declare_orders().await;
        let (one, two) = (issue(&world, json!({"subject": "robot/7"})).await, issue(&world, json!({"subject": "robot/7"})).await);
        let other = issue(&world, json!({"subject": "robot/8"})).await;
        for token in [&one, &two, &other] {
            assert_eq!(says(&world, token).await, "ok", "it is in memory now");
        }
        let planned = revoke(&world, json!({"subject": "robot/7", "dry_run": true})).await.expect(200);
        assert_eq!((&planned.body["tokens"], &planned.body["dry_run"], &planned.body["revision"]), (&json!(2), &json!(true), &json!(0)));
        assert_eq!(says(&world, &one).await, "ok", "nothing was done");
        let done = revoke(&world, json!({"subject": "robot/7", "reason": "leaked", "wait": true})).await.expect(200);
        assert_eq!(
            (done.str("/what"), done.str("/value"), &done.body["everywhere"]),
            ("subject", "robot/7", &json!(true)),
            "{}",
            done.text
        );
        assert_eq!(done.header("jeton-revision"), done.body["revision"].to_string());
        for token in [&one, &two] {
            assert_eq!(says(&world, token).await, "revoked");
            let shown = world.get(&world.owner, &format!("/v1/tokens/{}", token.str("/id"))).await.expect(200);
            assert_eq!((shown.str("/status"), shown.str("/reason")), ("revoked", "leaked"));
        }
        assert_eq!(says(&world, &other).await, "ok");
        assert_eq!(says(&world, &issue(&world, json!({"subject": "robot/7"})).await).await, "ok");
        let listed = world.get(&world.owner, "/v1/tokens?state=revoked").await.expect(200);
        assert_eq!(listed.body["items"].as_array().map(Vec::len), Some(2), "{}", listed.text);
        let cuts = world.get(&world.owner, "/v1/revocations").await.expect(200);
        assert_eq!(
            (cuts.str("/items/0/what"), cuts.str("/items/0/reason"), cuts.body["items"].as_array().map(Vec::len)),
            ("subject", "leaked", Some(1))
        );
        let audit = world.get(&world.owner, "/v1/audit?action=token.cut").await.expect(200);
        assert!(audit.text.contains("robot/7"), "{}", audit.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_and_an_instant_narrow_it() {
    let world = World::start().await;
    world.declare_orders().await;
    let project = world.post(&world.owner, "/v1/projects", json!({"name": "p"})).await.expect(201);
    let old = issue(&world, json!({"kind": "key", "project": project.str("/id")})).await;
    let between = world.authority().now().plus(Span::from_micros(1));
    let young = issue(&world, json!({"kind": "key", "project": project.str("/id")})).await;
    let elsewhere = issue(&world, json!({"kind": "key"})).await;
    let done = revoke(&world, json!({"project": project.str("/id"), "issued_before": between})).await.expect(200);
    assert_eq!(done.body["tokens"], json!(1), "{}", done.text);
    assert_eq!(
        (says(&world, &old).await, says(&world, &young).await, says(&world, &elsewhere).await),
        ("revoked".into(), "ok".into(), "ok".into())
    );
    revoke(&world, json!({"project": project.str("/id")})).await.expect(200);
    assert_eq!((says(&world, &young).await, says(&world, &elsewhere).await), ("revoked".into(), "ok".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_derived_token_dies_with_its_parent() {
    let world = World::start().await;
    world.declare_orders().await;
    let parent = issue(&world, json!({"subject": "robot/7"})).await;
    let child =
        world.post(&Bearer(parent.str("/token").to_owned()), "/v1/self/derive", json!({"name": "c", "expires_in": 60})).await.expect(201);
    assert_eq!(says(&world, &child).await, "ok");
    revoke(&world, json!({"subject": "robot/7"})).await.expect(200);
    assert_eq!(says(&world, &child).await, "revoked");
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_spares_whoever_asks_unless_that_is_meant() {
    let world = World::start().await;
    world.declare_orders().await;
    let token = issue(&world, json!({})).await;
    let refused = revoke(&world, json!({"everything": true})).await;
    assert_eq!((refused.status, refused.str("/code")), (409, "conflict"));
    assert!(refused.str("/fix").contains("include_caller"), "{}", refused.text);
    assert_eq!(says(&world, &token).await, "ok");
    let fresh = world.manager(&["tokens:revoke"]).await;
    let between = world.authority().now();
    world.post(&fresh, "/v1/revocations", json!({"everything": true, "issued_before": between})).await.refused(409, "conflict");
    let done = revoke(&world, json!({"everything": true, "include_caller": true})).await.expect(200);
    assert!(done.body["tokens"].as_u64() >= Some(3), "{}", done.text);
    world.get(&world.owner, "/v1/self").await.refused(401, "revoked");
    world.get(&fresh, "/v1/self").await.refused(401, "revoked");
}

async fn from_code(rig: &Rig, app: &App) -> Reply {
    let code = rig.code(app, |_| {}).await;
    rig.exchange(app, &code, &[]).await.expect(200)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clients_tokens_die_and_its_registration_goes_on() {
    let rig = Rig::start().await;
    let (app, other) = (rig.app().await, rig.app().await);
    let (tokens, others) = (from_code(&rig, &app).await, from_code(&rig, &other).await);
    let unused = rig.code(&app, |_| {}).await;
    let done = revoke(&rig, json!({"client": app.client.id.to_string(), "reason": "leaked"})).await.expect(200);
    assert_eq!((done.str("/what"), done.str("/value")), ("client", app.client.client_id.as_str()));
    let code = async |reply: &Reply| rig.verify(reply.str("/access_token"), json!({"audience": ORDERS})).await.str("/code").to_owned();
    assert_eq!((code(&tokens).await, code(&others).await), ("revoked".into(), "ok".into()));
    let refreshed = rig.refresh(&app, tokens.str("/refresh_token"), &[]).await;
    assert_eq!((refreshed.status, refreshed.str("/error")), (400, "invalid_grant"), "{}", refreshed.text);
    assert_eq!(rig.exchange(&app, &unused, &[]).await.status, 400, "a code of before");
    assert_eq!(code(&from_code(&rig, &app).await).await, "ok", "the app goes on");
    revoke(&rig, json!({"client": "app_000000000000"})).await.refused(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_persons_tokens_are_introspected_as_dead() {
    let rig = Rig::start().await;
    let app = rig.app().await;
    let tokens = from_code(&rig, &app).await;
    let done = revoke(&rig, json!({"subject": rig.user.to_string()})).await.expect(200);
    assert_eq!(done.body["sessions_ended"], json!(0), "{}", done.text);
    let inspector =
        rig.register(AuthMethod::ClientSecretPost, |client| client.policy.introspects = vec![Audience::parse(ORDERS).expect("uri")]).await;
    for token in ["/access_token", "/refresh_token"] {
        assert_eq!(introspect(&rig, &inspector, tokens.str(token)).await.body, json!({"active": false}));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signing_key_is_taken_back_with_all_that_it_signed() {
    let rig = Rig::start().await;
    let app = rig.app().await;
    let fields = [("grant_type", "client_credentials"), ("scope", "stock:read"), ("resource", STOCK)];
    let jwt = async || rig.ask(&app, &fields, &[]).await.expect(200);
    let old = jwt().await.str("/access_token").to_owned();
    let code = async |token: &str| rig.verify(token, json!({"audience": STOCK})).await.str("/code").to_owned();
    assert_eq!(code(&old).await, "ok");
    let kids = async || {
        let jwks = rig.get(&Anonymous, "/oauth/jwks").await.expect(200);
        KeySet::parse(jwks.text.as_bytes()).expect("keys").0.iter().map(|key| key.kid().to_owned()).collect::<Vec<_>>()
    };
    let keys = rig.get(&rig.owner, "/v1/keys").await.expect(200);
    let signing = keys.body["items"].as_array().expect("keys").iter().find(|key| key["stage"] == "signing" && key["algorithm"] == "ES256");
    let kid = signing.expect("one signs")["kid"].as_str().expect("a kid").to_owned();
    let narrow = rig.manager(&["tokens:revoke"]).await;
    rig.post(&narrow, "/v1/revocations", json!({"signing_key": kid})).await.refused(403, "wider_than_caller");
    let planned = revoke(&rig, json!({"signing_key": kid, "dry_run": true})).await.expect(200);
    assert!(planned.body["dry_run"] == json!(true) && kids().await.contains(&kid));
    let done = revoke(&rig, json!({"signing_key": kid, "reason": "leaked", "wait": 5})).await.expect(200);
    assert_eq!((done.str("/what"), &done.body["everywhere"]), ("signing_key", &json!(true)), "{}", done.text);
    assert!(!kids().await.contains(&kid));
    assert_eq!(code(&old).await, "unknown", "nobody can tell any more who signed it");
    // Whoever looks at it is told what became of it, here and where only the status list is known.
    let (id, younger) = (claims(&old)["jti"].as_str().expect("a jti").to_owned(), jwt().await.str("/access_token").to_owned());
    let shown = rig.get(&rig.owner, &format!("/v1/tokens/{id}")).await.expect(200);
    assert_eq!((shown.str("/state"), shown.str("/reason")), ("revoked", "leaked"), "{}", shown.text);
    let listed = async |state: &str| rig.get(&rig.owner, &format!("/v1/tokens?state={state}&limit=100")).await.expect(200).text;
    assert!(listed("revoked").await.contains(&id) && !listed("active").await.contains(&id));
    let younger = claims(&younger)["jti"].as_str().expect("a jti").to_owned();
    assert!(listed("active").await.contains(&younger) && !listed("revoked").await.contains(&younger));
    let place = claims(&old)["status"]["status_list"]["idx"].as_u64().and_then(|idx| u32::try_from(idx).ok()).expect("a place");
    let dead = rig.authority().store.status_list_at(0, rig.authority().now()).await.expect("read").expect("a list");
    assert_eq!(dead, [(place, jeton_core::oauth::status_list::Status::Invalid)]);
    assert_eq!(code(jwt().await.str("/access_token")).await, "ok", "another key signs");
    revoke(&rig, json!({"signing_key": kid})).await.refused(404, "not_found");
    revoke(&rig, json!({"signing_key": kid, "issued_before": Timestamp::from_seconds(0)})).await.refused(400, "bad_field");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_one_thing_is_refused() {
    let world = World::start().await;
    let ahead = world.authority().now().plus(Span::from_hours(1));
    for (body, field) in [
        (json!({}), "subject"),
        (json!({"subject": "a", "everything": true}), "subject"),
        (json!({"subject": ""}), "subject"),
        (json!({"subject": "a b"}), "subject"),
        (json!({"client": ""}), "client"),
        (json!({"client": "a b"}), "client"),
        (json!({"project": "nonsense"}), "project"),
        (json!({"subject": "a", "issued_before": ahead}), "issued_before"),
        (json!({"subject": "a", "issued_before": "yesterday"}), "issued_before"),
        (json!({"subject": "a", "reason": "Not A Word"}), "reason"),
        (json!({"subject": "a", "comment": "\u{7}"}), "comment"),
        (json!({"subject": "a", "wait": 0}), "wait"),
        (json!({"subject": "a", "nonsense": 1}), "nonsense"),
    ] {
        let reply = revoke(&world, body.clone()).await;
        assert_eq!((reply.status, reply.str("/field")), (400, field), "{body}: {}", reply.text);
    }
    revoke(&world, json!({"project": "prj_000000000000"})).await.refused(404, "not_found");
    revoke(&world, json!({"signing_key": "nobody's"})).await.refused(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_organisation_cuts_nothing_here() {
    let world = World::start().await;
    world.declare_orders().await;
    let token = issue(&world, json!({"subject": "robot/7"})).await;
    let added = world.post(&world.owner, "/v1/organisations", json!({"name": "other"})).await.expect(201);
    let foreign = Bearer(added.str("/owner_token/token").to_owned());
    world.post(&foreign, "/v1/revocations", json!({"subject": "robot/7"})).await.expect(200);
    assert_eq!(says(&world, &token).await, "ok");
    let kid = world.get(&world.owner, "/v1/keys").await.expect(200).str("/items/0/kid").to_owned();
    world.post(&foreign, "/v1/revocations", json!({"signing_key": kid})).await.refused(404, "not_found");
    let own = world.get(&world.owner, "/v1/revocations").await.expect(200);
    assert_eq!(own.body["items"], json!([]), "{}", own.text);
    assert_eq!(world.get(&foreign, "/v1/revocations").await.expect(200).body["items"].as_array().map(Vec::len), Some(1));
}
