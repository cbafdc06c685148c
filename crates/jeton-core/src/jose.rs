//! JSON Object Signing and Encryption, as far as an authorization server needs it: keys, key sets, the JWTs that it issues and
//! those that clients bring. Each kind of JWT has its own file, its own type of claims and its own `typ`; nothing signs anything
//! that is asked for.
//!
//! RFC 7515, 7517, 7518, 7519, 7523, 7638, 8037, 8725, 9068, 9101, 9449, 9701 and 9864, compact serialisation only. One key has
//! one algorithm, and the token never chooses it. What has not been verified is called `Unverified…`; only verification makes a
//! `Verified…`. There is no encryption and no symmetric key, and a key that a token brings along is read in DPoP proofs alone,
//! where it proves only that it is there; none of them must be added here.
//!
//! Randomness: generating a key and signing with ES256 draw on the cryptographic library's own generator, which keys its own
//! output and cannot be given ours. Nothing else here is random, and nothing reads a clock.

mod access_token;
mod algorithm;
mod base64url;
mod bearer_assertion;
mod brought;
mod brought_fault;
mod claims;
mod client_assertion;
mod compact;
mod confirmation;
mod dpop;
mod half_hash;
mod header;
mod id_token;
mod id_token_hint;
pub mod inspect;
mod introspection_answer;
mod issued;
mod jwk;
mod key_set;
mod logout_token;
mod low_order;
mod nobodys_keys;
mod plain_jwt;
mod request_object;
mod rsa_der;
mod rule;
mod signing_key;
mod status_list_token;
mod token_context;
mod upstream_token;
mod userinfo_answer;
pub mod verify;
mod verifying_key;

pub use access_token::{AccessTokenClaims, VerifiedAccessToken, verify_access_token_at};
pub use algorithm::Algorithm;
pub use bearer_assertion::{BearerAssertionRules, VerifiedBearerAssertion, verify_bearer_assertion_at};
pub use brought_fault::BroughtFault;
pub use client_assertion::{ClientAssertionRules, VerifiedClientAssertion, unverified_client_of, verify_client_assertion_at};
pub use compact::{UnverifiedJwt, looks_like_jwt};
pub use confirmation::Confirmation;
pub use dpop::{DpopDemand, DpopFault, VerifiedDpop, verify_dpop_at};
pub use half_hash::half_hash;
pub use id_token::IdTokenClaims;
pub use id_token_hint::{VerifiedIdTokenHint, verify_id_token_hint};
pub use introspection_answer::IntrospectionAnswerClaims;
pub use jwk::JwkFault;
pub use key_set::{KeySet, Skipped};
pub use logout_token::{Ended, LogoutTokenClaims};
pub use nobodys_keys::verify_in_vain;
pub use plain_jwt::PlainJwt;
pub use request_object::{RequestObjectRules, verify_request_object_at};
pub use rule::Rule;
pub use signing_key::{KeyFault, SigningKey};
pub use status_list_token::StatusListClaims;
pub use token_context::{StatusReference, TokenContext};
pub use upstream_token::UpstreamTokenClaims;
pub use userinfo_answer::UserinfoAnswerClaims;
pub use verifying_key::VerifyingKey;

/// SHA-256, which thumbprints and token hashes are made of.
fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes).as_ref());
    hash
}
