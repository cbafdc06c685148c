//! Tricks with JWTs, at every endpoint that takes one: a key that a JWT brings or points at, a `kid` that is meant to lead somewhere,
//! and an assertion that is shown a second time at another endpoint. Nothing that stands in a header is ever followed.

use super::{
    asking::{VERIFIER, leads_nowhere},
    browser::Browser,
    client_key::encoded,
    forms::{INACTIVE, by, post},
    token::{
        key::{Key, jti, now},
        rig::{App, REDIRECT, Rig, STOCK, TOKEN_URL},
    },
};
use crate::world::{Anonymous, Bearer, ISSUER};
use jeton_core::oauth::{grant_type::GrantType, pkce, registration::AuthMethod};
use serde_json::{Value, json};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";

/// Where clients prove themselves, with what else a request there needs.
const PLACES: [(&str, &[(&str, &str)]); 5] = [
    ("/oauth/token", &[("grant_type", "client_credentials"), ("scope", "orders:write")]),
    ("/oauth/introspect", &[("token", "jtn_oat_x")]),
    ("/oauth/revoke", &[("token", "jtn_oat_x")]),
    ("/oauth/device_authorization", &[("scope", "orders:write")]),
    ("/oauth/par", &[("response_type", "code")]),
];

/// A client that signs, with its key under the name `one`.
async fn signer(rig: &Rig, key: &Key) -> App {
    let mut jwk = key.jwk();
    (jwk["kid"], jwk["alg"]) = (json!("one"), json!("ES256"));
    rig.register(AuthMethod::PrivateKeyJwt, |client| {
        client.registration.jwks = Some(json!({"keys": [jwk]}));
        client.registration.redirect_uris = vec![REDIRECT.to_owned()];
        client.registration.grant_types.extend([GrantType::TokenExchange, GrantType::JwtBearer, GrantType::DeviceCode]);
    })
    .await
}

/// A place that nobody may call, and how often somebody did.
async fn trap() -> (String, Arc<AtomicUsize>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let (address, calls) = (listener.local_addr().expect("an address"), Arc::new(AtomicUsize::new(0)));
    let counted = Arc::clone(&calls);
    tokio::spawn(async move {
        while listener.accept().await.is_ok() {
            counted.fetch_add(1, Ordering::SeqCst);
        }
    });
    (format!("http://{address}/keys"), calls)
}

/// Headers by which somebody with a key of his own wants to be believed.
fn tricks(own: &Key, trap: &str) -> Vec<Value> {
    let bring = |name: &str, value: Value| {
        let mut header = json!({"alg": "ES256"});
        header[name] = value;
        header
    };
    vec![
        bring("jwk", own.jwk()),
        bring("jku", json!(trap)),
        bring("x5u", json!(trap)),
        bring("x5c", json!(["MIIBIjAN"])),
        json!({"alg": "ES256", "kid": "one", "jwk": own.jwk()}),
        json!({"alg": "ES256", "kid": trap}),
        json!({"alg": "ES256", "kid": "../../../../dev/null"}),
        json!({"alg": "ES256", "kid": "one' OR '1'='1"}),
        json!({"alg": "ES256", "kid": ""}),
        json!({"alg": "ES256", "kid": ["one"]}),
        json!({"alg": "ES256", "kid": "one"}),
        json!({"alg": "ES256", "kid": "one", "crit": ["x"], "x": 1}),
        json!({"alg": "ES256", "kid": "one", "b64": false, "crit": ["b64"]}),
        json!({"alg": "ES256", "kid": "one", "zip": "DEF"}),
        json!({"alg": "none"}),
        json!({"alg": "HS256", "kid": "one"}),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_in_a_header_is_followed() {
    let rig = Rig::on(crate::world::On::Sqlite, |config| config.oauth.development = true).await;
    let (key, stranger) = (Key::new(), Key::new());
    let ((trap, calls), browser) = (trap().await, Browser::new(&rig));
    for header in tricks(&stranger, &trap) {
        // Each time another one: who fails often is not listened to for a while.
        let app = signer(&rig, &key).await;
        let id = app.client.client_id.as_str();
        let signed = |claims: Value| stranger.sign(&header, &claims);
        // As the assertion of a client, wherever one proves itself.
        for (path, more) in PLACES {
            let said = json!({"iss": id, "sub": id, "aud": ISSUER, "jti": jti(), "iat": now(), "exp": now() + 60});
            let assertion = signed(said);
            let proof = [("client_id", id), ("client_assertion_type", ASSERTION), ("client_assertion", assertion.as_str())];
            let refused = post(&rig, path, &[&proof[..], more].concat(), &[]).await;
            assert_eq!((refused.status, refused.str("/error")), (401, "invalid_client"), "{path} {header}: {}", refused.text);
        }
        // As a signed request, opened or pushed.
        let object = signed(json!({
            "iss": id, "aud": ISSUER, "client_id": id, "response_type": "code", "redirect_uri": REDIRECT, "scope": "orders:read",
            "code_challenge": pkce::challenge_of(VERIFIER), "code_challenge_method": "S256",
        }));
        leads_nowhere(&browser.open(&format!("/oauth/authorize?client_id={id}&request={object}")).await, &header.to_string());
        let own = key.assertion(id, &json!({}));
        let proof = [("client_id", id), ("client_assertion_type", ASSERTION), ("client_assertion", own.as_str())];
        let pushed = post(&rig, "/oauth/par", &[&proof[..], &[("request", object.as_str())]].concat(), &[]).await;
        assert_eq!(pushed.status, 400, "{header}: {}", pushed.text);
        // As somebody's word, and as a token of this server or of another.
        let token = signed(json!({
            "iss": ISSUER, "sub": rig.user.to_string(), "aud": STOCK, "client_id": id, "scope": "stock:read", "jti": "000000000000",
            "iat": now(), "exp": now() + 60,
        }));
        for (grant, more) in [
            (BEARER, &[("assertion", token.as_str())][..]),
            (EXCHANGE, &[("subject_token", token.as_str()), ("subject_token_type", ACCESS_TOKEN)]),
            (EXCHANGE, &[("subject_token", token.as_str()), ("subject_token_type", JWT)]),
        ] {
            let own = key.assertion(id, &json!({}));
            let proof =
                [("client_id", id), ("client_assertion_type", ASSERTION), ("client_assertion", own.as_str()), ("grant_type", grant)];
            let refused = post(&rig, "/oauth/token", &[&proof[..], more].concat(), &[]).await;
            assert_eq!(refused.status, 400, "{grant} {header}: {}", refused.text);
        }
        assert_ne!(rig.said(&token, STOCK, "stock:read").await, "ok", "{header}");
        assert_eq!(rig.get(&Bearer(token.clone()), "/oauth/userinfo").await.status, 401, "{header}");
        let secretive = rig.app().await;
        assert_eq!(by(&rig, &secretive, "/oauth/introspect", &[("token", &token)]).await.expect(200).text, INACTIVE, "{header}");
        // As a hint of who is meant.
        let hint = signed(json!({"iss": ISSUER, "aud": id, "sub": rig.user.to_string(), "iat": now(), "exp": now() + 60}));
        let out = format!("/oauth/logout?id_token_hint={hint}&post_logout_redirect_uri=https%3A%2F%2Fapp.example.com%2Fback");
        assert!(matches!(rig.get(&Anonymous, &out).await.status, 400 | 200), "{header}");
    }
    // A proof of a key brings that key and nothing else.
    let app = signer(&rig, &key).await;
    let id = app.client.client_id.as_str();
    let said = json!({"jti": jti(), "htm": "POST", "htu": TOKEN_URL, "iat": now()});
    for (name, value) in [("jku", json!(trap)), ("x5u", json!(trap)), ("x5c", json!(["MIIBIjAN"])), ("kid", json!(trap))] {
        let mut header = json!({"typ": "dpop+jwt", "alg": "ES256"});
        header[name] = value;
        let own = key.assertion(id, &json!({}));
        let proof = [("client_id", id), ("client_assertion_type", ASSERTION), ("client_assertion", own.as_str())];
        let fields = [&proof[..], &[("grant_type", "client_credentials"), ("scope", "orders:write")]].concat();
        let refused = post(&rig, "/oauth/token", &fields, &[("dpop", &stranger.sign(&header, &said))]).await;
        assert_eq!((refused.status, refused.str("/error")), (400, "invalid_dpop_proof"), "{name}: {}", refused.text);
    }
    assert_eq!(calls.load(Ordering::SeqCst), 0, "nobody went where a header points");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_assertion_is_good_once_at_whichever_endpoint() {
    let rig = Rig::start().await;
    let key = Key::new();
    let app = signer(&rig, &key).await;
    let id = app.client.client_id.as_str();
    let challenge = pkce::challenge_of(VERIFIER);
    let request = [
        ("response_type", "code"),
        ("redirect_uri", REDIRECT),
        ("scope", "orders:write"),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
    ];
    for (first, more) in PLACES {
        let assertion = key.assertion(id, &json!({}));
        let proof = [("client_id", id), ("client_assertion_type", ASSERTION), ("client_assertion", assertion.as_str())];
        let more = if first == "/oauth/par" { &request[..] } else { more };
        let taken = post(&rig, first, &[&proof[..], more].concat(), &[]).await;
        assert!(matches!(taken.status, 200 | 201), "{first}: {}", taken.text);
        for (then, more) in PLACES {
            let again = post(&rig, then, &[&proof[..], more].concat(), &[]).await;
            assert_eq!((again.status, again.str("/error")), (401, "invalid_client"), "{first}, then {then}: {}", again.text);
            assert!(again.str("/error_description").contains("used before"), "{}", again.text);
        }
    }
    // What was changed about a signed one, is not signed.
    let assertion = key.assertion(id, &json!({}));
    let parts: Vec<&str> = assertion.split('.').collect();
    let longer = encoded(&json!({"iss": id, "sub": id, "aud": ISSUER, "jti": jti(), "iat": now(), "exp": now() + 60, "x": 1}));
    for (path, more) in PLACES {
        let changed = format!("{}.{longer}.{}", parts[0], parts[2]);
        let proof = [("client_id", id), ("client_assertion_type", ASSERTION), ("client_assertion", changed.as_str())];
        post(&rig, path, &[&proof[..], more].concat(), &[]).await.expect(401);
    }
}
