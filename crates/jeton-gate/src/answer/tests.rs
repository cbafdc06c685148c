//! Answers, byte for byte.

use super::*;
use crate::{
    Question,
    check::WantedSignIn,
    fixture::{World, credential, plain, policy, record},
};
use jeton_core::{
    allowance::{Allowances, Quota, Rate},
    denial::{JwtFault, Unavailable},
    id::DecisionId,
    timestamp::{Span, Timestamp},
    token_text::ShapeFault,
};
use std::sync::Arc;

fn settings(disclosure: Disclosure) -> Settings {
    Settings { issuer: "https://auth.example.com".into(), disclosure, ..Settings::default() }
}

fn refused(denial: Denial) -> Refused {
    let mut refused = Refused::outright(denial, Timestamp::from_seconds(0));
    refused.decision = DecisionId::from_random([5; 16]);
    refused.scopes = "orders:read orders:write".into();
    refused
}

/// An answer as text: status, fields in order of name, body.
fn printed(response: &Response<Bytes>) -> String {
    let mut fields: Vec<_> = response.headers().iter().map(|(name, value)| format!("{name}: {}", value.to_str().expect("ascii"))).collect();
    fields.sort();
    format!("{}\n{}\n\n{}\n", response.status().as_u16(), fields.join("\n"), String::from_utf8_lossy(response.body()))
}

fn every_denial() -> Vec<Denial> {
    let at = Timestamp::from_seconds(1_800_000_000);
    let retry_after = Span::from_millis(1500);
    vec![
        Denial::NoCredential,
        Denial::AmbiguousCredential,
        Denial::Malformed(ShapeFault::BadChecksum),
        Denial::Malformed(ShapeFault::NoMarker),
        Denial::BadJwt(JwtFault::WrongType),
        Denial::Unknown,
        Denial::Expired { at },
        Denial::NotYetValid { at },
        Denial::Revoked,
        Denial::RotatedOut,
        Denial::Suspended,
        Denial::ParentDead,
        Denial::WrongAudience,
        Denial::WrongKind,
        Denial::AddressNotAllowed,
        Denial::RouteNotAllowed,
        Denial::NoSuchRoute,
        Denial::UndeclaredRoute,
        Denial::AmbiguousPath,
        Denial::InsufficientScope,
        Denial::NotPublic,
        Denial::InsufficientUserAuthentication,
        Denial::RateLimited { retry_after },
        Denial::QuotaExhausted { retry_after },
        Denial::BindingMismatch,
        Denial::IssuerUntrusted,
        Denial::Unavailable(Unavailable::Store),
    ]
}

/// The challenge that a denial is answered with.
fn challenged(denial: Denial) -> (u16, Option<String>) {
    let answer = refusal(&refused(denial), &settings(Disclosure::Full));
    let challenge = answer.headers().get(WWW_AUTHENTICATE).map(|value| value.to_str().expect("ascii").to_owned());
    (answer.status().as_u16(), challenge)
}

#[test]
fn challenges_follow_rfc_6750() {
    let realm = "Bearer realm=\"https://auth.example.com\"";
    let with = |rest: &str| Some(format!("{realm}{rest}"));
    assert_eq!(challenged(Denial::NoCredential), (401, with("")));
    assert_eq!(challenged(Denial::Revoked), (401, with(", error=\"invalid_token\", error_description=\"the token was revoked\"")));
    let (status, challenge) = challenged(Denial::InsufficientScope);
    let challenge = challenge.expect("a challenge");
    assert_eq!(status, 403);
    assert!(challenge.contains(", error=\"insufficient_scope\"") && challenge.ends_with(", scope=\"orders:read orders:write\""));
    assert_eq!(challenged(Denial::AddressNotAllowed), (403, with("")));
    assert_eq!(challenged(Denial::RateLimited { retry_after: Span::from_seconds(1) }), (429, None));
    assert_eq!(challenged(Denial::Unavailable(Unavailable::Store)), (503, None));
}

#[test]
fn a_sign_in_that_will_not_do_is_told_what_would() {
    let mut own = refused(Denial::InsufficientUserAuthentication);
    let mut told = |acr_values: &str, max_age| {
        own.sign_in = Some(Box::new(WantedSignIn { acr_values: acr_values.into(), max_age }));
        let answer = refusal(&own, &settings(Disclosure::Minimal));
        assert_eq!(answer.status(), 401);
        let body: serde_json::Value = serde_json::from_slice(answer.body()).expect("JSON");
        let challenge = answer.headers()[WWW_AUTHENTICATE].to_str().expect("ascii");
        assert!(challenge.contains(", error=\"insufficient_user_authentication\""), "{challenge}");
        let from = challenge.find(", acr_values").or(challenge.find(", max_age")).unwrap_or(challenge.len());
        (challenge[from..].to_owned(), body["acr_values"].clone(), body["max_age"].clone())
    };
    use serde_json::{Value::Null, json};
    assert_eq!(told("a b", Some(5)), (", acr_values=\"a b\", max_age=\"5\"".into(), json!("a b"), json!(5)));
    assert_eq!(told("a", None), (", acr_values=\"a\"".into(), json!("a"), Null));
    assert_eq!(told("", Some(0)), (", max_age=\"0\"".into(), Null, json!(0)));
}

#[test]
fn the_realm_is_what_is_set_and_never_leaves_its_quotes() {
    for (realm, told) in [("orders of Acme, Inc.", "orders of Acme, Inc."), ("a\", error=\"none\\\r\nx: y", "a?, error=?none???x: y")] {
        let settings = Settings { realm: Some(realm.into()), ..settings(Disclosure::Full) };
        for denial in every_denial() {
            let answer = refusal(&refused(denial), &settings);
            let Some(challenge) = answer.headers().get(WWW_AUTHENTICATE) else { continue };
            let challenge = challenge.to_str().expect("ascii");
            assert!(challenge.starts_with(&format!("Bearer realm=\"{told}\"")), "{challenge}");
            assert_eq!(challenge.matches("realm=").count(), 1, "{challenge}");
        }
    }
}

#[test]
fn every_refusal_is_complete_and_not_kept() {
    for denial in every_denial() {
        let answer = refusal(&refused(denial), &settings(Disclosure::Full));
        let told = denial.answer();
        assert_eq!(answer.status().as_u16(), told.status);
        assert_eq!(answer.headers()[CACHE_CONTROL], "no-store");
        assert_eq!(answer.headers()[CONTENT_TYPE], "application/problem+json");
        let body: serde_json::Value = serde_json::from_slice(answer.body()).expect("JSON");
        assert_eq!(body["code"], told.code);
        assert_eq!(body["type"], format!("/problems/{}", told.code));
        assert_eq!(body["decision_id"], answer.headers()[DECISION].to_str().expect("ascii"));
        assert_eq!(answer.headers().contains_key(RETRY_AFTER), denial.retry_after().is_some(), "{denial:?}");
    }
    let waits = refusal(&refused(Denial::RateLimited { retry_after: Span::from_millis(1500) }), &settings(Disclosure::Full));
    assert_eq!(waits.headers()[RETRY_AFTER], "2");
}

#[test]
fn minimal_disclosure_tells_all_bad_tokens_alike() {
    let settings = settings(Disclosure::Minimal);
    let unknown = printed(&refusal(&refused(Denial::Unknown), &settings));
    let alike = every_denial().into_iter().filter(|denial| denial.answer().error == Some("invalid_token"));
    let mut count = 0;
    for denial in alike {
        assert_eq!(printed(&refusal(&refused(denial), &settings)), unknown, "{denial:?}");
        count += 1;
    }
    assert!(count >= 12);
    assert!(!printed(&refusal(&refused(Denial::NoCredential), &settings)).contains("error="));
}

#[test]
fn a_head_gets_all_fields_and_no_body() {
    let answer = refusal(&refused(Denial::Unknown), &settings(Disclosure::Full));
    let length = answer.body().len();
    let bodiless = without_body(answer);
    assert!(bodiless.body().is_empty());
    assert_eq!(bodiless.headers()[CONTENT_LENGTH], length.to_string().as_str());
    assert!(bodiless.headers().contains_key(WWW_AUTHENTICATE));
}

#[tokio::test]
async fn permits_are_told_to_both_sides() {
    let world = World::fresh();
    let mut own = record(1);
    let mut rules = policy(0);
    rules.allowances = Allowances {
        rates: vec![Rate { requests: 10, per_seconds: 1, burst: None }],
        quotas: vec![Quota { requests: 1000, refill_seconds: 86_400 }],
        ..Allowances::default()
    };
    own.policy = Arc::new(rules);
    own.expires_at = Some(world.gate.now().plus(Span::from_days(6)));
    world.issue(own);
    let token = plain(1);
    let passed = world.gate.check(&Question::new(Ok(credential(&token)))).await.expect("passes");
    let mut inward = HeaderMap::new();
    inward.insert(SUBJECT, HeaderValue::from_static("root"));
    inward.insert(CLIENT_ID, HeaderValue::from_static("admin"));
    identify(&passed, &mut inward);
    assert_eq!(inward[SUBJECT], "usr_000000000001");
    assert_eq!(inward[CLIENT_ID], "client-0");
    assert_eq!(inward[TOKEN_ID], passed.token.id().digits());
    assert_eq!(inward[SCOPES], "orders:read");
    let mut outward = HeaderMap::new();
    decorate(&passed, &mut outward);
    assert_eq!(outward[RATE_LIMIT_POLICY], "\"rate\";q=10;w=1, \"quota\";q=1000;w=86400");
    assert_eq!(outward[RATE_LIMIT], "\"rate\";r=9;t=1, \"quota\";r=999;t=57600");
    assert_eq!(outward[TOKEN_EXPIRES], "2027-01-21T08:00:00Z");
}

#[tokio::test]
async fn a_token_with_time_left_is_not_announced() {
    let world = World::fresh();
    world.issue(record(1));
    let token = plain(1);
    let passed = world.gate.check(&Question::new(Ok(credential(&token)))).await.expect("passes");
    let mut outward = HeaderMap::new();
    decorate(&passed, &mut outward);
    assert!(outward.is_empty(), "{outward:?}");
}
