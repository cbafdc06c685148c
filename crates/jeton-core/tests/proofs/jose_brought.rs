//! Every known way to make an authorization server believe a JWT that a client brings, each refused for its own reason.
//!
//! The forger holds the client's key, so that only the rule in question can refuse.

use super::{
    forge::{Forge, ISSUER, NOW, encode, with},
    jose_issued::one_of_each,
};
use aws_lc_rs::{
    hmac,
    rand::SystemRandom,
    signature::{RSA_PSS_SHA256, RsaKeyPair},
};
use jeton_core::{
    denial::JwtFault,
    jose::{
        Algorithm, BearerAssertionRules, BroughtFault, ClientAssertionRules, KeySet, RequestObjectRules, SigningKey, unverified_client_of,
        verify_bearer_assertion_at, verify_client_assertion_at, verify_id_token_hint, verify_request_object_at,
    },
    timestamp::{Span, Timestamp},
};
use serde_json::{Map, Value, json};

const CLIENT: &str = "app_0123456789ab";
const TOKEN_ENDPOINT: &str = "https://auth.example.com/oauth/token";
const TRUSTED: &str = "https://token.actions.example";

/// The kinds that follow the same way; a verdict is only whether, and why not.
type Judge = fn(&Forge, &str) -> Result<(), BroughtFault>;

const CLIENT_RULES: ClientAssertionRules<'_> =
    ClientAssertionRules { client_id: CLIENT, issuer: ISSUER, legacy_audience: None, algorithm: None };

fn assertion(forge: &Forge, text: &str) -> Result<(), BroughtFault> {
    verify_client_assertion_at(text.as_bytes(), &forge.keys, &CLIENT_RULES, NOW).map(|_| ())
}
fn bearer(forge: &Forge, text: &str) -> Result<(), BroughtFault> {
    let rules = BearerAssertionRules { trusted_issuer: TRUSTED, audiences: &[ISSUER, TOKEN_ENDPOINT], algorithm: None };
    verify_bearer_assertion_at(text.as_bytes(), &forge.keys, &rules, NOW).map(|_| ())
}
fn request(forge: &Forge, text: &str) -> Result<Map<String, Value>, BroughtFault> {
    let rules = RequestObjectRules { client_id: CLIENT, issuer: ISSUER, algorithm: None };
    verify_request_object_at(text.as_bytes(), &forge.keys, &rules, NOW)
}

fn of_assertion() -> Value {
    let now = NOW.as_seconds();
    json!({"iss": CLIENT, "sub": CLIENT, "aud": ISSUER, "exp": now + 60, "iat": now, "jti": "one"})
}
fn of_bearer() -> Value {
    let now = NOW.as_seconds();
    json!({"iss": TRUSTED, "sub": "repo:a/b:ref:refs/heads/main", "aud": ISSUER, "exp": now + 300, "iat": now, "repository": "a/b"})
}
fn of_request() -> Value {
    let now = NOW.as_seconds();
    json!({
        "iss": CLIENT, "aud": ISSUER, "exp": now + 60, "iat": now, "nbf": now, "jti": "two", "client_id": CLIENT,
        "response_type": "code", "max_age": 60, "claims": {"id_token": {"email": null}},
    })
}

/// Each kind with its claims in order and its own `typ`.
fn kinds() -> [(Judge, Value, &'static str); 3] {
    [
        (assertion, of_assertion(), "client-authentication+jwt"),
        (bearer, of_bearer(), "JWT"),
        (|forge, text| request(forge, text).map(|_| ()), of_request(), "oauth-authz-req+jwt"),
    ]
}

fn header(forge: &Forge, typ: &str) -> Value {
    json!({"alg": "ES256", "kid": forge.key.kid(), "typ": typ})
}

#[test]
fn those_in_order_pass() {
    let forge = Forge::new();
    for (judge, claims, typ) in kinds() {
        for typ in [json!(typ), json!("JWT"), json!(typ.to_uppercase()), json!(format!("application/{typ}")), Value::Null] {
            let text = forge.sign(&with(header(&forge, "x"), "typ", typ.clone()), &claims.to_string());
            assert_eq!(judge(&forge, &text), Ok(()), "{typ}");
        }
        let nameless = with(header(&forge, typ), "kid", Value::Null);
        assert_eq!(judge(&forge, &forge.sign(&nameless, &claims.to_string())), Ok(()), "the only key that fits");
        let listed = with(claims, "aud", json!([ISSUER]));
        assert_eq!(judge(&forge, &forge.sign(&header(&forge, typ).to_string(), &listed)), Ok(()), "an array of one");
    }
    let text = forge.sign(&header(&forge, "JWT").to_string(), &of_assertion().to_string());
    assert_eq!(unverified_client_of(text.as_bytes()).as_deref(), Ok(CLIENT));
    let verified = verify_client_assertion_at(text.as_bytes(), &forge.keys, &CLIENT_RULES, NOW).expect("in order");
    assert_eq!((verified.id(), verified.expires_at()), ("one", NOW.plus(Span::from_minutes(1))));
    let parameters = request(&forge, &forge.sign(&header(&forge, "JWT").to_string(), &of_request().to_string())).expect("in order");
    let expected = json!({"client_id": CLIENT, "response_type": "code", "max_age": 60, "claims": {"id_token": {"email": null}}});
    assert_eq!(Value::Object(parameters), expected);
}

#[test]
fn headers_that_try_something() {
    let forge = Forge::new();
    let cases = [
        ("alg", json!("none"), JwtFault::WrongAlgorithm),
        ("alg", json!("nOnE"), JwtFault::WrongAlgorithm),
        ("alg", json!("HS256"), JwtFault::WrongAlgorithm),
        ("alg", json!("RS256"), JwtFault::WrongAlgorithm),
        ("alg", json!("PS256"), JwtFault::WrongAlgorithm),
        ("alg", Value::Null, JwtFault::WrongAlgorithm),
        ("crit", json!(["exp"]), JwtFault::Critical),
        ("b64", json!(false), JwtFault::Critical),
        ("zip", json!("DEF"), JwtFault::Critical),
        ("jwk", forge.key.public().to_jwk(), JwtFault::EmbeddedKey),
        ("jku", json!("https://evil.example/jwks"), JwtFault::EmbeddedKey),
        ("x5c", json!(["MIIB"]), JwtFault::EmbeddedKey),
        ("x5u", json!("https://evil.example"), JwtFault::EmbeddedKey),
        ("cty", json!("JWT"), JwtFault::Nested),
        ("enc", json!("A256GCM"), JwtFault::Nested),
        ("kid", json!("../../etc/passwd"), JwtFault::UnknownKey),
        ("kid", json!(""), JwtFault::NoKeyId),
        ("typ", json!(1), JwtFault::WrongType),
    ];
    for (judge, claims, typ) in kinds() {
        for (name, value, fault) in &cases {
            let text = forge.sign(&with(header(&forge, typ), name, value.clone()), &claims.to_string());
            assert_eq!(judge(&forge, &text), Err(BroughtFault::Jwt(*fault)), "{typ}, {name}: {value}");
        }
        for other in
            ["at+jwt", "dpop+jwt", "logout+jwt", "statuslist+jwt", "token-introspection+jwt", "secevent+jwt", "", "JWT ", "text/JWT"]
        {
            let text = forge.sign(&header(&forge, other).to_string(), &claims.to_string());
            assert_eq!(judge(&forge, &text), Err(BroughtFault::WrongType), "{typ}: {other}");
        }
        for twice in ["\"alg\":\"ES256\"", "\"kid\":\"x\"", "\"\\u0061lg\":\"none\""] {
            let plain = header(&forge, typ).to_string();
            let text = forge.sign(&format!("{},{twice}}}", &plain[..plain.len() - 1]), &claims.to_string());
            assert_eq!(judge(&forge, &text), Err(BroughtFault::Jwt(JwtFault::BadHeader)), "{typ}: {twice}");
        }
    }
    // The type of one kind is no pass for another.
    let as_request = forge.sign(&header(&forge, "client-authentication+jwt").to_string(), &of_request().to_string());
    assert_eq!(request(&forge, &as_request).err(), Some(BroughtFault::WrongType));
    let as_assertion = forge.sign(&header(&forge, "oauth-authz-req+jwt").to_string(), &of_assertion().to_string());
    assert_eq!(assertion(&forge, &as_assertion), Err(BroughtFault::WrongType));
}

#[test]
fn signatures_and_keys_that_do_not_fit() {
    let (forge, stranger) = (Forge::new(), Forge::new());
    for (judge, claims, typ) in kinds() {
        let good = forge.sign(&header(&forge, typ).to_string(), &claims.to_string());
        let (input, _) = good.rsplit_once('.').expect("three parts");
        let secret = hmac::Key::new(hmac::HMAC_SHA256, forge.key.public().to_jwk().to_string().as_bytes());
        let bad = |jwt: String| assert_eq!(judge(&forge, &jwt), Err(BroughtFault::Jwt(JwtFault::BadSignature)), "{typ}");
        bad(format!("{input}.{}", encode([0; 64])));
        bad(format!("{input}.{}", encode(hmac::sign(&secret, input.as_bytes()))));
        bad(stranger.sign(&header(&forge, typ).to_string(), &claims.to_string()));
        let unknown = stranger.sign(&header(&stranger, typ).to_string(), &claims.to_string());
        assert_eq!(judge(&forge, &unknown), Err(BroughtFault::Jwt(JwtFault::UnknownKey)));
        let two = KeySet::new(vec![forge.key.public().clone(), stranger.key.public().clone()]).expect("key set");
        let mut with_two = Forge::new();
        with_two.keys = two;
        let nameless = with(header(&forge, typ), "kid", Value::Null);
        assert_eq!(judge(&with_two, &forge.sign(&nameless, &claims.to_string())), Err(BroughtFault::SeveralKeys));
        let mut with_none = Forge::new();
        with_none.keys = KeySet::default();
        assert_eq!(judge(&with_none, &forge.sign(&nameless, &claims.to_string())), Err(BroughtFault::NoKey));
        for shape in ["", "a.b", &format!("{good}.x"), &format!(" {good}"), &format!("{good}=")] {
            assert_eq!(judge(&forge, shape), Err(BroughtFault::Jwt(JwtFault::NotCompact)));
        }
        let huge = forge.sign(&header(&forge, typ).to_string(), &with(claims, "x", json!("y".repeat(16 * 1024))));
        assert_eq!(judge(&forge, &huge), Err(BroughtFault::Jwt(JwtFault::TooLong)));
    }
}

#[test]
fn claims_that_are_not_in_order() {
    let forge = Forge::new();
    let now = NOW.as_seconds();
    let cases = [
        ("iss", json!("app_other0000"), BroughtFault::WrongIssuer),
        ("iss", Value::Null, BroughtFault::Claim("iss")),
        ("iss", json!([CLIENT]), BroughtFault::Claim("iss")),
        ("aud", Value::Null, BroughtFault::Claim("aud")),
        ("aud", json!([]), BroughtFault::Claim("aud")),
        ("aud", json!([1]), BroughtFault::Claim("aud")),
        ("aud", json!("https://auth.example.com/"), BroughtFault::WrongAudience),
        ("aud", json!("https://evil.example"), BroughtFault::WrongAudience),
        ("exp", json!("soon"), BroughtFault::Claim("exp")),
        ("exp", json!(now), BroughtFault::Expired { at: NOW }),
        ("exp", json!(now - 1), BroughtFault::Expired { at: Timestamp::from_seconds(now - 1) }),
        ("exp", json!(now + 400_000), BroughtFault::ExpiresTooLate),
        ("exp", json!(1e300), BroughtFault::Claim("exp")),
        ("nbf", json!(now + 11), BroughtFault::NotYetValid),
        ("nbf", json!("now"), BroughtFault::Claim("nbf")),
        ("iat", json!(now + 11), BroughtFault::IssuedInFuture),
        ("iat", json!(null), BroughtFault::Claim("iat")),
        ("jti", json!("j".repeat(257)), BroughtFault::Claim("jti")),
        ("jti", json!(""), BroughtFault::Claim("jti")),
        ("jti", json!(7), BroughtFault::Claim("jti")),
    ];
    for (judge, claims, typ) in kinds() {
        for (name, value, fault) in &cases {
            // `with` takes `null` for "without"; a claim that may be absent is no case then.
            if value.is_null() && *name == "iat" {
                continue;
            }
            let text = forge.sign(&header(&forge, typ).to_string(), &with(claims.clone(), name, value.clone()));
            assert_eq!(judge(&forge, &text), Err(*fault), "{typ}, {name}: {value}");
        }
        for bad in ["[]".to_owned(), "{".to_owned(), with_twice(&claims), format!("{{\"a\":{}{}}}", "[".repeat(9), "]".repeat(9))] {
            let text = forge.sign(&header(&forge, typ).to_string(), &bad);
            assert_eq!(judge(&forge, &text), Err(BroughtFault::Jwt(JwtFault::BadClaims)), "{typ}: {bad}");
        }
    }
}

/// The same claims, with another `iss` behind the first.
fn with_twice(claims: &Value) -> String {
    let plain = claims.to_string();
    format!("{},\"iss\":\"evil\"}}", &plain[..plain.len() - 1])
}

#[test]
fn a_client_assertion_is_of_the_client_for_this_issuer_alone_and_short() {
    let forge = Forge::new();
    let judge = |name: &str, value: Value| {
        let text = forge.sign(&header(&forge, "JWT").to_string(), &with(of_assertion(), name, value));
        assertion(&forge, &text)
    };
    assert_eq!(judge("sub", json!("app_other0000")), Err(BroughtFault::WrongSubject));
    assert_eq!(judge("sub", Value::Null), Err(BroughtFault::Claim("sub")));
    assert_eq!(judge("exp", Value::Null), Err(BroughtFault::Claim("exp")));
    assert_eq!(judge("jti", Value::Null), Err(BroughtFault::Claim("jti")));
    assert_eq!(judge("aud", json!(TOKEN_ENDPOINT)), Err(BroughtFault::WrongAudience));
    assert_eq!(judge("aud", json!([ISSUER, "https://other.example"])), Err(BroughtFault::SeveralAudiences));
    assert_eq!(judge("aud", json!([ISSUER, ISSUER])), Err(BroughtFault::SeveralAudiences));
    assert_eq!(judge("exp", json!(NOW.as_seconds() + 310)), Ok(()));
    assert_eq!(judge("exp", json!(NOW.as_seconds() + 311)), Err(BroughtFault::ExpiresTooLate));
    // The switch for old clients lets the token endpoint through, and still nothing besides.
    let legacy = ClientAssertionRules { legacy_audience: Some(TOKEN_ENDPOINT), ..CLIENT_RULES };
    let with_aud = |aud: Value| {
        let text = forge.sign(&header(&forge, "JWT").to_string(), &with(of_assertion(), "aud", aud));
        verify_client_assertion_at(text.as_bytes(), &forge.keys, &legacy, NOW).map(|_| ())
    };
    assert_eq!(with_aud(json!(TOKEN_ENDPOINT)), Ok(()));
    assert_eq!(with_aud(json!(ISSUER)), Ok(()));
    assert_eq!(with_aud(json!([ISSUER, TOKEN_ENDPOINT])), Err(BroughtFault::SeveralAudiences));
    // It lives for an hour, and no longer.
    let with_exp = |seconds: i64| {
        let claims = with(of_assertion(), "exp", json!(NOW.as_seconds() + seconds));
        let text = forge.sign(&header(&forge, "JWT").to_string(), &claims);
        verify_client_assertion_at(text.as_bytes(), &forge.keys, &legacy, NOW).map(|_| ())
    };
    assert_eq!(with_exp(3610), Ok(()));
    assert_eq!(with_exp(3611), Err(BroughtFault::ExpiresTooLate));
    let registered = ClientAssertionRules { algorithm: Some(Algorithm::Ps256), ..CLIENT_RULES };
    let text = forge.sign(&header(&forge, "JWT").to_string(), &of_assertion().to_string());
    let judged = verify_client_assertion_at(text.as_bytes(), &forge.keys, &registered, NOW);
    assert_eq!(judged.err(), Some(BroughtFault::NotRegisteredAlgorithm));
}

#[test]
fn an_assertion_of_a_trusted_issuer_is_for_us_alone() {
    let forge = Forge::new();
    let judge = |name: &str, value: Value| bearer(&forge, &forge.sign(&header(&forge, "JWT").to_string(), &with(of_bearer(), name, value)));
    assert_eq!(judge("aud", json!(TOKEN_ENDPOINT)), Ok(()));
    assert_eq!(judge("aud", json!([ISSUER, "sts.amazonaws.example"])), Err(BroughtFault::SeveralAudiences));
    assert_eq!(judge("sub", Value::Null), Err(BroughtFault::Claim("sub")));
    assert_eq!(judge("sub", json!("s".repeat(256))), Err(BroughtFault::Claim("sub")));
    assert_eq!(judge("exp", Value::Null), Err(BroughtFault::Claim("exp")));
    let rules = BearerAssertionRules { trusted_issuer: TRUSTED, audiences: &[ISSUER], algorithm: Some(Algorithm::Es256) };
    let text = forge.sign(&header(&forge, "JWT").to_string(), &with(of_bearer(), "jti", json!("one")));
    let verified = verify_bearer_assertion_at(text.as_bytes(), &forge.keys, &rules, NOW).expect("in order");
    assert_eq!((verified.subject(), verified.id()), ("repo:a/b:ref:refs/heads/main", Some("one")));
    assert_eq!((verified.expires_at(), &verified.claims()["repository"]), (NOW.plus(Span::from_minutes(5)), &json!("a/b")));
}

#[test]
fn a_request_object_is_a_request_and_nothing_else() {
    let forge = Forge::new();
    let judge = |name: &str, value: Value| {
        request(&forge, &forge.sign(&header(&forge, "JWT").to_string(), &with(of_request(), name, value))).map(|_| ())
    };
    assert_eq!(judge("aud", json!(["https://other.example", ISSUER])), Ok(()));
    assert_eq!(judge("exp", Value::Null), Ok(()));
    assert_eq!(judge("exp", json!(NOW.as_seconds() + 3611)), Err(BroughtFault::ExpiresTooLate));
    assert_eq!(judge("sub", json!(CLIENT)), Err(BroughtFault::SubjectIsClient));
    assert_eq!(judge("client_id", json!("app_other0000")), Err(BroughtFault::WrongClient));
    assert_eq!(judge("client_id", json!(7)), Err(BroughtFault::Claim("client_id")));
    assert_eq!(judge("client_id", Value::Null), Ok(()));
    assert_eq!(judge("request", json!("x")), Err(BroughtFault::NestedRequest));
    assert_eq!(judge("request_uri", json!("https://evil.example")), Err(BroughtFault::NestedRequest));
    // A client assertion of the plain type, presented as a request.
    let stolen = forge.sign(&header(&forge, "JWT").to_string(), &of_assertion().to_string());
    assert_eq!(request(&forge, &stolen).err(), Some(BroughtFault::SubjectIsClient));
}

#[test]
fn a_hint_is_an_id_token_of_ours_and_may_be_old() {
    let forge = Forge::new();
    let hint = |text: &str| verify_id_token_hint(text.as_bytes(), &forge.keys, ISSUER);
    let jwts = one_of_each(&forge.key);
    let verified = hint(jwts[0].1.expose()).expect("issued here");
    assert_eq!((verified.subject.as_str(), verified.client_id.as_str()), ("usr_1", "app_1"));
    assert_eq!((verified.session.as_deref(), verified.issued_at), (Some("ses_1"), NOW));
    let refused: Vec<_> = jwts[1..].iter().map(|(_, jwt)| hint(jwt.expose()).err()).collect();
    let wrong = Some(BroughtFault::WrongType);
    assert_eq!(refused, [wrong, wrong, wrong, wrong, Some(BroughtFault::Claim("exp"))]);
    let access_token = forge.sign(&forge.header().to_string(), &super::forge::claims().to_string());
    assert_eq!(hint(&access_token).err(), wrong);
    let claims = json!({"iss": ISSUER, "sub": "usr_1", "aud": "app_1", "exp": 10, "iat": 1});
    let signed = |name: &str, value: Value| hint(&forge.sign(&header(&forge, "JWT").to_string(), &with(claims.clone(), name, value)));
    assert!(signed("x", json!(1)).is_ok(), "long expired");
    assert_eq!(signed("iss", json!("https://other.example")).err(), Some(BroughtFault::WrongIssuer));
    assert_eq!(signed("aud", json!(["app_1", "app_2"])).err(), Some(BroughtFault::Claim("aud")));
    assert_eq!(signed("sid", json!(1)).err(), Some(BroughtFault::Claim("sid")));
    let nameless = with(header(&forge, "JWT"), "kid", Value::Null);
    assert_eq!(hint(&forge.sign(&nameless, &claims.to_string())).err(), Some(BroughtFault::Jwt(JwtFault::NoKeyId)));
    let stranger = Forge::new().sign(&header(&forge, "JWT").to_string(), &claims.to_string());
    assert_eq!(hint(&stranger).err(), Some(BroughtFault::Jwt(JwtFault::BadSignature)));
}

#[test]
fn an_rsa_key_has_one_padding() {
    let key = SigningKey::generate(Algorithm::Rs256).expect("key");
    let pair = RsaKeyPair::from_pkcs8(&key.to_pkcs8().expect("PKCS #8")).expect("pair");
    let pss = |input: &str| {
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(&RSA_PSS_SHA256, &SystemRandom::new(), input.as_bytes(), &mut signature).expect("signs");
        format!("{input}.{}", encode(signature))
    };
    let signed =
        |alg: &str| pss(&format!("{}.{}", encode(json!({"alg": alg, "kid": key.kid()}).to_string()), encode(of_assertion().to_string())));
    let mut jwk = key.public().to_jwk();
    let judge = |jwk: &Value, registered: Option<Algorithm>, text: &str| {
        let set = json!({"keys": [jwk]}).to_string();
        let (keys, _) = KeySet::parse_for(set.as_bytes(), registered).expect("key set");
        verify_client_assertion_at(text.as_bytes(), &keys, &CLIENT_RULES, NOW).map(|_| ())
    };
    let confused = Err(BroughtFault::Jwt(JwtFault::WrongAlgorithm));
    let forged = Err(BroughtFault::Jwt(JwtFault::BadSignature));
    assert_eq!(judge(&jwk, None, &signed("PS256")), confused, "the JWK says RS256");
    assert_eq!(judge(&jwk, Some(Algorithm::Ps256), &signed("PS256")), confused, "and it goes first");
    assert_eq!(judge(&jwk, None, &signed("RS256")), forged);
    jwk["alg"] = json!("PS256");
    assert_eq!(judge(&jwk, None, &signed("PS256")), Ok(()));
    assert_eq!(judge(&jwk, None, &signed("RS256")), confused);
    jwk.as_object_mut().expect("an object").remove("alg");
    assert_eq!(judge(&jwk, None, &signed("PS256")), confused, "RS256 is what an RSA key is for");
    assert_eq!(judge(&jwk, Some(Algorithm::Ps256), &signed("PS256")), Ok(()));
    assert_eq!(judge(&jwk, Some(Algorithm::EdDsa), &signed("PS256")), confused);
    assert!(SigningKey::generate(Algorithm::Ps256).is_err());
}
