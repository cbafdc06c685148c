//! Public keys as JSON (RFC 7517, RFC 7518 section 6, RFC 8037 section 2): read with suspicion, printed in one form.
//!
//! Reads public keys only: a JWK with a private part is refused, so that nobody publishes one by accident.

use super::{Algorithm, base64url, low_order};
use crate::limits;
use serde_json::{Map, Value, json};

/// The numbers of a public key.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Material {
    /// A point on P-256.
    Ec { x: [u8; 32], y: [u8; 32] },
    /// A point on Ed25519.
    Okp { x: [u8; 32] },
    /// Modulus and exponent, big-endian, without leading zeros.
    Rsa { n: Vec<u8>, e: Vec<u8> },
}

/// Why a JWK or a set of them is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwkFault {
    /// Not a strict JSON object of the expected form.
    #[error("is no JSON object with each member once")]
    NotJson,
    /// A required member is absent or of another type or size.
    #[error("has no usable `{0}`")]
    Member(&'static str),
    /// A key type, curve or algorithm that is not used here.
    #[error("is of a type, curve or algorithm that is not supported (ES256, EdDSA on Ed25519, RS256 and PS256 are)")]
    Unsupported,
    /// `use`, `key_ops` and `alg` do not agree with one another, or are not about verifying signatures.
    #[error("is not for verifying signatures, by its `{0}`")]
    Purpose(&'static str),
    /// Holds a private part.
    #[error("holds the private part `{0}` of a key: only public keys belong here")]
    Private(&'static str),
    /// Not a point of its curve, or one of small order.
    #[error("holds a point that is no public key")]
    BadPoint,
    /// An RSA key that is too short, too long or has a strange exponent.
    #[error("is an RSA key with less than 2048 or more than 8192 bits, or with an exponent that is even, below 65537 or above 2^32")]
    WeakRsa,
    /// A set with more keys than the limit.
    #[error("holds more than {} keys", limits::JWKS_KEYS_MAX)]
    TooManyKeys,
    /// Two usable keys of one name.
    #[error("names two keys alike by `kid`")]
    RepeatedKid,
}

/// What a JWK says.
pub(super) struct Jwk {
    pub(super) kid: Option<String>,
    pub(super) algorithm: Algorithm,
    pub(super) material: Material,
}

/// Members that only private and symmetric keys have.
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// Reads one public key. Its algorithm is its `alg`; without one, that of its type, which for RSA is PS256 where its owner
/// registered that, and RS256 elsewhere.
pub(super) fn read(members: &Map<String, Value>, registered: Option<Algorithm>) -> Result<Jwk, JwkFault> {
    if let Some(private) = private_member(members) {
        return Err(JwkFault::Private(private));
    }
    let kty = text(members, "kty")?.ok_or(JwkFault::Member("kty"))?;
    let (of_type, material) = match kty {
        "EC" => ec(members)?,
        "OKP" => okp(members)?,
        "RSA" => rsa(members)?,
        _ => return Err(JwkFault::Unsupported),
    };
    let fits = |algorithm: Algorithm| algorithm == of_type || (of_type, algorithm) == (Algorithm::Rs256, Algorithm::Ps256);
    let algorithm = match text(members, "alg")? {
        Some(named) => Algorithm::parse(named).filter(|named| fits(*named)).ok_or(JwkFault::Unsupported)?,
        None => registered.filter(|registered| fits(*registered)).unwrap_or(of_type),
    };
    purpose(members)?;
    let kid = text(members, "kid")?;
    if kid.is_some_and(|kid| !is_kid(kid)) {
        return Err(JwkFault::Member("kid"));
    }
    Ok(Jwk { kid: kid.map(str::to_owned), algorithm, material })
}

/// A member that only a private or symmetric key has.
pub(super) fn private_member(members: &Map<String, Value>) -> Option<&'static str> {
    PRIVATE.into_iter().find(|name| members.contains_key(*name))
}

/// Whether a text can name a key: 1 to 256 visible ASCII characters.
pub(super) fn is_kid(text: &str) -> bool {
    (1..=limits::KID_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// `use` and `key_ops`, where they are given, must be about verifying.
fn purpose(members: &Map<String, Value>) -> Result<(), JwkFault> {
    if text(members, "use")?.is_some_and(|purpose| purpose != "sig") {
        return Err(JwkFault::Purpose("use"));
    }
    let Some(operations) = members.get("key_ops") else { return Ok(()) };
    let operations = operations.as_array().ok_or(JwkFault::Member("key_ops"))?;
    let names: Option<Vec<&str>> = operations.iter().map(Value::as_str).collect();
    let mut names = names.ok_or(JwkFault::Member("key_ops"))?;
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    if names.len() != count {
        return Err(JwkFault::Member("key_ops"));
    }
    if names == ["verify"] || names == ["sign", "verify"] { Ok(()) } else { Err(JwkFault::Purpose("key_ops")) }
}

fn ec(members: &Map<String, Value>) -> Result<(Algorithm, Material), JwkFault> {
    match text(members, "crv")? {
        Some("P-256") => Ok((Algorithm::Es256, Material::Ec { x: coordinate(members, "x")?, y: coordinate(members, "y")? })),
        Some(_) => Err(JwkFault::Unsupported),
        None => Err(JwkFault::Member("crv")),
    }
}

fn okp(members: &Map<String, Value>) -> Result<(Algorithm, Material), JwkFault> {
    match text(members, "crv")? {
        Some("Ed25519") => {
            let x = coordinate(members, "x")?;
            if low_order::contains(&x) { Err(JwkFault::BadPoint) } else { Ok((Algorithm::EdDsa, Material::Okp { x })) }
        }
        Some(_) => Err(JwkFault::Unsupported),
        None => Err(JwkFault::Member("crv")),
    }
}

fn rsa(members: &Map<String, Value>) -> Result<(Algorithm, Material), JwkFault> {
    let (n, e) = (number(members, "n")?, number(members, "e")?);
    if is_sound_rsa(&n, &e) { Ok((Algorithm::Rs256, Material::Rsa { n, e })) } else { Err(JwkFault::WeakRsa) }
}

/// 2048 to 8192 bits, and an odd exponent from 65537 to 2^32.
pub(super) fn is_sound_rsa(n: &[u8], e: &[u8]) -> bool {
    let bits = n.first().map_or(0, |first| n.len() * 8 - first.leading_zeros() as usize);
    let exponent = e.iter().try_fold(0u64, |sum, byte| (sum < 1 << 32).then_some(sum << 8 | u64::from(*byte)));
    let odd = |number: &[u8]| number.last().is_some_and(|last| last & 1 == 1);
    (2048..=8192).contains(&bits) && odd(n) && odd(e) && exponent.is_some_and(|e| (65_537..=1 << 32).contains(&e))
}

fn text<'m>(members: &'m Map<String, Value>, name: &'static str) -> Result<Option<&'m str>, JwkFault> {
    members.get(name).map(|value| value.as_str().ok_or(JwkFault::Member(name))).transpose()
}

fn bytes(members: &Map<String, Value>, name: &'static str) -> Result<Vec<u8>, JwkFault> {
    let text = text(members, name)?.ok_or(JwkFault::Member(name))?;
    base64url::decode(text.as_bytes()).ok_or(JwkFault::Member(name))
}

fn coordinate(members: &Map<String, Value>, name: &'static str) -> Result<[u8; 32], JwkFault> {
    bytes(members, name)?.try_into().map_err(|_| JwkFault::Member(name))
}

/// A `Base64urlUInt` (RFC 7518, section 2): not empty and without leading zeros.
fn number(members: &Map<String, Value>, name: &'static str) -> Result<Vec<u8>, JwkFault> {
    let bytes = bytes(members, name)?;
    if bytes.first().is_none_or(|first| *first == 0) { Err(JwkFault::Member(name)) } else { Ok(bytes) }
}

impl Material {
    /// The required members in the order of RFC 7638, section 3.3: what a thumbprint is taken of.
    pub(super) fn required_members(&self) -> String {
        let encode = base64url::encode;
        match self {
            Self::Ec { x, y } => format!(r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#, encode(x), encode(y)),
            Self::Okp { x } => format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, encode(x)),
            Self::Rsa { n, e } => format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, encode(e), encode(n)),
        }
    }
    /// The whole JWK, as it is published.
    pub(super) fn to_jwk(&self, kid: &str, algorithm: Algorithm) -> Value {
        let encode = base64url::encode;
        let (alg, purpose) = (algorithm.as_str(), "sig");
        match self {
            Self::Ec { x, y } => {
                json!({"kty": "EC", "crv": "P-256", "x": encode(x), "y": encode(y), "kid": kid, "use": purpose, "alg": alg})
            }
            Self::Okp { x } => json!({"kty": "OKP", "crv": "Ed25519", "x": encode(x), "kid": kid, "use": purpose, "alg": alg}),
            Self::Rsa { n, e } => json!({"kty": "RSA", "n": encode(n), "e": encode(e), "kid": kid, "use": purpose, "alg": alg}),
        }
    }
}
