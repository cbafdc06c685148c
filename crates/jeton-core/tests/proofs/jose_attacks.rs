//! Every known way to make a verifier believe a JWT that it should not, each refused for its own reason.
//!
//! The forger here holds the issuer's key wherever that makes the test harder: the signatures are true unless the attack is
//! about signatures, so that only the rule in question can refuse.

use super::forge::{Forge, ISSUER, NOW, claims, encode, with};
use aws_lc_rs::hmac;
use jeton_core::{
    denial::{Denial, JwtFault},
    jose::{
        Algorithm, KeySet, Rule, SigningKey, VerifiedAccessToken, inspect, looks_like_jwt,
        verify::{self, Expected},
        verify_access_token_at,
    },
    timestamp::Timestamp,
};
use serde_json::{Value, json};

fn judge(forge: &Forge, text: &str) -> Result<VerifiedAccessToken, Denial> {
    verify_access_token_at(text.as_bytes(), &forge.keys, ISSUER, NOW)
}
fn refused(fault: JwtFault) -> Option<Denial> {
    Some(Denial::BadJwt(fault))
}

#[test]
fn the_plain_one_passes() {
    let forge = Forge::new();
    let text = forge.sign(&forge.header().to_string(), &claims().to_string());
    assert!(looks_like_jwt(text.as_bytes()));
    let verified = judge(&forge, &text).expect("in order");
    assert_eq!(verified.claims().scopes.len(), 2);
    for typ in ["AT+JWT", "application/at+jwt", "Application/AT+JWT"] {
        assert!(judge(&forge, &forge.sign(&forge.header_with("typ", json!(typ)), &claims().to_string())).is_ok(), "{typ}");
    }
}

#[test]
fn headers_that_try_something() {
    let forge = Forge::new();
    let cases = [
        ("alg", json!("none"), JwtFault::WrongAlgorithm),
        ("alg", json!("None"), JwtFault::WrongAlgorithm),
        ("alg", json!("NONE"), JwtFault::WrongAlgorithm),
        ("alg", json!("noNE"), JwtFault::WrongAlgorithm),
        ("alg", json!("es256"), JwtFault::WrongAlgorithm),
        ("alg", json!("HS256"), JwtFault::WrongAlgorithm),
        ("alg", json!("RS256"), JwtFault::WrongAlgorithm),
        ("alg", json!("EdDSA"), JwtFault::WrongAlgorithm),
        ("alg", json!("Ed25519"), JwtFault::WrongAlgorithm),
        ("alg", json!("ES384"), JwtFault::WrongAlgorithm),
        ("alg", json!(["ES256"]), JwtFault::WrongAlgorithm),
        ("alg", json!(""), JwtFault::WrongAlgorithm),
        ("alg", Value::Null, JwtFault::WrongAlgorithm),
        ("crit", json!(["exp"]), JwtFault::Critical),
        ("crit", json!([]), JwtFault::Critical),
        ("crit", json!(["b64"]), JwtFault::Critical),
        ("b64", json!(false), JwtFault::Critical),
        ("b64", json!(true), JwtFault::Critical),
        ("zip", json!("DEF"), JwtFault::Critical),
        ("jwk", forge.key.public().to_jwk(), JwtFault::EmbeddedKey),
        ("jku", json!("https://evil.example/jwks"), JwtFault::EmbeddedKey),
        ("x5u", json!("https://evil.example/cert"), JwtFault::EmbeddedKey),
        ("x5c", json!(["MIIB"]), JwtFault::EmbeddedKey),
        ("cty", json!("JWT"), JwtFault::Nested),
        ("cty", json!("application/jwt"), JwtFault::Nested),
        ("cty", json!(1), JwtFault::Nested),
        ("enc", json!("A256GCM"), JwtFault::Nested),
        ("kid", Value::Null, JwtFault::NoKeyId),
        ("kid", json!(""), JwtFault::NoKeyId),
        ("kid", json!(7), JwtFault::NoKeyId),
        ("kid", json!("a b"), JwtFault::NoKeyId),
        ("kid", json!("../../dev/null"), JwtFault::UnknownKey),
        ("kid", json!("' OR 1=1 --"), JwtFault::NoKeyId),
        ("kid", json!("k".repeat(257)), JwtFault::NoKeyId),
        ("typ", json!("JWT"), JwtFault::WrongType),
        ("typ", json!("id_token"), JwtFault::WrongType),
        ("typ", json!("logout+jwt"), JwtFault::WrongType),
        ("typ", json!("dpop+jwt"), JwtFault::WrongType),
        ("typ", json!("at+jwt "), JwtFault::WrongType),
        ("typ", json!("text/at+jwt"), JwtFault::WrongType),
        ("typ", json!(1), JwtFault::WrongType),
        ("typ", Value::Null, JwtFault::WrongType),
    ];
    for (name, value, fault) in cases {
        let text = forge.sign(&forge.header_with(name, value.clone()), &claims().to_string());
        assert_eq!(judge(&forge, &text).err(), refused(fault), "{name}: {value}");
    }
}

#[test]
fn headers_that_are_not_plain_json() {
    let forge = Forge::new();
    let kid = forge.key.kid();
    let plain = forge.header().to_string();
    let inside = &plain[1..plain.len() - 1];
    let cases = [
        format!("{{{inside},\"alg\":\"ES256\"}}"),
        format!("{{{inside},\"\\u0061lg\":\"none\"}}"),
        format!("{{{inside},\"x\":{{\"a\":1,\"a\":2}}}}"),
        format!("{{{inside},\"x\":{}{}}}", "[".repeat(8), "]".repeat(8)),
        format!("{{{inside}}}x"),
        format!("{{{inside}}}{{}}"),
        format!("\u{feff}{{{inside}}}"),
        format!("[{{{inside}}}]"),
        format!("\"{kid}\""),
        "null".into(),
        String::from("{"),
    ];
    for header in cases {
        assert_eq!(judge(&forge, &forge.sign(&header, &claims().to_string())).err(), refused(JwtFault::BadHeader), "{header}");
    }
    let long = forge.header_with("x", json!("y".repeat(4096)));
    assert_eq!(judge(&forge, &forge.sign(&long, &claims().to_string())).err(), refused(JwtFault::TooLong));
}

#[test]
fn signatures_that_do_not_fit() {
    let forge = Forge::new();
    let good = forge.sign(&forge.header().to_string(), &claims().to_string());
    let (input, signature) = good.rsplit_once('.').expect("three parts");
    let signed_with = |alg: &str, bytes: &[u8]| {
        let input = format!("{}.{}", encode(forge.header_with("alg", json!(alg))), encode(claims().to_string()));
        format!("{input}.{}", encode(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, bytes), input.as_bytes())))
    };
    let jwk = forge.key.public().to_jwk().to_string();
    assert_eq!(judge(&forge, &signed_with("HS256", jwk.as_bytes())).err(), refused(JwtFault::WrongAlgorithm));
    assert_eq!(judge(&forge, &signed_with("ES256", jwk.as_bytes())).err(), refused(JwtFault::BadSignature));
    // r = s = 0 verified anything in one well-known library.
    assert_eq!(judge(&forge, &format!("{input}.{}", encode([0; 64]))).err(), refused(JwtFault::BadSignature));
    assert_eq!(judge(&forge, &format!("{input}.{}", encode([0; 63]))).err(), refused(JwtFault::BadSignature));
    assert_eq!(judge(&forge, &format!("{input}.{}", &signature[..84])).err(), refused(JwtFault::BadSignature));
    // Another token's signature, and another key of the same algorithm.
    let other = forge.sign(&forge.header().to_string(), &with(claims(), "sub", json!("usr_2")));
    let (_, stolen) = other.rsplit_once('.').expect("three parts");
    assert_eq!(judge(&forge, &format!("{input}.{stolen}")).err(), refused(JwtFault::BadSignature));
    let stranger = Forge::new();
    assert_eq!(judge(&forge, &stranger.sign(&forge.header().to_string(), &claims().to_string())).err(), refused(JwtFault::BadSignature));
    let unknown = stranger.sign(&stranger.header().to_string(), &claims().to_string());
    assert_eq!(judge(&forge, &unknown).err(), refused(JwtFault::UnknownKey));
    let foreign = stranger.sign(&stranger.header().to_string(), &with(claims(), "iss", json!("https://other.example")));
    assert_eq!(judge(&forge, &foreign).err(), Some(Denial::IssuerUntrusted));
}

#[test]
fn one_key_has_one_algorithm() {
    let rsa = SigningKey::generate(Algorithm::Rs256).expect("key");
    let ed = SigningKey::generate(Algorithm::EdDsa).expect("key");
    let keys = KeySet::new(vec![rsa.public().clone(), ed.public().clone()]).expect("key set");
    let forge = Forge::new();
    for (kid, alg) in [(rsa.kid(), "ES256"), (rsa.kid(), "PS256"), (ed.kid(), "ES256"), (ed.kid(), "RS256")] {
        let header = json!({"alg": alg, "kid": kid, "typ": "at+jwt"}).to_string();
        let text = forge.sign(&header, &claims().to_string());
        assert_eq!(verify_access_token_at(text.as_bytes(), &keys, ISSUER, NOW).err(), refused(JwtFault::WrongAlgorithm), "{alg}");
    }
}

#[test]
fn shapes_that_are_not_compact() {
    let forge = Forge::new();
    let good = forge.sign(&forge.header().to_string(), &claims().to_string());
    let parts: Vec<&str> = good.split('.').collect();
    let [header, body, signature] = parts.as_slice() else { panic!("three parts") };
    let json_form = json!({"protected": header, "payload": body, "signature": signature}).to_string();
    let cases = [
        String::new(),
        format!("{header}.{body}"),
        format!("{header}.{body}."),
        format!(".{body}.{signature}"),
        format!("{header}..{signature}"),
        format!("{good}."),
        format!("{good}.{signature}"),
        format!("{header}.{body}.{signature}.{body}.{signature}"),
        format!(" {good}"),
        format!("{good} "),
        format!("{good}\n"),
        format!("{header}.\n{body}.{signature}"),
        format!("{header}=.{body}.{signature}"),
        format!("{header}.{body}==.{signature}"),
        format!("{header}.{body}.{signature}="),
        good.replace('.', "%2e"),
        good.replace('.', "\u{2024}"),
        json_form.clone(),
        json!({"payload": body, "signatures": [{"protected": header, "signature": signature}]}).to_string(),
        format!("Bearer {good}"),
        good.replace('-', "+").replace('_', "/") + "/",
        format!("{good}\0"),
    ];
    for text in cases {
        assert_eq!(judge(&forge, &text).err(), refused(JwtFault::NotCompact), "{text}");
        assert!(!looks_like_jwt(text.as_bytes()), "{text}");
    }
    let long = forge.sign(&forge.header().to_string(), &with(claims(), "x", json!("y".repeat(16 * 1024))));
    assert_eq!(judge(&forge, &long).err(), refused(JwtFault::TooLong));
}

#[test]
fn trailing_bits_have_one_value() {
    let forge = Forge::new();
    let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    // A signature of 64 bytes ends in a digit with four unused bits: fifteen other digits would decode to the same bytes.
    let good = forge.sign(&forge.header().to_string(), &claims().to_string());
    let last = *good.as_bytes().last().expect("not empty");
    let value = digits.iter().position(|digit| *digit == last).expect("a digit");
    for (other, digit) in digits.iter().enumerate().skip(value / 16 * 16).take(16) {
        let text = format!("{}{}", &good[..good.len() - 1], char::from(*digit));
        assert_eq!(judge(&forge, &text).is_ok(), other == value, "{other}");
    }
    // The same in the claims, truly signed over the other spelling.
    let mut body = claims();
    body["sub"] = json!("usr_11");
    while body.to_string().len().is_multiple_of(3) {
        body["sub"] = json!(format!("{}1", body["sub"].as_str().expect("text")));
    }
    let encoded = encode(body.to_string());
    let last = digits.iter().position(|digit| *digit == encoded.as_bytes()[encoded.len() - 1]).expect("a digit");
    let spelled = format!("{}{}", &encoded[..encoded.len() - 1], char::from(digits[last + 1]));
    let text = forge.sign_input(&format!("{}.{spelled}", encode(forge.header().to_string())));
    assert_eq!(judge(&forge, &text).err(), refused(JwtFault::NotCompact));
}

#[test]
fn every_required_claim_must_be_there_and_of_its_type() {
    let forge = Forge::new();
    let texts = ["iss", "sub", "jti", "client_id", "scope"];
    let wrong_for_text = [Value::Null, json!(1), json!(true), json!(["x"]), json!({"a": 1})];
    let mut cases: Vec<(&str, Value)> = Vec::new();
    for name in texts {
        cases.extend(wrong_for_text.iter().map(|value| (name, value.clone())));
    }
    for name in ["exp", "iat"] {
        let wrong =
            [json!("1800000900"), json!(true), json!([1]), json!({}), json!(-1), json!(1e300), json!(253_402_300_800_i64), Value::Null];
        cases.extend(wrong.into_iter().map(|value| (name, value)));
    }
    cases.extend([json!("x"), json!(-1), json!(1e40), json!([])].map(|value| ("nbf", value)));
    let audiences = [
        Value::Null,
        json!([]),
        json!(""),
        json!(["https://api.example.com", 1]),
        json!([["https://api.example.com"]]),
        json!({}),
        json!(7),
    ];
    cases.extend(audiences.map(|value| ("aud", value)));
    cases.push(("aud", json!(vec!["https://api.example.com"; 17])));
    cases.push(("aud", json!("not a uri")));
    cases.push(("sub", json!("")));
    cases.push(("sub", json!("a b")));
    cases.push(("sub", json!("s".repeat(256))));
    cases.push(("jti", json!("short")));
    cases.push(("client_id", json!("")));
    cases.push(("scope", json!("a  b")));
    cases.push(("scope", json!("a \"b\"")));
    cases.push(("exp", json!(NOW.as_seconds() + 24 * 3600 + 1)));
    for (name, value) in cases {
        let text = forge.sign(&forge.header().to_string(), &with(claims(), name, value.clone()));
        assert_eq!(judge(&forge, &text).err(), refused(JwtFault::Claim(name_of(name))), "{name}: {value}");
    }
    let null = forge.sign(&forge.header().to_string(), &claims().to_string().replace("\"usr_1\"", "null"));
    assert_eq!(judge(&forge, &null).err(), refused(JwtFault::Claim("sub")));
}

/// The static name that a fault carries.
fn name_of(name: &str) -> &'static str {
    ["iss", "sub", "aud", "exp", "iat", "nbf", "jti", "client_id", "scope"].into_iter().find(|own| *own == name).expect("a claim")
}

#[test]
fn claims_that_are_not_plain_json() {
    let forge = Forge::new();
    let plain = claims().to_string();
    let inside = &plain[1..plain.len() - 1];
    let inner = forge.sign(&forge.header().to_string(), &plain);
    let cases = [
        format!("{{{inside},\"sub\":\"usr_2\"}}"),
        format!("{{\"sub\":\"usr_2\",{inside}}}"),
        format!("{{{inside},\"s\\u0075b\":\"usr_2\"}}"),
        format!("{{{inside},\"x\":{{\"y\":1,\"y\":1}}}}"),
        format!("{{{inside},\"x\":NaN}}"),
        format!("{{{inside},\"x\":Infinity}}"),
        format!("{{{inside},\"x\":1e999}}"),
        format!("{{{inside},\"x\":{}1{}}}", "[".repeat(8), "]".repeat(8)),
        format!("{{{inside}}} trailing"),
        format!("[{plain}]"),
        inner.clone(),
        format!("\"{inner}\""),
        String::from("null"),
        String::from("7"),
        String::from("{\"a\":\"\u{0}\"}"),
    ];
    for text in cases {
        let signed = forge.sign(&forge.header().to_string(), &text);
        assert_eq!(judge(&forge, &signed).err(), refused(JwtFault::BadClaims), "{text}");
    }
    let latin = [b"{\"sub\":\"".as_slice(), b"\xe9\"}"].concat();
    let signed = forge.sign_input(&format!("{}.{}", encode(forge.header().to_string()), encode(latin)));
    assert_eq!(judge(&forge, &signed).err(), refused(JwtFault::BadClaims));
}

#[test]
fn issuers_compare_byte_for_byte() {
    let forge = Forge::new();
    for other in ["https://auth.example.com/", "https://AUTH.example.com", "http://auth.example.com", "https://auth.example.com ", "", "*"]
    {
        let text = forge.sign(&forge.header().to_string(), &with(claims(), "iss", json!(other)));
        assert_eq!(judge(&forge, &text).err(), refused(JwtFault::WrongIssuer), "{other}");
    }
}

#[test]
fn time_is_judged_on_both_sides() {
    let forge = Forge::new();
    let now = NOW.as_seconds();
    let at = |name: &str, value: Value| judge(&forge, &forge.sign(&forge.header().to_string(), &with(claims(), name, value))).err();
    assert_eq!(at("exp", json!(now + 1)), None);
    assert_eq!(at("exp", json!(now as f64 + 0.5)), None);
    let expired = |seconds: i64| Some(Denial::Expired { at: Timestamp::from_seconds(seconds) });
    let earlier = |exp: i64| {
        let body = with(serde_json::from_str(&with(claims(), "iat", json!(now - 3600))).expect("JSON"), "exp", json!(exp));
        judge(&forge, &forge.sign(&forge.header().to_string(), &body)).err()
    };
    assert_eq!(earlier(now), expired(now));
    assert_eq!(earlier(now - 1), expired(now - 1));
    assert_eq!(earlier(now - 3600), refused(JwtFault::Claim("exp")), "an end that is not after its beginning");
    assert_eq!(at("iat", json!(now + 10)), None);
    assert_eq!(at("iat", json!(now + 11)), refused(JwtFault::IssuedInFuture));
    assert_eq!(at("nbf", json!(now + 10)), None);
    assert_eq!(at("nbf", json!(now + 11)), Some(Denial::NotYetValid { at: Timestamp::from_seconds(now + 11) }));
}

#[test]
fn no_changed_byte_of_a_jwt_verifies() {
    let forge = Forge::new();
    let good = forge.sign(&forge.header().to_string(), &claims().to_string());
    for at in 0..good.len() {
        for flip in [1u8, 2, 32] {
            let mut text = good.clone().into_bytes();
            text[at] ^= flip;
            assert!(verify_access_token_at(&text, &forge.keys, ISSUER, NOW).is_err(), "byte {at} ^ {flip}");
        }
    }
    for length in 0..good.len() {
        assert!(verify_access_token_at(&good.as_bytes()[..length], &forge.keys, ISSUER, NOW).is_err(), "length {length}");
    }
}

#[test]
fn a_report_names_the_rule_that_failed() {
    let forge = Forge::new();
    let expected = Expected { issuer: Some(ISSUER), audience: Some("https://api.example.com"), typ: Some("at+jwt") };
    let failures = |text: &str| {
        let report = verify::verify_at(text.as_bytes(), &forge.keys, &expected, NOW);
        assert_eq!(report.checks.iter().map(|check| check.rule).collect::<Vec<_>>(), Rule::ALL, "each rule once and in order");
        assert_eq!(report.verified().is_some(), report.failures().next().is_none());
        report.failures().map(|check| check.rule).collect::<Vec<_>>()
    };
    let header = forge.header().to_string();
    assert_eq!(failures(&forge.sign(&header, &claims().to_string())), []);
    assert_eq!(failures("a.b"), [Rule::Compact]);
    assert_eq!(failures(&forge.sign(&forge.header_with("alg", json!("none")), "{}")), [Rule::Algorithm]);
    assert_eq!(failures(&forge.sign(&forge.header_with("crit", json!(["x"])), "{}")), [Rule::Critical]);
    assert_eq!(failures(&forge.sign(&forge.header_with("kid", json!("x")), &claims().to_string())), [Rule::Key]);
    assert_eq!(failures(&forge.sign(&forge.header_with("typ", json!("JWT")), &claims().to_string())), [Rule::Type]);
    assert_eq!(failures(&Forge::new().sign(&header, &claims().to_string())), [Rule::Signature]);
    assert_eq!(failures(&forge.sign(&header, "[]")), [Rule::Claims]);
    assert_eq!(failures(&forge.sign(&header, &with(claims(), "iss", json!("x")))), [Rule::Issuer]);
    assert_eq!(failures(&forge.sign(&header, &with(claims(), "aud", json!(["x", "y"])))), [Rule::Audience]);
    assert_eq!(failures(&forge.sign(&header, &with(claims(), "exp", json!(1)))), [Rule::Expiry]);
    assert_eq!(failures(&forge.sign(&header, &with(claims(), "nbf", json!(NOW.as_seconds() + 60)))), [Rule::NotBefore]);
    assert_eq!(failures(&forge.sign(&header, &with(claims(), "iat", json!("now")))), [Rule::IssuedAt, Rule::AccessToken]);
    assert_eq!(failures(&forge.sign(&header, &with(claims(), "client_id", Value::Null))), [Rule::AccessToken]);
}

#[test]
fn a_key_is_found_without_kid_only_where_there_is_no_choice() {
    let (forge, other) = (Forge::new(), Forge::new());
    let text = forge.sign(&forge.header_with("kid", Value::Null), &claims().to_string());
    let verified = |keys: &KeySet| verify::verify_at(text.as_bytes(), keys, &Expected::default(), NOW).verified().is_some();
    assert!(verified(&forge.keys));
    assert!(!verified(&KeySet::new(vec![forge.key.public().clone(), other.key.public().clone()]).expect("key set")));
    assert!(!verified(&KeySet::default()));
    let rsa = SigningKey::generate(Algorithm::Rs256).expect("key");
    assert!(verified(&KeySet::new(vec![rsa.public().clone(), forge.key.public().clone()]).expect("key set")));
}

#[test]
fn an_inspection_explains_and_lists_every_problem() {
    let forge = Forge::new();
    let inspect = |text: &str| inspect::inspect_at(text.as_bytes(), NOW);
    let good = inspect(&forge.sign(&forge.header().to_string(), &claims().to_string()));
    assert_eq!(good.problems, []);
    assert_eq!(good.signature_bytes, 64);
    let exp = good.claims.iter().find(|member| member.name == "exp").expect("exp");
    assert_eq!(exp.meaning, "from when on it is dead: 2027-01-15T08:15:00Z, in 15m 0s");
    assert!(good.header.iter().any(|member| member.name == "typ" && member.meaning.contains("RFC 9068")));

    let rules = |text: &str| inspect(text).problems.into_iter().map(|problem| problem.rule).collect::<Vec<_>>();
    assert_eq!(rules("jtn_pat_abc"), [Rule::Compact]);
    assert_eq!(rules("a.b.c.d.e"), [Rule::Compact]);
    assert_eq!(rules("{\"payload\":\"x\"}"), [Rule::Compact]);
    assert_eq!(rules(&"a".repeat(20_000)), [Rule::Size]);
    assert_eq!(rules("!.!.!"), [Rule::Compact, Rule::Compact]);
    let bad = forge
        .sign(r#"{"alg":"none","alg":"none","crit":["x"],"jku":"https://evil.example","cty":"JWT"}"#, r#"{"iss":1,"exp":1,"nbf":1e30}"#);
    let expected = [
        Rule::Header,
        Rule::Critical,
        Rule::EmbeddedKey,
        Rule::Nested,
        Rule::Algorithm,
        Rule::Key,
        Rule::Type,
        Rule::Issuer,
        Rule::AccessToken,
        Rule::AccessToken,
        Rule::Audience,
        Rule::Expiry,
        Rule::NotBefore,
    ];
    assert_eq!(rules(&bad), expected);
    let inner = forge.sign(&forge.header().to_string(), &claims().to_string());
    assert_eq!(rules(&forge.sign(&forge.header().to_string(), &inner)), [Rule::Nested]);
    let padded = format!("{}.{}.{}=", encode(forge.header().to_string()), encode(claims().to_string()), encode([1; 64]));
    assert_eq!(rules(&padded), [Rule::Compact]);
}
