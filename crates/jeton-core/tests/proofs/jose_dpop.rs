//! DPoP proofs: those of the standard, and every known way to make one pass that should not.

use super::forge::{Forge, NOW, encode, with};
use aws_lc_rs::{digest, hmac};
use jeton_core::{
    jose::{Algorithm, DpopDemand, DpopFault, JwkFault, SigningKey, VerifiedDpop, verify_dpop_at},
    limits,
    timestamp::{Span, Timestamp},
};
use serde_json::{Value, json};

const URL: &str = "https://api.example.com/orders";
const TOKEN: &[u8] = b"jtn_oat_token";
const DEMAND: DpopDemand<'_> = DpopDemand { method: "POST", url: URL, access_token: None, nonces: None, age_max: limits::DPOP_AGE_MAX };

fn header(forge: &Forge) -> Value {
    let mut jwk = forge.key.public().to_jwk();
    for name in ["kid", "use", "alg"] {
        jwk.as_object_mut().expect("an object").remove(name);
    }
    json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": jwk})
}
fn claims() -> Value {
    json!({"jti": "-BwC3ESc6acc2lTc", "htm": "POST", "htu": URL, "iat": NOW.as_seconds()})
}
fn bound() -> Value {
    let hash = encode(digest::digest(&digest::SHA256, TOKEN));
    serde_json::from_str(&with(claims(), "ath", json!(hash))).expect("JSON")
}
fn judge(demand: &DpopDemand<'_>, text: &str) -> Result<VerifiedDpop, DpopFault> {
    verify_dpop_at(text.as_bytes(), demand, NOW)
}

/// The proof of RFC 9449, section 4.1, and the thumbprint of its section 6.1.
#[test]
fn the_standards_own_proof_passes() {
    let text = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg";
    let now = Timestamp::from_seconds(1_562_262_616);
    let demand = DpopDemand { url: "https://server.example.com/token", ..DEMAND };
    let verified = verify_dpop_at(text.as_bytes(), &demand, now).expect("in order");
    assert_eq!(encode(verified.thumbprint()), "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
    assert_eq!((verified.id(), verified.issued_at(), verified.nonce()), ("-BwC3ESc6acc2lTc", now, None));
}

#[test]
fn every_algorithm_proves() {
    let forge = Forge::new();
    let text = forge.sign(&header(&forge).to_string(), &bound().to_string());
    let with_token = DpopDemand { access_token: Some(TOKEN), ..DEMAND };
    let verified = judge(&with_token, &text).expect("in order");
    assert_eq!(encode(verified.thumbprint()), forge.key.public().thumbprint());
    // A key of another algorithm than the header names is refused before anything is verified.
    for algorithm in [Algorithm::EdDsa, Algorithm::Rs256] {
        let key = SigningKey::generate(algorithm).expect("key");
        let text = forge.sign(&with(header(&forge), "jwk", key.public().to_jwk()), &claims().to_string());
        assert_eq!(judge(&DEMAND, &text).err(), Some(DpopFault::WrongAlgorithm));
        let claimed = json!({"typ": "dpop+jwt", "alg": algorithm.as_str(), "jwk": key.public().to_jwk()});
        let text = forge.sign(&claimed.to_string(), &claims().to_string());
        assert_eq!(judge(&DEMAND, &text).err(), Some(DpopFault::BadSignature));
    }
}

#[test]
fn headers_that_try_something() {
    let forge = Forge::new();
    let jwk = |name: &str, value: Value| serde_json::from_str::<Value>(&with(header(&forge)["jwk"].clone(), name, value)).expect("JSON");
    let private = |name: &'static str| DpopFault::BadKey(JwkFault::Private(name));
    let cases = [
        ("typ", json!("JWT"), DpopFault::WrongType),
        ("typ", json!("at+jwt"), DpopFault::WrongType),
        ("typ", json!("client-authentication+jwt"), DpopFault::WrongType),
        ("typ", Value::Null, DpopFault::WrongType),
        ("alg", json!("none"), DpopFault::WrongAlgorithm),
        ("alg", json!("NONE"), DpopFault::WrongAlgorithm),
        ("alg", json!("HS256"), DpopFault::WrongAlgorithm),
        ("alg", json!("RS256"), DpopFault::WrongAlgorithm),
        ("alg", json!("ES384"), DpopFault::WrongAlgorithm),
        ("alg", Value::Null, DpopFault::WrongAlgorithm),
        ("jwk", Value::Null, DpopFault::NoKey),
        ("jwk", json!("key"), DpopFault::NoKey),
        ("jwk", json!([]), DpopFault::NoKey),
        ("jwk", json!({}), DpopFault::BadKey(JwkFault::Member("kty"))),
        ("jwk", jwk("d", json!("AQ")), private("d")),
        ("jwk", json!({"kty": "oct", "k": "c2VjcmV0"}), private("k")),
        ("jwk", json!({"kty": "oct"}), DpopFault::BadKey(JwkFault::Unsupported)),
        ("jwk", jwk("crv", json!("P-521")), DpopFault::BadKey(JwkFault::Unsupported)),
        ("jwk", jwk("x", json!(encode([1; 32]))), DpopFault::BadKey(JwkFault::BadPoint)),
        ("jwk", jwk("use", json!("enc")), DpopFault::BadKey(JwkFault::Purpose("use"))),
        ("crit", json!(["exp"]), DpopFault::HeaderMember("crit")),
        ("b64", json!(false), DpopFault::HeaderMember("b64")),
        ("zip", json!("DEF"), DpopFault::HeaderMember("zip")),
        ("enc", json!("A256GCM"), DpopFault::HeaderMember("enc")),
        ("cty", json!("JWT"), DpopFault::HeaderMember("cty")),
        ("jku", json!("https://evil.example"), DpopFault::HeaderMember("jku")),
        ("x5u", json!("https://evil.example"), DpopFault::HeaderMember("x5u")),
        ("x5c", json!(["MIIB"]), DpopFault::HeaderMember("x5c")),
        ("x", json!("y".repeat(4096)), DpopFault::TooLong),
    ];
    for (name, value, fault) in cases {
        let text = forge.sign(&with(header(&forge), name, value.clone()), &claims().to_string());
        assert_eq!(judge(&DEMAND, &text).err(), Some(fault), "{name}: {value}");
    }
    let plain = header(&forge).to_string();
    for twice in ["\"jwk\":{}", "\"typ\":\"dpop+jwt\"", "\"\\u006awk\":{}"] {
        let text = forge.sign(&format!("{},{twice}}}", &plain[..plain.len() - 1]), &claims().to_string());
        assert_eq!(judge(&DEMAND, &text).err(), Some(DpopFault::BadHeader), "{twice}");
    }
    // The key of small order, under which anybody can sign anything.
    let identity = json!({"kty": "OKP", "crv": "Ed25519", "x": encode([&[1][..], &[0; 31]].concat())});
    let weak = json!({"typ": "dpop+jwt", "alg": "EdDSA", "jwk": identity}).to_string();
    assert_eq!(judge(&DEMAND, &forge.sign(&weak, &claims().to_string())).err(), Some(DpopFault::BadKey(JwkFault::BadPoint)));
}

#[test]
fn signatures_and_shapes_that_do_not_fit() {
    let (forge, stranger) = (Forge::new(), Forge::new());
    let good = forge.sign(&header(&forge).to_string(), &claims().to_string());
    let (input, _) = good.rsplit_once('.').expect("three parts");
    let jwk = header(&forge)["jwk"].to_string();
    let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, jwk.as_bytes()), input.as_bytes());
    let bad = Some(DpopFault::BadSignature);
    assert_eq!(judge(&DEMAND, &stranger.sign(&header(&forge).to_string(), &claims().to_string())).err(), bad);
    assert_eq!(judge(&DEMAND, &format!("{input}.{}", encode([0; 64]))).err(), bad);
    assert_eq!(judge(&DEMAND, &format!("{input}.{}", encode(mac))).err(), bad);
    for shape in
        [String::new(), input.to_owned(), format!("{good}.x"), format!("{good} "), format!("{good},{good}"), format!("DPoP {good}")]
    {
        assert_eq!(judge(&DEMAND, &shape).err(), Some(DpopFault::NotCompact), "{shape}");
    }
    let huge = forge.sign(&header(&forge).to_string(), &with(claims(), "x", json!("y".repeat(16 * 1024))));
    assert_eq!(judge(&DEMAND, &huge).err(), Some(DpopFault::TooLong));
    for claims in ["[]", "{", "{\"jti\":\"a\",\"jti\":\"a\"}"] {
        assert_eq!(judge(&DEMAND, &forge.sign(&header(&forge).to_string(), claims)).err(), Some(DpopFault::BadClaims), "{claims}");
    }
}

#[test]
fn a_proof_is_for_one_request() {
    let forge = Forge::new();
    let now = NOW.as_seconds();
    let cases = [
        ("jti", Value::Null, Some(DpopFault::Claim("jti"))),
        ("jti", json!(""), Some(DpopFault::Claim("jti"))),
        ("jti", json!("j".repeat(257)), Some(DpopFault::Claim("jti"))),
        ("jti", json!("j".repeat(256)), None),
        ("htm", json!("GET"), Some(DpopFault::WrongMethod)),
        ("htm", json!("post"), Some(DpopFault::WrongMethod)),
        ("htm", Value::Null, Some(DpopFault::Claim("htm"))),
        ("htu", json!("https://api.example.com/orders?a=b#c"), None),
        ("htu", json!("HTTPS://API.EXAMPLE.COM:443/%6frders"), None),
        ("htu", json!("http://api.example.com/orders"), Some(DpopFault::WrongTarget)),
        ("htu", json!("https://api.example.com/orders/"), Some(DpopFault::WrongTarget)),
        ("htu", json!("https://api.example.com:8443/orders"), Some(DpopFault::WrongTarget)),
        ("htu", json!("https://evil.example/orders"), Some(DpopFault::WrongTarget)),
        ("htu", json!("/orders"), Some(DpopFault::Claim("htu"))),
        ("htu", Value::Null, Some(DpopFault::Claim("htu"))),
        ("iat", Value::Null, Some(DpopFault::Claim("iat"))),
        ("iat", json!("now"), Some(DpopFault::Claim("iat"))),
        ("iat", json!(now - 60), None),
        ("iat", json!(now - 61), Some(DpopFault::TooOld)),
        ("iat", json!(now + 10), None),
        ("iat", json!(now + 11), Some(DpopFault::IssuedInFuture)),
        ("nonce", json!(7), Some(DpopFault::Claim("nonce"))),
    ];
    for (name, value, fault) in cases {
        let text = forge.sign(&header(&forge).to_string(), &with(claims(), name, value.clone()));
        assert_eq!(judge(&DEMAND, &text).err(), fault, "{name}: {value}");
    }
    let short = DpopDemand { age_max: Span::from_seconds(5), ..DEMAND };
    let text = forge.sign(&header(&forge).to_string(), &with(claims(), "iat", json!(now - 6)));
    assert_eq!(judge(&short, &text).err(), Some(DpopFault::TooOld));
}

#[test]
fn a_proof_is_for_one_token_and_for_a_nonce_where_one_is_asked_for() {
    let forge = Forge::new();
    let signed = |claims: &str| forge.sign(&header(&forge).to_string(), claims);
    let with_token = DpopDemand { access_token: Some(TOKEN), ..DEMAND };
    assert_eq!(judge(&with_token, &signed(&claims().to_string())).err(), Some(DpopFault::Claim("ath")));
    let other = DpopDemand { access_token: Some(b"another"), ..DEMAND };
    assert_eq!(judge(&other, &signed(&bound().to_string())).err(), Some(DpopFault::WrongToken));
    let hash = bound()["ath"].as_str().expect("a text").to_owned();
    assert_eq!(judge(&with_token, &signed(&with(bound(), "ath", json!(format!("{hash}="))))).err(), Some(DpopFault::WrongToken));

    let asked = DpopDemand { nonces: Some(&["new", "old"]), ..DEMAND };
    assert_eq!(judge(&asked, &signed(&claims().to_string())).err(), Some(DpopFault::Nonce));
    assert_eq!(judge(&asked, &signed(&with(claims(), "nonce", json!("older")))).err(), Some(DpopFault::Nonce));
    let verified = judge(&asked, &signed(&with(claims(), "nonce", json!("old")))).expect("good");
    assert_eq!(verified.nonce(), Some("old"));
}
