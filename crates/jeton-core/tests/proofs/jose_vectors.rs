//! The published examples of RFC 7515, 7517, 7519, 7638 and 8037, through the same door as every other JWT.

use super::forge::encode;
use aws_lc_rs::rsa;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jeton_core::{
    jose::{
        Algorithm, JwkFault, KeySet, SigningKey, Skipped, VerifyingKey,
        verify::{self, Expected},
    },
    timestamp::Timestamp,
};
use serde_json::{Value, json};

const JOE: &str = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
const BEFORE: Timestamp = Timestamp::from_seconds(1_300_819_379);

/// RFC 7515, appendix A.2.
const RSA_N: &str = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";
const RSA_SIGNATURE: &str = "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
/// RFC 7515, appendix A.3.
const EC_X: &str = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
const EC_Y: &str = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";
const EC_D: &str = "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI";
const EC_SIGNATURE: &str = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
/// RFC 8037, appendix A.
const ED_X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
const ED_D: &str = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
const ED_SIGNATURE: &str = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
/// RFC 7638, section 3.1, and RFC 7517, appendix A.1.
const OTHER_N: &str = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";

fn key(jwk: Value) -> Result<VerifyingKey, JwkFault> {
    VerifyingKey::from_jwk(jwk.to_string().as_bytes())
}
fn verifies(token: &str, jwk: Value, now: Timestamp) -> bool {
    let keys = KeySet::new(vec![key(jwk).expect("key")]).expect("key set");
    verify::verify_at(token.as_bytes(), &keys, &Expected { issuer: Some("joe"), ..Expected::default() }, now).verified().is_some()
}

#[test]
fn rfc_7515_a2_rs256() {
    let jwk = json!({"kty": "RSA", "n": RSA_N, "e": "AQAB"});
    let token = format!("eyJhbGciOiJSUzI1NiJ9.{JOE}.{RSA_SIGNATURE}");
    assert!(verifies(&token, jwk.clone(), BEFORE));
    assert!(!verifies(&token, jwk.clone(), Timestamp::from_seconds(1_300_819_380)));
    assert!(!verifies(&token.replace("cC4h", "cC4i"), jwk, BEFORE));
}

#[test]
fn rfc_7515_a3_es256() {
    let jwk = json!({"kty": "EC", "crv": "P-256", "x": EC_X, "y": EC_Y});
    let token = format!("eyJhbGciOiJFUzI1NiJ9.{JOE}.{EC_SIGNATURE}");
    assert!(verifies(&token, jwk.clone(), BEFORE));
    assert!(!verifies(&token.replace("DtEh", "DtEi"), jwk, BEFORE));
    let octets: Vec<u8> = [&[4], decode(EC_X).as_slice(), &decode(EC_Y)].concat();
    let pair = EcdsaKeyPair::from_private_key_and_public_key(&ECDSA_P256_SHA256_FIXED_SIGNING, &decode(EC_D), &octets).expect("pair");
    let own = SigningKey::from_pkcs8(Algorithm::Es256, pair.to_pkcs8v1().expect("PKCS #8").as_ref()).expect("key");
    assert_eq!(own.public().to_jwk()["x"], EC_X);
    assert_eq!(own.public().to_jwk()["y"], EC_Y);
}

#[test]
fn rfc_7519_6_1_unsecured_is_refused() {
    let jwk = json!({"kty": "EC", "crv": "P-256", "x": EC_X, "y": EC_Y});
    assert!(!verifies(&format!("eyJhbGciOiJub25lIn0.{JOE}."), jwk, BEFORE));
}

#[test]
fn rfc_8037_a3_and_a4_ed25519() {
    let public = key(json!({"kty": "OKP", "crv": "Ed25519", "x": ED_X})).expect("key");
    assert_eq!(public.thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    assert_eq!(public.kid(), public.thumbprint());
    let message = b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
    assert_eq!(public.verify(message, &decode(ED_SIGNATURE)), Ok(()));
    assert!(public.verify(&message[1..], &decode(ED_SIGNATURE)).is_err());
    let pair = Ed25519KeyPair::from_seed_and_public_key(&decode(ED_D), &decode(ED_X)).expect("pair");
    let own = SigningKey::from_pkcs8(Algorithm::EdDsa, pair.to_pkcs8v1().expect("PKCS #8").as_ref()).expect("key");
    assert_eq!(own.public(), &public);
}

#[test]
fn rfc_7638_3_1_thumbprint() {
    let jwk = json!({"kty": "RSA", "n": OTHER_N, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"});
    let key = key(jwk).expect("key");
    assert_eq!(key.thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    assert_eq!(key.kid(), "2011-04-29");
}

#[test]
fn rfc_7517_a1_key_set() {
    let set = json!({"keys": [
        {"kty": "EC", "crv": "P-256", "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4", "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM", "use": "enc", "kid": "1"},
        {"kty": "RSA", "n": OTHER_N, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"},
        {"kty": "later", "kid": "3"},
        {"kty": "OKP", "crv": "Ed448", "x": "AA", "kid": "4"},
        {"kty": "RSA", "n": OTHER_N, "e": "AQAB", "alg": "PS512", "kid": "5"},
        7,
    ]});
    let (keys, skipped) = KeySet::parse(set.to_string().as_bytes()).expect("key set");
    assert_eq!(keys.iter().map(VerifyingKey::kid).collect::<Vec<_>>(), ["2011-04-29"]);
    let unsupported = |index| Skipped { index, fault: JwkFault::Unsupported };
    let expected = [
        Skipped { index: 0, fault: JwkFault::Purpose("use") },
        unsupported(2),
        unsupported(3),
        unsupported(4),
        Skipped { index: 5, fault: JwkFault::NotJson },
    ];
    assert_eq!(skipped, expected);
    assert!(keys.find("1").is_none());
}

#[test]
fn unsound_keys_are_refused() {
    let ec = |name: &str, value: Value| key(serde_json::from_str(&super::forge::with(ec_jwk(), name, value)).expect("JSON"));
    assert!(ec("kid", json!("a")).is_ok());
    assert_eq!(ec("d", json!(EC_D)), Err(JwkFault::Private("d")));
    assert_eq!(ec("y", json!(EC_X)), Err(JwkFault::BadPoint));
    assert_eq!(ec("x", json!(encode([0; 32]))), Err(JwkFault::BadPoint));
    assert_eq!(ec("x", json!(encode([1; 31]))), Err(JwkFault::Member("x")));
    assert_eq!(ec("x", json!(format!("{EC_X}="))), Err(JwkFault::Member("x")));
    assert_eq!(ec("x", Value::Null), Err(JwkFault::Member("x")));
    assert_eq!(ec("crv", json!("P-384")), Err(JwkFault::Unsupported));
    assert_eq!(ec("alg", json!("HS256")), Err(JwkFault::Unsupported));
    assert_eq!(ec("alg", json!("EdDSA")), Err(JwkFault::Unsupported));
    assert_eq!(ec("alg", json!(7)), Err(JwkFault::Member("alg")));
    assert_eq!(ec("use", json!("enc")), Err(JwkFault::Purpose("use")));
    assert_eq!(ec("key_ops", json!(["sign"])), Err(JwkFault::Purpose("key_ops")));
    assert_eq!(ec("key_ops", json!(["verify", "verify"])), Err(JwkFault::Member("key_ops")));
    assert!(ec("key_ops", json!(["verify"])).is_ok());
    assert_eq!(ec("kid", json!("")), Err(JwkFault::Member("kid")));
    assert_eq!(ec("kid", json!("a b")), Err(JwkFault::Member("kid")));
    assert_eq!(ec("kty", json!("oct")), Err(JwkFault::Unsupported));
    assert_eq!(key(json!({"kty": "oct", "k": "AAAA"})), Err(JwkFault::Private("k")));
    let mut identity = [0; 32];
    identity[0] = 1;
    assert_eq!(key(json!({"kty": "OKP", "crv": "Ed25519", "x": encode(identity)})), Err(JwkFault::BadPoint));
    let rsa = |n: Vec<u8>, e: &[u8]| key(json!({"kty": "RSA", "n": encode(n), "e": encode(e)}));
    let odd = |bytes: usize| [vec![0xff; bytes - 1], vec![0x01]].concat();
    assert_eq!(rsa(odd(128), &[1, 0, 1]), Err(JwkFault::WeakRsa));
    assert_eq!(rsa([vec![0x7f], odd(255)].concat(), &[1, 0, 1]), Err(JwkFault::WeakRsa), "2047 bits");
    assert_eq!(rsa(odd(1025), &[1, 0, 1]), Err(JwkFault::WeakRsa));
    assert_eq!(rsa(odd(256), &[3]), Err(JwkFault::WeakRsa));
    assert_eq!(rsa(odd(256), &[1, 0, 0]), Err(JwkFault::WeakRsa));
    assert_eq!(rsa(odd(256), &[1, 0, 0, 0, 1]), Err(JwkFault::WeakRsa));
    assert_eq!(rsa(vec![0xfe; 256], &[1, 0, 1]), Err(JwkFault::WeakRsa), "an even modulus");
    assert_eq!(rsa([vec![0], odd(256)].concat(), &[1, 0, 1]), Err(JwkFault::Member("n")), "a leading zero");
    assert!(VerifyingKey::from_jwk(br#"{"kty":"EC","kty":"EC"}"#).is_err_and(|fault| fault == JwkFault::NotJson));
}

#[test]
fn weak_private_keys_and_keys_of_other_algorithms_are_refused() {
    let ec = SigningKey::generate(Algorithm::Es256).expect("key").to_pkcs8().expect("PKCS #8");
    assert!(SigningKey::from_pkcs8(Algorithm::EdDsa, &ec).is_err());
    assert!(SigningKey::from_pkcs8(Algorithm::Rs256, &ec).is_err());
    assert!(SigningKey::from_pkcs8(Algorithm::Es256, &ec[..ec.len() - 1]).is_err());
    assert!(SigningKey::from_pkcs8(Algorithm::Es256, b"").is_err());
    let rsa = SigningKey::generate(Algorithm::Rs256).expect("key");
    let n = decode(rsa.public().to_jwk()["n"].as_str().expect("n"));
    assert_eq!((n.len(), n[0] >> 7), (rsa::KeySize::Rsa2048.len(), 1));
}

#[test]
fn key_sets_are_bounded_and_name_each_key_once() {
    let one = key(ec_jwk()).expect("key");
    assert_eq!(KeySet::new(vec![one.clone(), one]).err(), Some(JwkFault::RepeatedKid));
    let many = json!({"keys": vec![json!({"kty": "x"}); 65]});
    assert_eq!(KeySet::parse(many.to_string().as_bytes()).err(), Some(JwkFault::TooManyKeys));
    assert_eq!(KeySet::parse(&vec![b' '; 300_000]).err(), Some(JwkFault::NotJson));
    for bad in ["", "[]", "{}", r#"{"keys":{}}"#, r#"{"keys":[],"keys":[]}"#] {
        assert!(KeySet::parse(bad.as_bytes()).is_err(), "{bad}");
    }
    assert_eq!(KeySet::parse(b"{\"keys\":[]}").map(|(keys, _)| keys.len()), Ok(0));
}

fn ec_jwk() -> Value {
    json!({"kty": "EC", "crv": "P-256", "x": EC_X, "y": EC_Y})
}
fn decode(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).expect("base64url")
}
