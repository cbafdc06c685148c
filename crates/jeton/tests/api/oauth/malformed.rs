//! Malformed and huge input at each endpoint: a clear refusal in OAuth's own form, and never a fault of the server.

use super::{
    forms::{INACTIVE, by},
    token::rig::Rig,
};
use crate::world::Anonymous;

const PATHS: [&str; 4] = ["/oauth/introspect", "/oauth/revoke", "/oauth/device_authorization", "/oauth/token"];

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
