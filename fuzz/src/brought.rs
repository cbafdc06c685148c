//! JWTs that clients bring: assertions, request objects, hints. Header and claims come as they are and are truly signed, so that
//! what is behind the signature is reached; bytes without a line break are the whole JWT.

use super::access_token::{self, ISSUER, NOW};
use aws_lc_rs::signature::Ed25519KeyPair;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jeton_core::jose::{
    BearerAssertionRules, ClientAssertionRules, RequestObjectRules, unverified_client_of, verify_bearer_assertion_at,
    verify_client_assertion_at, verify_id_token_hint, verify_request_object_at,
};
use serde_json::Value;

/// The client of the corpus.
const CLIENT: &str = "app_0123456789ab";

/// A header and claims, one line each, signed with the key of the corpus.
pub fn sign(data: &[u8]) -> Vec<u8> {
    let Some(at) = data.iter().position(|byte| *byte == b'\n') else { return data.to_vec() };
    let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).expect("a seed of the right length");
    let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(&data[..at]), URL_SAFE_NO_PAD.encode(&data[at + 1..]));
    let signature = URL_SAFE_NO_PAD.encode(pair.sign(input.as_bytes()));
    format!("{input}.{signature}").into_bytes()
}

/// The claims as a plain reader has them.
pub fn claims(data: &[u8]) -> Value {
    let line = data.splitn(2, |byte| *byte == b'\n').nth(1).unwrap_or_default();
    serde_json::from_slice(line).unwrap_or_default()
}

/// What holds says what its kind asks for, and no two kinds take the same JWT where one of them could stand for the other.
pub fn run(data: &[u8]) {
    let (text, said) = (sign(data), claims(data));
    let (_, keys) = access_token::key();
    let _ = unverified_client_of(&text);
    let assertion = ClientAssertionRules { client_id: CLIENT, issuer: ISSUER, legacy_audience: None, algorithm: None };
    let assertion = verify_client_assertion_at(&text, keys, &assertion, NOW);
    let bearer = BearerAssertionRules { trusted_issuer: ISSUER, audiences: &[ISSUER], algorithm: None };
    let bearer = verify_bearer_assertion_at(&text, keys, &bearer, NOW);
    let request = RequestObjectRules { client_id: CLIENT, issuer: ISSUER, algorithm: None };
    let request = verify_request_object_at(&text, keys, &request, NOW);
    let hint = verify_id_token_hint(&text, keys, ISSUER);
    if let Ok(held) = &assertion {
        assert_eq!((said["iss"].as_str(), said["sub"].as_str()), (Some(CLIENT), Some(CLIENT)));
        assert!(said["aud"] == ISSUER || said["aud"] == serde_json::json!([ISSUER]), "{}", said["aud"]);
        assert!(held.expires_at() > NOW && said["jti"] == held.id(), "an assertion without an end or a name");
        assert!(request.is_err() && hint.is_err(), "one JWT of two meanings");
    }
    if let Ok(held) = &bearer {
        assert!(held.expires_at() > NOW && said["iss"] == ISSUER && said["sub"] == held.subject());
    }
    if let Ok(parameters) = &request {
        assert!(said["iss"] == CLIENT && !parameters.contains_key("request") && !parameters.contains_key("request_uri"));
    }
    if let Ok(held) = &hint {
        assert!(said["iss"] == ISSUER && said["aud"] == held.client_id.as_str());
    }
    for fault in [assertion.err(), bearer.err(), request.err(), hint.err()].into_iter().flatten() {
        assert!(!fault.to_string().is_empty());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Without such ones in the corpus, nothing behind a refusal would be tried.
    #[test]
    fn the_corpus_holds_some_that_verify() {
        let (_, keys) = access_token::key();
        let rules = ClientAssertionRules { client_id: CLIENT, issuer: ISSUER, legacy_audience: None, algorithm: None };
        let assertion = sign(include_bytes!("../corpus/brought/00"));
        assert!(verify_client_assertion_at(&assertion, keys, &rules, NOW).is_ok());
        assert!(verify_id_token_hint(&sign(include_bytes!("../corpus/brought/11")), keys, ISSUER).is_ok());
    }
}
