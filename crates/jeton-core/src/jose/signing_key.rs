//! Private keys. They leave this file only as PKCS #8 on their way to being sealed, and as signatures.
//!
//! [`SigningKey::generate`] is the one place where randomness is not an argument: the cryptographic library uses its own.

use super::{Algorithm, PlainJwt, VerifyingKey, base64url, jwk::Material, rsa_der};
use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rand::SystemRandom,
    rsa,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair},
};
use serde_json::{Value, json};
use zeroize::Zeroizing;

/// A private key with its public half. Its `Debug` shows the public name only.
pub struct SigningKey {
    pair: Pair,
    public: VerifyingKey,
}

enum Pair {
    Es256(EcdsaKeyPair),
    EdDsa(Ed25519KeyPair),
    Rs256(RsaKeyPair),
}

/// Why a private key cannot be had or used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    /// The library could not make one.
    #[error("could not be generated")]
    NotGenerated,
    /// An algorithm that keys of others are verified by, and none here signs with.
    #[error("is for {0}, which is verified here and not signed with")]
    NotOurs(Algorithm),
    /// Not PKCS #8, of another algorithm, or inconsistent in itself.
    #[error("is no sound PKCS #8 private key for {0}")]
    BadPrivateKey(Algorithm),
    /// An RSA key that is too short, too long or has a strange exponent.
    #[error("is an RSA key with less than 2048 or more than 8192 bits, or with an unusual exponent")]
    WeakRsa,
    /// The library could not sign, or not write the key.
    #[error("could not sign or be written")]
    Refused,
}

impl SigningKey {
    /// Makes a new key from the library's own randomness. RSA keys have 2048 bits.
    pub fn generate(algorithm: Algorithm) -> Result<Self, KeyFault> {
        let pair = match algorithm {
            Algorithm::Es256 => EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map(Pair::Es256),
            Algorithm::EdDsa => Ed25519KeyPair::generate().map(Pair::EdDsa),
            Algorithm::Rs256 => RsaKeyPair::generate(rsa::KeySize::Rsa2048).map(Pair::Rs256),
            Algorithm::Ps256 => return Err(KeyFault::NotOurs(algorithm)),
        };
        Self::of(pair.map_err(|_| KeyFault::NotGenerated)?)
    }

    /// Reads what [`SigningKey::to_pkcs8`] wrote, or any other PKCS #8 key for `algorithm`.
    pub fn from_pkcs8(algorithm: Algorithm, der: &[u8]) -> Result<Self, KeyFault> {
        let pair = match algorithm {
            Algorithm::Es256 => EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der).map(Pair::Es256),
            Algorithm::EdDsa => Ed25519KeyPair::from_pkcs8(der).map(Pair::EdDsa),
            Algorithm::Rs256 => RsaKeyPair::from_pkcs8(der).map(Pair::Rs256),
            Algorithm::Ps256 => return Err(KeyFault::NotOurs(algorithm)),
        };
        Self::of(pair.map_err(|_| KeyFault::BadPrivateKey(algorithm))?)
    }

    fn of(pair: Pair) -> Result<Self, KeyFault> {
        let (algorithm, material) = match &pair {
            Pair::Es256(pair) => {
                let Some((x, y)) = point(pair.public_key().as_ref()) else { return Err(KeyFault::BadPrivateKey(Algorithm::Es256)) };
                (Algorithm::Es256, Material::Ec { x, y })
            }
            Pair::EdDsa(pair) => {
                let x = pair.public_key().as_ref().try_into().map_err(|_| KeyFault::BadPrivateKey(Algorithm::EdDsa))?;
                (Algorithm::EdDsa, Material::Okp { x })
            }
            Pair::Rs256(pair) => {
                let (n, e) = rsa_der::components(pair.public_key().as_ref()).ok_or(KeyFault::BadPrivateKey(Algorithm::Rs256))?;
                if !super::jwk::is_sound_rsa(&n, &e) {
                    return Err(KeyFault::WeakRsa);
                }
                (Algorithm::Rs256, Material::Rsa { n, e })
            }
        };
        let public = VerifyingKey::new(None, algorithm, material).map_err(|_| KeyFault::BadPrivateKey(algorithm))?;
        Ok(Self { pair, public })
    }

    /// The private key as PKCS #8, to be sealed and for nothing else.
    pub fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, KeyFault> {
        let bytes = match &self.pair {
            Pair::Es256(pair) => pair.to_pkcs8v1().map(|document| document.as_ref().to_vec()),
            Pair::EdDsa(pair) => pair.to_pkcs8v1().map(|document| document.as_ref().to_vec()),
            Pair::Rs256(pair) => AsDer::<Pkcs8V1Der<'_>>::as_der(pair).map(|der| der.as_ref().to_vec()),
        };
        bytes.map(Zeroizing::new).map_err(|_| KeyFault::Refused)
    }

    /// The thumbprint of the public half (RFC 7638), which is its name.
    pub fn kid(&self) -> &str {
        self.public.kid()
    }
    /// Its one algorithm.
    pub const fn algorithm(&self) -> Algorithm {
        self.public.algorithm()
    }
    /// The public half.
    pub const fn public(&self) -> &VerifyingKey {
        &self.public
    }

    /// Signs claims under a header that names this key and `typ`. Only code here that decides what a kind of JWT says may call
    /// it.
    pub(super) fn sign_claims(&self, typ: &str, claims: &Value) -> Result<PlainJwt, KeyFault> {
        let header = json!({"alg": self.algorithm().as_str(), "kid": self.kid(), "typ": typ});
        self.sign_compact(&header.to_string(), &claims.to_string()).map(PlainJwt::new)
    }

    /// Signs two JSON texts as a JWT in compact serialisation.
    fn sign_compact(&self, header: &str, claims: &str) -> Result<Zeroizing<String>, KeyFault> {
        let input = format!("{}.{}", base64url::encode(header.as_bytes()), base64url::encode(claims.as_bytes()));
        let signature = self.sign(input.as_bytes())?;
        let mut text = Zeroizing::new(String::with_capacity(input.len() + 1 + signature.len().div_ceil(3) * 4));
        text.push_str(&input);
        text.push('.');
        text.push_str(&base64url::encode(&signature));
        Ok(text)
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyFault> {
        let random = SystemRandom::new();
        let signature = match &self.pair {
            Pair::Es256(pair) => pair.sign(&random, message).map(|signature| signature.as_ref().to_vec()),
            Pair::EdDsa(pair) => pair.try_sign(message).map(|signature| signature.as_ref().to_vec()),
            Pair::Rs256(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).map(|()| signature)
            }
        };
        signature.map_err(|_| KeyFault::Refused)
    }
}

/// The coordinates of an uncompressed point (SEC 1, section 2.3.3).
fn point(uncompressed: &[u8]) -> Option<([u8; 32], [u8; 32])> {
    let (x, y) = uncompressed.strip_prefix(&[4])?.split_at_checked(32)?;
    Some((x.try_into().ok()?, y.try_into().ok()?))
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey({}, {}, redacted)", self.algorithm(), self.kid())
    }
}
