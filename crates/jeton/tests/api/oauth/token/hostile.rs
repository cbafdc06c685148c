//! Hostile bytes at the token endpoint: always a clear refusal, never a failure of ours.

use super::rig::{Rig, refused};
use crate::world::{Anonymous, Reply};

const FORM: &str = "application/x-www-form-urlencoded";

async fn send(rig: &Rig, content_type: Option<&str>, body: Vec<u8>) -> Reply {
    let request = rig.request(&Anonymous, "POST", "/oauth/token").body(body);
    let request = content_type.iter().fold(request, |request, kind| request.header("content-type", *kind));
    rig.send(request).await
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_form_with_each_parameter_once_is_read() {
    let rig = Rig::start().await;
    for kind in [None, Some("application/json"), Some("multipart/form-data"), Some("text/plain"), Some("")] {
        refused(&send(&rig, kind, b"grant_type=refresh_token".to_vec()).await, 400, "invalid_request");
    }
    for body in [&b"client_id=a&client_id=b"[..], b"grant_type=x&grant%5ftype=y", b"a=%ff", b"a=%", b"\xff\xfe", b"", b"&&&&"] {
        refused(&send(&rig, Some(FORM), body.to_vec()).await, 400, "invalid_request");
    }
    refused(&send(&rig, Some(FORM), vec![b'a'; 1024 * 1024]).await, 413, "invalid_request");
    let many: String = (0..1000).map(|number| format!("p{number}=1&")).collect();
    refused(&send(&rig, Some(FORM), many.into_bytes()).await, 400, "invalid_request");
    let reply = rig.get(&Anonymous, "/oauth/token?grant_type=client_credentials").await;
    assert_eq!(reply.status, 405);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_knows_is_passed_over() {
    let rig = Rig::start().await;
    let app = rig.app().await;
    let asked = [("grant_type", "client_credentials"), ("scope", "orders:write"), ("nobody", "knows"), ("", "this"), ("audience2", "")];
    rig.ask(&app, &asked, &[]).await.expect(200);
    refused(&rig.ask(&app, &[&asked[..], &[("nobody", "twice")]].concat(), &[]).await, 400, "invalid_request");
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_comes_is_refused_without_a_failure() {
    let rig = Rig::start().await;
    let app = rig.app().await;
    let long = "a".repeat(60_000);
    let values = ["", " ", "\u{0}", "\u{e9}\u{202e}", "'; DROP TABLE tokens; --", "../../etc/passwd", "{\"a\":1}", "a b c", long.as_str()];
    let names = ["grant_type", "code", "code_verifier", "redirect_uri", "refresh_token", "scope", "resource", "client_assertion"];
    for grant in ["authorization_code", "refresh_token", "client_credentials", "urn:ietf:params:oauth:grant-type:device_code"] {
        for value in values {
            let fields: Vec<(&str, &str)> = names.iter().skip(1).take(6).map(|name| (*name, value)).collect();
            for field in fields {
                let reply = rig.ask(&app, &[("grant_type", grant), field], &[]).await;
                assert!((400..500).contains(&reply.status), "{grant} {field:?}: {} {}", reply.status, reply.text);
                assert!(!reply.str("/error").is_empty(), "{grant} {}: {}", field.0, reply.text);
                assert!(reply.text.is_ascii() && reply.text.len() < 2000, "nothing is reflected: {}", reply.text);
            }
        }
    }
}
