//! Every kind of JWT that is issued: what stands in it, and that none of them passes for another.

use super::forge::{ISSUER, NOW};
use jeton_core::{
    denial::{Denial, JwtFault},
    id::TokenId,
    jose::{
        Algorithm, Ended, IdTokenClaims, IntrospectionAnswerClaims, KeySet, LogoutTokenClaims, PlainJwt, Rule, SigningKey,
        StatusListClaims, UpstreamTokenClaims, UserinfoAnswerClaims, half_hash,
        verify::{self, Expected},
        verify_access_token_at,
    },
    name::Audience,
    scope::ScopeSet,
    timestamp::Span,
};
use serde_json::{Map, Value, json};

/// Claims about a user, some of which try to be the protocol's.
fn profile() -> Map<String, Value> {
    let claims = json!({"name": "Ada", "email": "ada@example.com", "iss": "https://evil.example", "exp": 9_999_999_999_i64, "nonce": "x"});
    claims.as_object().cloned().expect("an object")
}

fn id_token(key: &SigningKey) -> PlainJwt {
    let claims = IdTokenClaims {
        issuer: ISSUER,
        subject: "usr_1",
        client_id: "app_1",
        expires_at: NOW.plus(Span::from_minutes(10)),
        issued_at: NOW,
        auth_time: Some(NOW.minus(Span::from_minutes(1))),
        nonce: Some("n-0S6_WzA2Mj"),
        acr: Some("1"),
        amr: &["pwd"],
        session: Some("ses_1"),
        access_token: Some("the access token"),
        code: None,
        state: Some("the state"),
        profile: profile(),
    };
    key.issue_id_token(&claims).expect("signed")
}

fn logout_token(key: &SigningKey) -> PlainJwt {
    let claims = LogoutTokenClaims {
        issuer: ISSUER,
        client_id: "app_1",
        issued_at: NOW,
        expires_at: NOW.plus(Span::from_minutes(2)),
        id: "a-logout",
        ended: Ended::Session { subject: "usr_1", session: "ses_1" },
    };
    key.issue_logout_token(&claims).expect("signed")
}

fn introspection_answer(key: &SigningKey) -> PlainJwt {
    let answer = json!({"active": true, "sub": "usr_1", "exp": 1}).as_object().cloned().expect("an object");
    let claims = IntrospectionAnswerClaims { issuer: ISSUER, audience: "https://api.example.com", issued_at: NOW, answer };
    key.issue_introspection_answer(&claims).expect("signed")
}

fn status_list(key: &SigningKey) -> PlainJwt {
    let claims = StatusListClaims {
        issuer: ISSUER,
        list: "https://auth.example.com/oauth/status/1",
        issued_at: NOW,
        expires_at: NOW.plus(Span::from_hours(1)),
        time_to_live: Span::from_minutes(1),
        bits: 2,
        states: "eNrbuRgAAhcBXQ",
    };
    key.issue_status_list(&claims).expect("signed")
}

fn userinfo_answer(key: &SigningKey) -> PlainJwt {
    let claims = UserinfoAnswerClaims { issuer: ISSUER, client_id: "app_1", subject: "usr_1", issued_at: NOW, profile: profile() };
    key.issue_userinfo_answer(&claims).expect("signed")
}

fn upstream_token(key: &SigningKey) -> PlainJwt {
    let actor = json!({"sub": "app_2"}).as_object().cloned().expect("an object");
    let claims = UpstreamTokenClaims {
        issuer: ISSUER,
        audience: &Audience::parse("http://10.0.0.7:9000").expect("audience"),
        subject: "usr_1",
        client_id: Some("app_1"),
        scopes: &ScopeSet::parse_spaced("orders:read orders:write").expect("scopes"),
        token: TokenId::parse("0123456789ab").expect("id"),
        actor: Some(&actor),
        issued_at: NOW,
        expires_at: NOW.plus(Span::from_minutes(1)),
        id: "a-call",
    };
    key.issue_upstream_token(&claims).expect("signed")
}

/// One of each, with its `typ`.
pub(crate) fn one_of_each(key: &SigningKey) -> [(&'static str, PlainJwt); 6] {
    [
        ("JWT", id_token(key)),
        ("logout+jwt", logout_token(key)),
        ("token-introspection+jwt", introspection_answer(key)),
        ("statuslist+jwt", status_list(key)),
        ("upstream+jwt", upstream_token(key)),
        ("JWT", userinfo_answer(key)),
    ]
}

/// The claims, by a verifier that looks at signature and type only.
fn read(key: &SigningKey, typ: &str, jwt: &PlainJwt) -> Value {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let keys = KeySet::new(vec![key.public().clone()]).expect("key set");
    let expected = Expected { issuer: Some(ISSUER), typ: Some(typ), ..Expected::default() };
    let report = verify::verify_at(jwt.expose().as_bytes(), &keys, &expected, NOW);
    // The only rule that some of them may fail: they have no end.
    assert!(report.failures().all(|check| check.rule == Rule::Expiry), "{typ}: {:?}", report.failures().collect::<Vec<_>>());
    let payload = jwt.expose().split('.').nth(1).expect("three parts");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).expect("base64url")).expect("JSON")
}

#[test]
fn each_kind_says_what_its_specification_asks_for() {
    for algorithm in Algorithm::SIGNING {
        let key = SigningKey::generate(algorithm).expect("key");
        let now = NOW.as_seconds();
        assert_eq!(
            read(&key, "JWT", &id_token(&key)),
            json!({
                "iss": ISSUER, "sub": "usr_1", "aud": "app_1", "exp": now + 600, "iat": now, "auth_time": now - 60,
                "nonce": "n-0S6_WzA2Mj", "acr": "1", "amr": ["pwd"], "sid": "ses_1",
                "at_hash": half_hash(algorithm, "the access token"), "s_hash": half_hash(algorithm, "the state"),
                "name": "Ada", "email": "ada@example.com",
            })
        );
        assert_eq!(
            read(&key, "logout+jwt", &logout_token(&key)),
            json!({
                "iss": ISSUER, "sub": "usr_1", "aud": "app_1", "exp": now + 120, "iat": now, "jti": "a-logout", "sid": "ses_1",
                "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
            })
        );
        assert_eq!(
            read(&key, "upstream+jwt", &upstream_token(&key)),
            json!({
                "iss": ISSUER, "aud": "http://10.0.0.7:9000", "sub": "usr_1", "client_id": "app_1", "scope": "orders:read orders:write",
                "token_id": "0123456789ab", "act": {"sub": "app_2"}, "iat": now, "exp": now + 60, "jti": "a-call",
            })
        );
        assert_eq!(
            read(&key, "token-introspection+jwt", &introspection_answer(&key)),
            json!({
                "iss": ISSUER, "aud": "https://api.example.com", "iat": now,
                "token_introspection": {"active": true, "sub": "usr_1", "exp": 1},
            })
        );
        assert_eq!(
            read(&key, "statuslist+jwt", &status_list(&key)),
            json!({
                "iss": ISSUER, "sub": "https://auth.example.com/oauth/status/1", "iat": now, "exp": now + 3600, "ttl": 60,
                "status_list": {"bits": 2, "lst": "eNrbuRgAAhcBXQ"},
            })
        );
        assert_eq!(
            read(&key, "JWT", &userinfo_answer(&key)),
            json!({"iss": ISSUER, "sub": "usr_1", "aud": "app_1", "iat": now, "name": "Ada", "email": "ada@example.com"})
        );
    }
}

#[test]
fn none_of_them_is_an_access_token() {
    let key = SigningKey::generate(Algorithm::EdDsa).expect("key");
    let keys = KeySet::new(vec![key.public().clone()]).expect("key set");
    for (typ, jwt) in one_of_each(&key) {
        let judged = verify_access_token_at(jwt.expose().as_bytes(), &keys, ISSUER, NOW);
        assert_eq!(judged.err(), Some(Denial::BadJwt(JwtFault::WrongType)), "{typ}");
    }
}
