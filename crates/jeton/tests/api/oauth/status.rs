//! `/oauth/status/{list}`: the states of JWTs, for whoever verifies them without asking.

use super::{
    forms::by,
    token::rig::{App, Rig, STOCK, claims},
};
use crate::world::{Anonymous, ISSUER, PATIENCE};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jeton_core::jose::{
    KeySet,
    verify::{Expected, verify_at},
};
use serde_json::{Value, json};

/// What a list says of a place: the specification's section 4.1, read independently of the code that writes it.
fn status_of(lst: &str, index: u64) -> u8 {
    let packed = URL_SAFE_NO_PAD.decode(lst).expect("base64url");
    let bytes = miniz_oxide::inflate::decompress_to_vec_zlib(&packed).expect("zlib");
    let at = usize::try_from(index).expect("an index");
    bytes[at / 4] >> (at % 4 * 2) & 3
}

async fn jwt(rig: &Rig, app: &App) -> (String, Value) {
    let fields = [("grant_type", "client_credentials"), ("scope", "stock:read"), ("resource", STOCK)];
    let token = rig.ask(app, &fields, &[]).await.expect(200).str("/access_token").to_owned();
    let reference = claims(&token)["status"]["status_list"].clone();
    (token, reference)
}

/// What the published list says of a token, once it says `wanted`, or at last.
async fn published(rig: &Rig, reference: &Value, wanted: u8) -> u8 {
    let path = reference["uri"].as_str().expect("a uri").strip_prefix(ISSUER).expect("below the issuer").to_owned();
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        let list = rig.get(&Anonymous, &path).await.expect(200);
        let said = status_of(claims(&list.text)["status_list"]["lst"].as_str().expect("lst"), reference["idx"].as_u64().expect("idx"));
        if said == wanted || tokio::time::Instant::now() > deadline {
            return said;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_signed_for_itself_and_may_be_kept() {
    let rig = Rig::start().await;
    let (_, reference) = jwt(&rig, &rig.app().await).await;
    let uri = reference["uri"].as_str().expect("a uri");
    assert_eq!(uri, format!("{ISSUER}/oauth/status/0"));
    let list = rig.get(&Anonymous, "/oauth/status/0").await.expect(200);
    assert_eq!((list.header("content-type"), list.header("access-control-allow-origin")), ("application/statuslist+jwt", "*"));
    let cached = list.header("cache-control").strip_prefix("public, max-age=").and_then(|age| age.parse::<u32>().ok());
    assert!(cached.is_some_and(|age| (1..=30).contains(&age)), "{}", list.header("cache-control"));
    let keys = rig.get(&Anonymous, "/oauth/jwks").await.expect(200);
    let (keys, _) = KeySet::parse(keys.text.as_bytes()).expect("keys");
    let expected = Expected { issuer: Some(ISSUER), audience: None, typ: Some("statuslist+jwt") };
    let report = verify_at(list.text.as_bytes(), &keys, &expected, rig.authority().now());
    let said = claims(&list.text);
    assert!(
        report.verified().is_some() || report.failures().all(|check| format!("{:?}", check.rule).contains("Aud")),
        "{:?}",
        report.checks
    );
    assert_eq!((&said["sub"], &said["status_list"]["bits"], &said["ttl"]), (&json!(uri), &json!(2), &json!(30)));
    assert!(said["exp"].as_i64() > said["iat"].as_i64(), "{said}");
    assert_eq!(rig.get(&Anonymous, "/oauth/status").await.expect(200).body["status_lists"], json!([uri]));
    for (path, status) in [
        ("/oauth/status/1", 404),
        ("/oauth/status/00", 404),
        ("/oauth/status/-1", 404),
        ("/oauth/status/99999999999", 404),
        ("/oauth/status/x", 404),
    ] {
        assert_eq!(rig.get(&Anonymous, path).await.status, status, "{path}");
    }
    let other = rig.request(&Anonymous, "GET", "/oauth/status/0").header("accept", "application/statuslist+cwt");
    assert_eq!(rig.send(other).await.status, 406);
    assert_eq!(rig.post(&Anonymous, "/oauth/status/0", json!({})).await.status, 405);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_follows_its_token_and_all_that_it_hangs_on() {
    let rig = Rig::start().await;
    let (app, other) = (rig.app().await, rig.app().await);
    let ((token, own), (_, second), (_, third)) = (jwt(&rig, &app).await, jwt(&rig, &app).await, jwt(&rig, &other).await);
    assert!(own["idx"] != second["idx"] && own["idx"] != third["idx"]);
    for reference in [&own, &second, &third] {
        assert_eq!(published(&rig, reference, 0).await, 0);
    }
    by(&rig, &app, "/oauth/revoke", &[("token", &token)]).await.expect(200);
    assert_eq!(published(&rig, &own, 1).await, 1, "revoked");
    let anchor = app.client.id.anchor();
    rig.post(&rig.owner, &format!("/v1/tokens/{anchor}/suspend"), json!({"reason": "tried"})).await.expect(200);
    assert_eq!(published(&rig, &second, 2).await, 2, "its client is suspended");
    assert_eq!(published(&rig, &own, 1).await, 1, "revoked stays revoked");
    rig.post(&rig.owner, &format!("/v1/tokens/{anchor}/resume"), json!({"reason": "tried"})).await.expect(200);
    assert_eq!(published(&rig, &second, 0).await, 0);
    rig.post(&rig.owner, &format!("/v1/tokens/{anchor}/revoke"), json!({"reason": "tried"})).await.expect(200);
    assert_eq!(published(&rig, &second, 1).await, 1);
    assert_eq!(published(&rig, &third, 0).await, 0, "another client's");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_does_to_the_database_brings_nothing_back() {
    let rig = Rig::start().await;
    let app = rig.app().await;
    let ((token, own), (_, second)) = (jwt(&rig, &app).await, jwt(&rig, &app).await);
    by(&rig, &app, "/oauth/revoke", &[("token", &token)]).await.expect(200);
    assert_eq!(published(&rig, &own, 1).await, 1);
    let url = rig.authority().config.database.url.clone();
    let (first, other) = (claims(&token)["jti"].as_str().expect("a jti").to_owned(), second["idx"].clone());
    jeton_store::testing::execute(&url, &format!("UPDATE tokens SET state = 'active' WHERE id = '{first}'")).await;
    // The next list is another one: something changed meanwhile, and its row is edited as well.
    let (third, place) = jwt(&rig, &app).await;
    by(&rig, &app, "/oauth/revoke", &[("token", &third)]).await.expect(200);
    let edit = format!("UPDATE tokens SET name = 'edited' WHERE id = (SELECT token FROM status_slots WHERE slot = {other})");
    assert_eq!(jeton_store::testing::execute(&url, &edit).await, 1);
    assert_eq!(published(&rig, &place, 1).await, 1);
    assert_eq!(published(&rig, &own, 1).await, 1, "what was dead stays dead");
    assert_eq!(published(&rig, &second, 1).await, 1, "nobody can say that this one is valid");
}
