//! Malformed and huge input at each endpoint: a clear refusal in OAuth's own form, and never a fault of the server.

use super::{
    client_key::Key,
    forms::{INACTIVE, by},
    token::rig::Rig,
};
use crate::world::Anonymous;
use jeton_core::oauth::registration::AuthMethod;
use serde_json::json;

const PATHS: [&str; 5] = ["/oauth/introspect", "/oauth/revoke", "/oauth/device_authorization", "/oauth/token", "/oauth/par"];
/// An address that is never called.
const INSIDE: &str = "https://169.254.169.254/latest";

#[tokio::test(flavor = "multi_thread")]
async fn no_body_is_a_fault_of_the_server() {
    let rig = Rig::start().await;
    let form = "application/x-www-form-urlencoded";
    let many: String = (0..1000).map(|n| format!("p{n}=1&")).collect();
    let bodies: Vec<(&str, Vec<u8>)> = vec![
        (form, Vec::new()),
        (form, b"token=a&token=b".to_vec()),
        (form, b"%".to_vec()),
        (form, b"token=%ff%fe".to_vec()),
        (form, vec![0xff; 100]),
        (form, b"&&&===&&".to_vec()),
        (form, many.into_bytes()),
        (form, [b"token=".to_vec(), vec![b'a'; 100_000]].concat()),
        (form, [b"token=".to_vec(), vec![b'a'; 3_000_000]].concat()),
        ("application/json", br#"{"token":"x"}"#.to_vec()),
        ("text/plain", b"token=x".to_vec()),
        ("", b"token=x".to_vec()),
        ("multipart/form-data; boundary=x", b"--x--".to_vec()),
    ];
    for path in PATHS {
        for (kind, body) in &bodies {
            let request = rig.request(&Anonymous, "POST", path).body(body.clone());
            let request = if kind.is_empty() { request } else { request.header("content-type", *kind) };
            let Ok(response) = request.send().await else { continue };
            let status = response.status().as_u16();
            let text = response.text().await.expect("text");
            assert!((400..500).contains(&status) && text.contains("\"error\""), "{path} {kind} {status} {text:.200}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_token_text_is_a_fault_of_the_server() {
    let rig = Rig::start().await;
    let app = rig.app().await;
    let long = format!("jtn_oat_{}", "a".repeat(20_000));
    let jwt = format!("{}.{}.{}", "e".repeat(20_000), "e".repeat(20_000), "e".repeat(20_000));
    let deep = {
        use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as B64};
        let header = B64.encode(r#"{"alg":"ES256","typ":"at+jwt","kid":"x"}"#);
        format!("{header}.{}.{}", B64.encode(format!("{}{}", "[".repeat(5000), "]".repeat(5000))), B64.encode([0; 64]))
    };
    for token in [
        long.as_str(),
        &jwt,
        &deep,
        "..",
        "a..b",
        "\0",
        "\u{10ffff}",
        "jtn_grt_0000000000000000000000000000000000000000000000000000000000000",
    ] {
        assert_eq!(by(&rig, &app, "/oauth/introspect", &[("token", token)]).await.expect(200).text, INACTIVE, "{token:.40}");
        by(&rig, &app, "/oauth/revoke", &[("token", token)]).await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_client_points_at_is_no_fault_of_the_server() {
    let rig = Rig::start().await;
    for path in PATHS {
        let body = format!("client_id={}&token=x&grant_type=refresh_token&refresh_token=x", INSIDE.replace(':', "%3A"));
        let request = rig.request(&Anonymous, "POST", path).header("content-type", "application/x-www-form-urlencoded").body(body);
        let reply = rig.send(request).await;
        assert!((400..500).contains(&reply.status) && !reply.str("/error").is_empty(), "{path} {}: {}", reply.status, reply.text);
    }
    let app = rig.register(AuthMethod::PrivateKeyJwt, |client| client.registration.jwks_uri = Some(INSIDE.to_owned())).await;
    let key = Key::fresh();
    let signed = key.sign(&json!({"alg": "ES256", "kid": "one"}), &json!({"iss": app.client.client_id}));
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let fields = [("grant_type", "client_credentials"), ("client_assertion_type", kind), ("client_assertion", signed.as_str())];
    let reply = rig.ask(&app, &fields, &[]).await;
    assert!((400..500).contains(&reply.status), "{} {}", reply.status, reply.text);
    let asked = format!("/oauth/authorize?client_id={}&request={signed}", app.client.client_id);
    assert_eq!(rig.get(&Anonymous, &asked).await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_fails_over_what_it_is_sent() {
    let rig = Rig::start().await;
    let form = "application/x-www-form-urlencoded";
    let many: String = (0..1000).map(|n| format!("p{n}=1&")).collect();
    let pages =
        ["/sign-in", "/sign-out", "/oauth/consent", "/device", "/account/apps", "/account/sessions", "/oauth/logout", "/oauth/authorize"];
    for path in pages {
        for (kind, body) in [
            (form, Vec::new()),
            (form, b"csrf=a&csrf=b".to_vec()),
            (form, b"csrf=%ff&request=%&decision=allow".to_vec()),
            (form, b"csrf=%00&username=%00&password=%00&return_to=%00&user_code=%00&id_token_hint=..".to_vec()),
            (form, many.clone().into_bytes()),
            (form, [b"request=".to_vec(), vec![b'a'; 3_000_000]].concat()),
            ("application/json", b"{}".to_vec()),
            ("", vec![0xff; 100]),
        ] {
            let request = rig.request(&Anonymous, "POST", path).body(body);
            let request = if kind.is_empty() { request } else { request.header("content-type", kind) };
            // A body that is too large may be broken off.
            let Ok(response) = request.send().await else { continue };
            assert!(response.status().as_u16() < 500, "{path} {kind}: {}", response.status());
        }
        let query = format!("{path}?user_code=%00&return_to=%ff&id_token_hint=a.b.c&client_id=%00&request={}", "a".repeat(5000));
        assert!(rig.get(&Anonymous, &query).await.status < 500, "{path}");
    }
}
