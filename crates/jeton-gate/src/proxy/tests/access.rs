//! Routes that ask less than a token with scopes: who gets through, as whom, and what the caller is told.

use super::rig::{Upstream, start};
use jeton_core::{kind::TokenKind, timestamp::Timestamp};
use serde_json::json;

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\njeton-warning: forged\r\n\r\nok";

fn call(fields: &str) -> String {
    format!("GET /open/a HTTP/1.1\r\nHost: a\r\nJeton-Subject: admin\r\nJeton_Subject: admin\r\nX-Jeton-Scopes: all\r\n{fields}\r\n")
}

#[tokio::test]
async fn everybody_may_call_a_public_route() {
    let upstream = Upstream::start(OK).await;
    let rig = start(upstream.address, &[json!({"path": "/open/**", "access": "public"})], &[]).await;
    let (expired, old) = rig.tokens.issue(8, "orders:read", &[]);
    rig.tokens.change(expired, |record| record.expires_at = Some(Timestamp::from_seconds(1)));
    let (revoked, gone) = rig.tokens.issue(9, "orders:read", &[]);
    rig.tokens.revoke(revoked);
    let cases = [
        (String::new(), None, None),
        ("Authorization: Basic dTpw\r\n".to_owned(), None, None),
        ("Authorization: Bearer TOKEN\r\n".to_owned(), Some("robot"), None),
        (format!("Authorization: Bearer {old}\r\n"), None, Some("expired")),
        (format!("Authorization: Bearer {gone}\r\n"), None, Some("revoked")),
        ("Authorization: Bearer nonsense\r\n".to_owned(), None, Some("malformed")),
    ];
    for (fields, subject, code) in cases {
        let answer = rig.send(&call(&fields)).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{fields}: {answer}");
        let warning = code.map(|code| format!("\r\njeton-warning: anonymous;code=\"{code}\"\r\n"));
        assert_eq!(answer.contains("jeton-warning"), warning.is_some(), "{fields}: {answer}");
        assert!(
            warning.is_none_or(|warning| answer.contains(&warning) && answer.contains("\r\njeton-decision: dec_")),
            "{fields}: {answer}"
        );
        let arrived = upstream.arrived().pop().expect("a request");
        let own: Vec<_> = arrived.headers.iter().filter(|(name, _)| name.contains("jeton")).collect();
        assert_eq!(
            own.iter().any(|(name, value)| name == "jeton-subject" && Some(value.as_str()) == subject),
            subject.is_some(),
            "{own:?}"
        );
        assert!(subject.is_some() || own.is_empty(), "{own:?}");
        assert!(!arrived.headers.iter().any(|(name, value)| name == "authorization" || value == "admin"), "{arrived:?}");
    }
}

#[tokio::test]
async fn what_is_no_question_of_the_token_stays_refused() {
    let upstream = Upstream::start(OK).await;
    let rig = start(upstream.address, &[json!({"path": "/open/**", "access": "public"})], &[]).await;
    let (_, elsewhere) = rig.tokens.issue(8, "orders:read", &["192.0.2.0/24"]);
    let two = "Authorization: Bearer TOKEN\r\nAuthorization: Bearer TOKEN\r\n".to_owned();
    for (fields, status) in [(format!("Authorization: Bearer {elsewhere}\r\n"), 403), (two, 400)] {
        let answer = rig.send(&call(&fields)).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{fields}: {answer}");
    }
    let answer = rig.send("GET /open/../a HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    rig.tokens.break_off();
    let answer = rig.send(&call("Authorization: Bearer TOKEN\r\n")).await;
    assert!(answer.starts_with("HTTP/1.1 503"), "what cannot be decided does not pass: {answer}");
    assert!(upstream.arrived().is_empty());
    assert!(rig.send(&call("")).await.starts_with("HTTP/1.1 200"), "who needs no decision passes");
}

#[tokio::test]
async fn a_publishable_route_wants_some_token() {
    let upstream = Upstream::start(OK).await;
    let rig = start(upstream.address, &[json!({"path": "/open/**", "access": "publishable"})], &[]).await;
    let (key, publishable) = rig.tokens.issue_of(TokenKind::Pub, 8, "", &[]);
    let answer = rig.send(&call(&format!("Authorization: Bearer {publishable}\r\n"))).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(upstream.only().headers.iter().any(|(name, _)| name == "jeton-token-id"));
    rig.tokens.revoke(key);
    for fields in ["".to_owned(), format!("Authorization: Bearer {publishable}\r\n")] {
        let answer = rig.send(&call(&fields)).await;
        assert!(answer.starts_with("HTTP/1.1 401") && !answer.contains("jeton-warning"), "{answer}");
    }
    assert_eq!(upstream.arrived().len(), 1);
}
