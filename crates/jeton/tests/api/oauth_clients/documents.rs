//! Client ID metadata documents and fetched keys, from a server on this machine, which the switch for development lets be called.

use super::with_apis;
use crate::world::{On, World};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jeton::oauth::{client_keys, clients};
use jeton_core::limits;
use jeton_store::client::{ClientSource, ClientState};
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

/// A server of one document.
pub(crate) struct Site {
    port: u16,
    document: Arc<Mutex<String>>,
    asked: Arc<AtomicUsize>,
}

impl Site {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
        let port = listener.local_addr().expect("an address").port();
        let (document, asked) = (Arc::new(Mutex::new(String::new())), Arc::new(AtomicUsize::new(0)));
        let (served, count) = (Arc::clone(&document), Arc::clone(&asked));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).await;
                count.fetch_add(1, Ordering::Relaxed);
                let body = served.lock().clone();
                let length = body.len();
                let head =
                    format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
                let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
            }
        });
        Self { port, document, asked }
    }
    pub(crate) fn id(&self) -> String {
        format!("http://127.0.0.1:{}/client.json", self.port)
    }
    pub(crate) fn serve(&self, document: &Value) {
        *self.document.lock() = document.to_string();
    }
}

async fn developing() -> World {
    let world = World::on(On::Sqlite, |config| config.oauth.development = true).await;
    with_apis(&world).await;
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_is_what_its_document_says_and_is_stored_when_it_is_used() {
    let (world, site) = (developing().await, Site::start().await);
    let id = site.id();
    site.serve(
        &json!({"client_id": id, "client_name": "Agent", "redirect_uris": ["http://127.0.0.1/back"], "scope": "orders:read orders:refund"}),
    );
    let authority = world.authority();
    let found = clients::find(authority, &id).await.expect("found").expect("a client");
    assert_eq!((found.client_id.as_str(), found.source, found.version), (id.as_str(), ClientSource::MetadataDocument, 0));
    assert_eq!(found.registration.scope.as_deref(), Some("orders:read"), "nothing sensitive without an operator");
    assert!(!found.is_vouched_for() && found.registration.redirects_to("http://127.0.0.1:9999/back"));
    clients::find(authority, &id).await.expect("found").expect("a client");
    assert_eq!(site.asked.load(Ordering::Relaxed), 1, "held");
    assert!(authority.store.find_client(&id).await.expect("looked up").0.is_none(), "looking is not using");
    let (kept, again) = tokio::join!(clients::keep(authority, &found), clients::keep(authority, &found));
    assert!(kept.is_ok() && again.is_ok(), "{kept:?} {again:?}");
    let kept = clients::find(authority, &id).await.expect("found").expect("a client");
    assert_eq!((kept.id, kept.version), (found.id, 1));
    assert_eq!(authority.store.find_client(&id).await.expect("looked up").0.map(|client| client.id), Some(found.id));
    let managed = format!("/v1/clients/{}", kept.id);
    world.post(&world.owner, &format!("{managed}/suspend"), json!({"reason": "x"})).await.expect(200);
    let suspended = clients::find(authority, &id).await.expect("found").expect("a client");
    assert_eq!(suspended.state, ClientState::Suspended, "whatever its document says");
    world.send(world.request(&world.owner, "DELETE", &managed)).await.expect(204);
    let removed = clients::find(authority, &id).await.expect("found").expect("its document is still there");
    assert!(clients::keep(authority, &removed).await.is_err(), "what an operator removed does not come back by itself");
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_that_are_not_as_they_should_be_make_no_client() {
    let world = developing().await;
    for document in [
        json!({"client_id": "http://127.0.0.1:1/other", "redirect_uris": ["http://127.0.0.1/back"]}),
        json!({"redirect_uris": ["http://127.0.0.1/back"]}),
        json!({"client_id": "ID", "redirect_uris": ["http://127.0.0.1/back"], "client_secret": "x"}),
        json!({"client_id": "ID", "redirect_uris": ["http://127.0.0.1/back"], "token_endpoint_auth_method": "client_secret_basic"}),
        json!({"client_id": "ID", "redirect_uris": ["http://evil.example/"]}),
        json!({"client_id": "ID", "redirect_uris": ["http://127.0.0.1/back"], "x": "x".repeat(limits::METADATA_DOCUMENT_MAX)}),
        json!(["ID"]),
    ] {
        let site = Site::start().await;
        let id = site.id();
        *site.document.lock() = document.to_string().replace("\"ID\"", &format!("\"{id}\""));
        let refused = clients::find(world.authority(), &id).await.expect_err("refused");
        assert_eq!(refused.status(), 400, "{document}: {}", refused.description);
        assert!(!refused.description.contains("evil"), "{}", refused.description);
    }
    for id in [
        "http://127.0.0.1:1/".to_owned(),
        "http://127.0.0.1:1".to_owned(),
        "http://10.0.0.1/client.json".to_owned(),
        "http://app.example/client.json".to_owned(),
        "https://user@app.example/client.json".to_owned(),
        "https://app.example/a/../client.json".to_owned(),
        "https://app.example/client.json#x".to_owned(),
        "https://APP.example/client.json".to_owned(),
        "file:///etc/passwd".to_owned(),
        "app_short".to_owned(),
        String::new(),
        format!("https://app.example/{}", "a".repeat(5000)),
    ] {
        assert!(clients::find(world.authority(), &id).await.expect("no fault").is_none(), "{id}");
    }
    for id in ["https://169.254.169.254/latest", "https://[::1]:1/x", "https://[::ffff:10.0.0.1]/x"] {
        let outcome = clients::find(world.authority(), id).await;
        assert!(outcome.as_ref().is_err() || outcome.as_ref().is_ok_and(Option::is_none), "{id}: {outcome:?}");
    }
    let off = World::on(On::Sqlite, |config| (config.oauth.development, config.oauth.metadata_documents) = (true, false)).await;
    assert!(clients::find(off.authority(), &Site::start().await.id()).await.expect("no fault").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_fetched_once_and_again_for_one_that_is_not_known() {
    let (world, site) = (developing().await, Site::start().await);
    let key =
        |kid: &str| json!({"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": kid, "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
    site.serve(&json!({"keys": [key("one")]}));
    let metadata = json!({"grant_types": ["client_credentials"], "token_endpoint_auth_method": "private_key_jwt", "jwks_uri": site.id()});
    let told = world.post(&world.owner, "/v1/clients", json!({"metadata": metadata, "approve": true})).await.expect(201);
    assert!(told.body.get("client_secret").is_none());
    let authority = world.authority();
    let client = clients::find(authority, told.str("/client_id")).await.expect("found").expect("a client");
    assert_eq!(client_keys::of(authority, &client, None).await.expect("fetched").len(), 1);
    site.serve(&json!({"keys": [key("one"), {"kty": "EC"}]}));
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let jwt = format!("{}.{}.AAAA", part(json!({"alg": "EdDSA", "kid": "two"})), part(json!({})));
    for _ in 0..5 {
        assert!(client_keys::for_jwt(authority, &client, None, &jwt).await.expect("held").find("two").is_none());
    }
    assert_eq!(site.asked.load(Ordering::Relaxed), 1, "not again within half a minute");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_memory_of_clients_follows_what_is_done_to_them() {
    let world = World::start().await;
    let made = world.post(&world.owner, "/v1/clients", json!({"metadata": super::web_app(), "approve": true})).await.expect(201);
    let (authority, id) = (world.authority(), made.str("/client_id"));
    for _ in 0..3 {
        assert_eq!(clients::find(authority, id).await.expect("found").expect("a client").state, ClientState::Approved);
        world.post(&world.owner, &format!("/v1/clients/{id}/suspend"), json!({})).await.expect(200);
        assert_eq!(clients::find(authority, id).await.expect("found").expect("a client").state, ClientState::Suspended);
        world.post(&world.owner, &format!("/v1/clients/{id}/resume"), json!({})).await.expect(200);
    }
    world.send(world.request(&world.owner, "DELETE", &format!("/v1/clients/{id}"))).await.expect(204);
    assert!(clients::find(authority, id).await.expect("no fault").is_none());
}
