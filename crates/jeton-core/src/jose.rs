//! JSON Object Signing and Encryption, as far as access tokens need it: keys, key sets, and JWTs that are signed.
//!
//! RFC 7515, 7517, 7518, 7519, 7638, 8037, 8725, 9068 and 9864, compact serialisation only. One key has one algorithm, and the
//! token never chooses it. What has not been verified is called `Unverified…`; only verification makes a `Verified…`.
//! There is no encryption, no symmetric key and no key that a token brings along, and none of them must be added here.
//!
//! Randomness: generating a key and signing with ES256 draw on the cryptographic library's own generator, which keys its own
//! output and cannot be given ours. Nothing else here is random, and nothing reads a clock.

mod access_token;
mod algorithm;
mod base64url;
mod claims;
mod compact;
mod header;
pub mod inspect;
mod jwk;
mod key_set;
mod low_order;
mod rsa_der;
mod rule;
mod signing_key;
pub mod verify;
mod verifying_key;

pub use access_token::{AccessTokenClaims, PlainJwt, VerifiedAccessToken, verify_access_token_at};
pub use algorithm::Algorithm;
pub use compact::{UnverifiedJwt, looks_like_jwt};
pub use jwk::JwkFault;
pub use key_set::{KeySet, Skipped};
pub use rule::Rule;
pub use signing_key::{KeyFault, SigningKey};
pub use verifying_key::VerifyingKey;
