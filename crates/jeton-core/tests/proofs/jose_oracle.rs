//! An independent library as judge: what one side signs, the other verifies, in both directions.

use super::forge::{ISSUER, NOW, claims};
use jeton_core::{
    id::TokenId,
    jose::{AccessTokenClaims, Algorithm, Confirmation, KeySet, SigningKey, StatusReference, TokenContext, verify_access_token_at},
    name::{Audience, Subject},
    scope::ScopeSet,
    timestamp::Span,
};
use jsonwebtoken::{DecodingKey, EncodingKey, Header, Validation, jwk::Jwk};
use serde_json::{Value, json};

fn theirs(algorithm: Algorithm) -> jsonwebtoken::Algorithm {
    match algorithm {
        Algorithm::Es256 => jsonwebtoken::Algorithm::ES256,
        Algorithm::EdDsa => jsonwebtoken::Algorithm::EdDSA,
        Algorithm::Rs256 => jsonwebtoken::Algorithm::RS256,
        Algorithm::Ps256 => jsonwebtoken::Algorithm::PS256,
    }
}

fn own_claims() -> AccessTokenClaims {
    AccessTokenClaims {
        issuer: ISSUER.into(),
        subject: Subject::parse("usr_1").expect("subject"),
        audiences: ["https://a.example.com", "https://b.example.com"].map(|text| Audience::parse(text).expect("audience")).to_vec(),
        expires_at: NOW.plus(Span::from_minutes(15)),
        issued_at: NOW,
        not_before: Some(NOW),
        id: TokenId::from_random([5; 16]),
        client_id: "app_1".into(),
        scopes: ScopeSet::parse_spaced("orders:read orders:write").expect("scopes"),
        confirmation: Some(Confirmation::Key([9; 32])),
        context: TokenContext {
            status: Some(StatusReference { list: "https://auth.example.com/oauth/status/1".into(), index: 7 }),
            actor: json!({"sub": "app_2", "act": {"sub": "app_3"}}).as_object().cloned(),
            auth_time: Some(NOW),
            acr: Some("1".into()),
        },
    }
}

#[test]
fn the_judge_verifies_what_is_issued_here() {
    for algorithm in Algorithm::SIGNING {
        let key = SigningKey::generate(algorithm).expect("key");
        let plain = key.issue_access_token(&own_claims()).expect("issued");
        let jwk: Jwk = serde_json::from_value(key.public().to_jwk()).expect("their JWK");
        assert_eq!(jwk.common.key_id.as_deref(), Some(key.kid()));
        let thumbprint = jwk.thumbprint(jsonwebtoken::jwk::ThumbprintHash::SHA256);
        assert_eq!(thumbprint.expect("thumbprint"), key.kid());
        let mut rules = Validation::new(theirs(algorithm));
        rules.set_issuer(&[ISSUER]);
        rules.set_audience(&["https://b.example.com"]);
        rules.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        (rules.validate_exp, rules.validate_nbf) = (false, false);
        let data = jsonwebtoken::decode::<Value>(plain.expose(), &DecodingKey::from_jwk(&jwk).expect("key"), &rules).expect("verifies");
        assert_eq!(data.header.typ.as_deref(), Some("at+jwt"));
        assert_eq!(data.header.kid.as_deref(), Some(key.kid()));
        assert_eq!(data.claims["jti"], TokenId::from_random([5; 16]).to_string());
        assert_eq!(data.claims["scope"], "orders:read orders:write");
        assert_eq!(data.claims["exp"], NOW.as_seconds() + 900);
        assert_eq!(data.claims["nbf"], NOW.as_seconds());
    }
}

#[test]
fn what_the_judge_signs_is_verified_here() {
    for algorithm in Algorithm::SIGNING {
        let key = SigningKey::generate(algorithm).expect("key");
        let der = key.to_pkcs8().expect("PKCS #8");
        let signer = match algorithm {
            Algorithm::Es256 => EncodingKey::from_ec_der(&der),
            Algorithm::EdDsa => EncodingKey::from_ed_der(&der),
            // Theirs wants the RSAPrivateKey that stands behind the 26 bytes of PKCS #8 in front of it.
            Algorithm::Rs256 | Algorithm::Ps256 => EncodingKey::from_rsa_der(&der[26..]),
        };
        let keys = KeySet::new(vec![key.public().clone()]).expect("key set");
        let mut header = Header::new(theirs(algorithm));
        header.kid = Some(key.kid().into());
        header.typ = Some("application/at+jwt".into());
        let text = jsonwebtoken::encode(&header, &claims(), &signer).expect("signs");
        let verified = verify_access_token_at(text.as_bytes(), &keys, ISSUER, NOW).expect("verifies");
        assert_eq!(verified.claims().client_id, "app_1");
        assert_eq!(verified.algorithm(), algorithm);
        header.typ = Some("JWT".into());
        let text = jsonwebtoken::encode(&header, &claims(), &signer).expect("signs");
        assert!(verify_access_token_at(text.as_bytes(), &keys, ISSUER, NOW).is_err());
    }
}
