//! Rotations: overlaps with a fixed end, overlaps until nobody uses the old secret, and overlaps that are ended at once.

use crate::world::{ORDERS, World};
use serde_json::json;

async fn said(world: &World, token: &str) -> String {
    let reply = world.verify(token, json!({"audience": ORDERS})).await;
    if reply.body["active"] == json!(true) { "ok".to_owned() } else { reply.str("/code").to_owned() }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_overlap_until_silence_shows_who_uses_the_old_secret_and_is_ended_at_once() {
    let world = World::start().await;
    world.declare_orders().await;
    let issued = world.issue(json!({"kind": "pat", "name": "t", "audience": [ORDERS], "scopes": ["orders:read"]})).await;
    let (old, path) = (issued.str("/token").to_owned(), format!("/v1/tokens/{}", issued.str("/id")));
    let rotate = async |body| world.post(&world.owner, &format!("{path}/rotate"), body).await;
    for (body, field) in [
        (json!({"overlap": "until_silent", "overlap_seconds": 60}), "overlap_seconds"),
        (json!({"overlap": "until_silent", "quiet_seconds": 59}), "quiet_seconds"),
        (json!({"overlap": "until_silent", "quiet_seconds": 2_592_001}), "quiet_seconds"),
        (json!({"quiet_seconds": 7200}), "quiet_seconds"),
        (json!({"overlap_seconds": 2_592_001}), "overlap_seconds"),
    ] {
        let refused = rotate(body.clone()).await;
        assert_eq!((refused.status, refused.str("/field")), (400, field), "{body}: {}", refused.text);
    }
    assert_eq!(rotate(json!({"overlap": "for_ever"})).await.status, 400);
    let rotated = rotate(json!({"overlap": "until_silent", "quiet_seconds": 7200})).await.expect(201);
    assert_eq!(rotated.body["previous_secret"]["quiet_seconds"], json!(7200), "{}", rotated.text);
    let new = rotated.str("/token").to_owned();
    assert_eq!((said(&world, &old).await, said(&world, &new).await), ("ok".to_owned(), "ok".to_owned()));
    let shown = world.get(&world.owner, &path).await.expect(200);
    assert!(shown.body["previous_secret"]["last_used_at"].is_string(), "{}", shown.text);
    assert_eq!(shown.body["previous_secret"]["quiet_seconds"], json!(7200));

    let ended = world.post(&world.owner, &format!("{path}/end-overlap"), json!({})).await.expect(200);
    assert!(ended.body["previous_secret"].is_null() && !ended.header("jeton-revision").is_empty(), "{}", ended.text);
    assert_eq!((said(&world, &old).await, said(&world, &new).await), ("revoked".to_owned(), "ok".to_owned()));
    world.post(&world.owner, &format!("{path}/end-overlap"), json!({})).await.refused(409, "conflict");

    let client = json!({"metadata": {"grant_types": ["client_credentials"]}, "approve": true});
    let client = world.post(&world.owner, "/v1/clients", client).await.expect(201);
    let path = format!("/v1/clients/{}/rotate-secret", client.str("/client_id"));
    let refused = world.post(&world.owner, &path, json!({"overlap": "until_silent"})).await.expect(400);
    assert!(refused.text.contains("overlap"), "{}", refused.text);
}
