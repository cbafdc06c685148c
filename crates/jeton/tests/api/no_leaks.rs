//! After a run no issued secret stands anywhere but in the answer that issued it: not in logs, files, refusals or metrics.

use crate::world::{Bearer, ORDERS, World, logged};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_leaves_its_answer() {
    let mut world = World::start().await;
    world.declare_orders().await;
    let keyed = world.request(&world.owner, "POST", "/v1/tokens").header("idempotency-key", "k");
    let body = json!({"kind": "pat", "name": "a", "audience": [ORDERS], "scopes": ["orders:read"]});
    let issued = world.send(keyed.json(&body)).await.expect(201);
    let token = issued.str("/token").to_owned();
    world.post(&Bearer(token.clone()), "/v1/self/derive", json!({"format": "jwt"})).await.expect(201);
    world.post(&world.owner, &format!("/v1/tokens/{}/rotate", issued.str("/id")), json!({"overlap_seconds": 60})).await.expect(201);
    // A secret in every place where it does not belong.
    world.get(&world.owner, &format!("/v1/tokens/{token}")).await.refused(400, "bad_field");
    world.get(&world.owner, &format!("/v1/tokens?hint={token}")).await;
    world.get(&world.owner, &format!("/nowhere/{token}")).await;
    for member in ["kind", "name", "subject", "project", "audience", "scopes", "expires_in", "networks", "routes", "limits", "metadata"] {
        world.post(&world.owner, "/v1/tokens", json!({ member: token })).await;
    }
    world.post(&world.owner, "/v1/tokens", json!({ token.as_str(): 1 })).await;
    world.post(&world.owner, "/v1/verify", json!({"token": token, "audience": token, "client_ip": token})).await;
    world.verify(&token, json!({"audience": ORDERS, "scopes": ["orders:write"]})).await;
    world.send(world.request(&world.owner, "POST", "/v1/tokens").header("idempotency-key", &token).json(&body)).await;
    let id = issued.str("/id").to_owned();
    let kept = refused_with_secrets(&world, &id, &token).await;
    let metrics = world.get(&world.owner, &format!("{}/metrics", world.ops)).await.expect(200).text;
    world.stop().await;

    let secrets = world.secrets.lock().clone();
    assert!(secrets.len() >= 4, "{}", secrets.len());
    let mut places = vec![("the log".to_owned(), logged()), ("metrics".to_owned(), metrics), ("what is kept of refusals".to_owned(), kept)];
    places.extend(world.refusals.lock().iter().map(|text| ("a refusal".to_owned(), text.clone())));
    let mut folders = vec![world.folder.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("folder") {
            let path = entry.expect("entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let bytes = std::fs::read(&path).expect("file");
                places.push((path.display().to_string(), String::from_utf8_lossy(&bytes).into_owned()));
            }
        }
    }
    for secret in &secrets {
        // The id in front is public; what follows it is not.
        let private = secret.get(24..).unwrap_or_default();
        for (place, text) in &places {
            assert!(!text.contains(private), "a secret stands in {place}");
        }
    }
}

/// Calls with the token where it does not belong: in a path, a scope, a user agent. Gives everything that the owner is shown of
/// them afterwards.
async fn refused_with_secrets(world: &World, id: &str, token: &str) -> String {
    let jwt = world.post(&Bearer(token.to_owned()), "/v1/self/derive", json!({"format": "jwt"})).await.expect(201).str("/token").to_owned();
    let path = format!("/v1/{token}/{}", "a".repeat(3000));
    let mut decisions = Vec::new();
    for about in [
        json!({"audience": ORDERS, "method": "DELETE", "path": path, "scopes": ["orders:write"]}),
        json!({"audience": ORDERS, "method": "DELETE", "path": format!("/x/{jwt}"), "scopes": ["orders:write"]}),
        json!({"audience": format!("https://{}.example/{token}", "elsewhere")}),
        json!({"audience": ORDERS, "scopes": [token]}),
    ] {
        let refused = world.verify(token, about).await;
        assert_eq!(refused.body["active"], json!(false), "{}", refused.text);
        decisions.push(refused.str("/decision_id").to_owned());
    }
    for agent in [format!("curl/8 {token}"), format!("Bearer {jwt}")] {
        let holder = Bearer(token.to_owned());
        world.send(world.request(&holder, "GET", "/v1/tokens").header("user-agent", agent)).await.expect(401);
    }
    let mut shown = String::new();
    for decision in decisions {
        shown.push_str(&world.get(&world.owner, &format!("/v1/decisions/{decision}")).await.expect(200).text);
    }
    for rest in ["", "/refusals"] {
        shown.push_str(&world.get(&world.owner, &format!("/v1/tokens/{id}{rest}")).await.expect(200).text);
    }
    let asked = json!({"audience": ORDERS, "method": "GET", "path": format!("/v1/{token}")});
    shown.push_str(&world.post(&world.owner, &format!("/v1/tokens/{id}/explain"), asked).await.expect(200).text);
    // What is public of it stays, so that its owner knows which one was written into an address.
    assert!(shown.contains(&format!("/v1/jtn_pat_{id}…")) && shown.contains("/x/eyJ…"), "{shown}");
    assert!(shown.len() < 40_000 && !shown.contains(&"a".repeat(1100)), "a path is kept whole");
    let signature = jwt.rsplit('.').next().expect("a signature");
    assert!(!shown.contains(signature), "{shown}");
    shown
}
