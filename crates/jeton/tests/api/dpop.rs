//! Tokens that are bound to a key, at every door: the own proxy, the questions of proxies, the guard of the authority itself and
//! `/v1/verify`. The right proof passes; everything else is refused with the challenge that says what is missing.

use crate::{
    oauth::token::{
        key::{Key, now},
        rig::{App, Rig, STOCK, VERIFIER},
    },
    upstream,
    world::{ISSUER, ORDERS, On, Reply, User},
};
use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jeton_core::scope::ScopeSet;
use reqwest::RequestBuilder;
use serde_json::{Value, json};

/// A credential as it stands in its field.
struct Presented(String);

impl User for Presented {
    fn credential(&self) -> Option<String> {
        Some(self.0.clone())
    }
}

/// A bound token, and a door that it is presented at.
struct Door<'r> {
    rig: &'r Rig,
    key: &'r Key,
    token: String,
    /// The address that the caller knows.
    url: String,
    /// The call with this credential, as the door gets it.
    call: Box<dyn Fn(&str) -> RequestBuilder + 'r>,
}

impl Door<'_> {
    /// A proof for a `GET` of the address, with these claims besides or instead.
    fn proof(&self, key: &Key, claims: &Value) -> String {
        let ath = URL_SAFE_NO_PAD.encode(digest(&SHA256, self.token.as_bytes()));
        let mut all = json!({"htm": "GET", "htu": self.url, "ath": ath});
        all.as_object_mut().expect("object").extend(claims.as_object().expect("object").clone());
        key.proof(&all)
    }
    async fn present(&self, scheme: &str, proofs: &[&str]) -> Reply {
        let request = (self.call)(&format!("{scheme} {}", self.token));
        self.rig.send(proofs.iter().fold(request, |request, proof| request.header("dpop", *proof))).await
    }
    /// Everything that may come.
    async fn try_all(&self) {
        let first = self.present("DPoP", &[&self.proof(self.key, &json!({}))]).await;
        challenged(&first, "use_dpop_nonce", "use_dpop_nonce");
        let nonce = first.header("dpop-nonce").to_owned();
        assert!(!nonce.is_empty());
        let good = self.proof(self.key, &json!({"nonce": nonce}));
        self.present("DPoP", &[&good]).await.expect(200);
        let replayed = self.present("DPoP", &[&good]).await;
        challenged(&replayed, "invalid_dpop_proof", "invalid_dpop_proof");
        assert!(!replayed.header("dpop-nonce").is_empty(), "a refusal of a proof brings a fresh nonce");
        self.present("dpop", &[&self.proof(self.key, &json!({"nonce": nonce, "htu": format!("{}?a=b#c", self.url)}))]).await.expect(200);
        for claims in [
            json!({"htm": "POST"}),
            json!({"htm": "get"}),
            json!({"htu": format!("{}/more", self.url)}),
            json!({"htu": self.url.replacen("://", "://evil.", 1)}),
            json!({"htu": self.url.replacen("http", "ftp", 1)}),
            json!({"htu": null}),
            json!({"ath": URL_SAFE_NO_PAD.encode([7; 32])}),
            json!({"ath": null}),
            json!({"iat": now() - 600}),
            json!({"iat": now() + 600}),
            json!({"jti": ""}),
            json!({"jti": null}),
        ] {
            let mut all = claims;
            all["nonce"] = json!(nonce);
            let reply = self.present("DPoP", &[&self.proof(self.key, &all)]).await;
            assert_eq!(reply.str("/code"), "invalid_dpop_proof", "{all}: {}", reply.text);
            challenged(&reply, "invalid_dpop_proof", "invalid_dpop_proof");
        }
        let made_up = self.present("DPoP", &[&self.proof(self.key, &json!({"nonce": "made-up"}))]).await;
        challenged(&made_up, "use_dpop_nonce", "use_dpop_nonce");
        let fresh = || self.proof(self.key, &json!({"nonce": nonce}));
        for proofs in [&[][..], &["x"], &[&fresh(), &fresh()]] {
            challenged(&self.present("DPoP", proofs).await, "invalid_dpop_proof", "invalid_dpop_proof");
        }
        // Whoever has the token and not its key, with a key of his own or with none.
        let thief = Key::new();
        let stolen = self.present("DPoP", &[&self.proof(&thief, &json!({"nonce": nonce}))]).await;
        challenged(&stolen, "binding_mismatch", "invalid_token");
        challenged(&self.present("Bearer", &[]).await, "binding_mismatch", "invalid_token");
        challenged(&self.present("Bearer", &[&fresh()]).await, "binding_mismatch", "invalid_token");
        self.present("DPoP", &[&fresh()]).await.expect(200);
    }
}

/// A refusal that asks for a proof.
#[track_caller]
fn challenged(reply: &Reply, code: &str, error: &str) {
    reply.refused(401, code);
    let challenge = reply.header("www-authenticate");
    assert!(challenge.starts_with("DPoP realm=") && challenge.contains(&format!("error=\"{error}\"")), "{challenge}");
    assert!(challenge.contains("algs=\"ES256 "), "{challenge}");
}

async fn rig() -> Rig {
    let upstream = upstream::start().await;
    let route = |path: &str, audience: &str, scope: &str| {
        let route = json!({"path": path, "audience": audience, "scopes": [scope], "upstream": format!("http://{upstream}")});
        serde_json::from_value(route).expect("a route")
    };
    Rig::on(On::Sqlite, |config| {
        config.trusted_proxies = vec!["127.0.0.1/32".parse().expect("a network")];
        config.gate.dpop_nonce = true;
        config.gate.route = vec![route("/v1/orders/**", ORDERS, "orders:read"), route("/stock/**", STOCK, "stock:read")];
    })
    .await
}

/// Asks the token endpoint with a proof, as often as it needs.
async fn issue(rig: &Rig, app: &App, key: &Key, fields: &[(&str, &str)]) -> String {
    let first = rig.ask(app, fields, &[("dpop", &key.proof(&json!({})))]).await;
    let proof = key.proof(&json!({"nonce": first.header("dpop-nonce")}));
    let reply = rig.ask(app, fields, &[("dpop", &proof)]).await.expect(200);
    assert_eq!(reply.str("/token_type"), "DPoP");
    reply.str("/access_token").to_owned()
}

async fn service(rig: &Rig, key: &Key, resource: &str, scope: &str) -> String {
    let app = rig.app().await;
    issue(rig, &app, key, &[("grant_type", "client_credentials"), ("resource", resource), ("scope", scope)]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn at_the_own_proxy() {
    let (rig, key) = (rig().await, Key::new());
    for (audience, scope, path) in [(ORDERS, "orders:read", "/v1/orders/7"), (STOCK, "stock:read", "/stock/7")] {
        let token = service(&rig, &key, audience, scope).await;
        assert_eq!(token.starts_with("ey"), audience == STOCK, "one is opaque, the other is a JWT");
        let url = format!("{}{path}", rig.base());
        let call = |credential: &str| rig.request(&Presented(credential.to_owned()), "GET", &format!("{path}?page=2"));
        let door = Door { rig: &rig, key: &key, token, url, call: Box::new(call) };
        door.try_all().await;
        let nonce = door.present("DPoP", &[&door.proof(&key, &json!({}))]).await.header("dpop-nonce").to_owned();
        let passed = door.present("DPoP", &[&door.proof(&key, &json!({"nonce": nonce}))]).await.expect(200);
        assert!(!passed.text.lines().any(|name| name == "dpop" || name == "authorization"), "the API got {}", passed.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn at_the_questions_of_proxies() {
    let (rig, key) = (rig().await, Key::new());
    let nginx: &[(&str, &str)] = &[
        ("x-original-method", "GET"),
        ("x-original-uri", "/v1/orders/7?a=b"),
        ("x-original-host", "api.example.com"),
        ("x-forwarded-proto", "https"),
    ];
    let caddy: &[(&str, &str)] = &[
        ("x-forwarded-method", "GET"),
        ("x-forwarded-uri", "/v1/orders/7"),
        ("x-forwarded-host", "api.example.com:8443"),
        ("forwarded", "for=192.0.2.7;proto=https;host=\"api.example.com:8443\""),
    ];
    let plain: &[(&str, &str)] = &[("x-original-method", "GET"), ("x-original-uri", "/stock/7"), ("x-original-host", "api.example.com")];
    for (fields, url) in [
        (nginx, "https://api.example.com/v1/orders/7"),
        (caddy, "https://api.example.com:8443/v1/orders/7"),
        (plain, "http://api.example.com/stock/7"),
    ] {
        let token = match url.contains("stock") {
            true => service(&rig, &key, STOCK, "stock:read").await,
            false => service(&rig, &key, ORDERS, "orders:read").await,
        };
        let call = |credential: &str| {
            let request = rig.request(&Presented(credential.to_owned()), "GET", "/gate/check");
            fields.iter().fold(request, |request, (name, value)| request.header(*name, *value))
        };
        let door = Door { rig: &rig, key: &key, token, url: url.to_owned(), call: Box::new(call) };
        door.try_all().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_for_an_address_that_nobody_told_is_refused() {
    let (rig, key) = (rig().await, Key::new());
    let token = service(&rig, &key, ORDERS, "orders:read").await;
    let call = |credential: &str| {
        let request = rig.request(&Presented(credential.to_owned()), "GET", "/gate/check");
        request.header("x-original-method", "GET").header("x-original-uri", "/v1/orders/7")
    };
    let door = Door { rig: &rig, key: &key, token, url: "https://api.example.com/v1/orders/7".to_owned(), call: Box::new(call) };
    let reply = door.present("DPoP", &[&door.proof(&key, &json!({}))]).await;
    reply.refused(503, "unavailable");
}

#[tokio::test(flavor = "multi_thread")]
async fn at_the_guard_of_the_authority_itself() {
    let (rig, key) = (rig().await, Key::new());
    let app = rig.app().await;
    let code = rig.code(&app, |own| {
        own.scopes = ScopeSet::parse_spaced("openid").expect("scopes");
        own.resources = Vec::new();
    });
    let code = code.await;
    let fields = [("grant_type", "authorization_code"), ("code", code.as_str()), ("code_verifier", VERIFIER)];
    let token = issue(&rig, &app, &key, &fields).await;
    let call = |credential: &str| rig.request(&Presented(credential.to_owned()), "GET", "/oauth/userinfo");
    let door = Door { rig: &rig, key: &key, token, url: format!("{ISSUER}/oauth/userinfo"), call: Box::new(call) };
    door.try_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn at_verify() {
    let (rig, key) = (rig().await, Key::new());
    for (audience, scope) in [(ORDERS, "orders:read"), (STOCK, "stock:read")] {
        let token = service(&rig, &key, audience, scope).await;
        let url = "https://api.example.com/things/7".to_owned();
        let call = |credential: &str| rig.request(&Presented(credential.to_owned()), "GET", "/v1/self");
        let door = Door { rig: &rig, key: &key, token, url, call: Box::new(call) };
        // Whoever asks on behalf of an API gets the nonce for its answer from any refusal; here one of the authority's own.
        let nonce = door.present("DPoP", &[&door.proof(&key, &json!({"htu": format!("{ISSUER}/v1/self")}))]).await;
        let nonce = nonce.header("dpop-nonce").to_owned();
        let said = async |proof: &str| {
            let about = json!({"audience": audience, "scopes": [scope], "dpop": {"proof": proof, "method": "GET", "url": door.url}});
            rig.said_with(&door.token, about).await
        };
        let good = door.proof(&key, &json!({"nonce": nonce}));
        assert_eq!(said(&good).await, "ok");
        assert_eq!(said(&good).await, "invalid_dpop_proof", "used before");
        assert_eq!(said(&door.proof(&key, &json!({}))).await, "use_dpop_nonce");
        assert_eq!(said(&door.proof(&key, &json!({"nonce": nonce, "htm": "PUT"}))).await, "invalid_dpop_proof");
        assert_eq!(said(&door.proof(&key, &json!({"nonce": nonce, "htu": "https://api.example.com/other"}))).await, "invalid_dpop_proof");
        assert_eq!(said(&door.proof(&key, &json!({"nonce": nonce, "ath": "x"}))).await, "invalid_dpop_proof");
        assert_eq!(said(&door.proof(&Key::new(), &json!({"nonce": nonce}))).await, "binding_mismatch");
        assert_eq!(rig.said(&door.token, audience, scope).await, "binding_mismatch", "without a proof");
    }
}
