//! What a token is bound to: a key that its holder proves to have at each call. Only compared here; proofs are verified by the
//! JOSE module, certificates by TLS.

use crate::fault::Invalid;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize, de::Error};

/// The key of a bound token, as `cnf` has it (RFC 7800).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Binding {
    /// The thumbprint of the key that signs DPoP proofs (RFC 9449, section 6).
    #[serde(rename = "jkt", serialize_with = "write", deserialize_with = "read")]
    Dpop([u8; 32]),
    /// The SHA-256 of the client's certificate (RFC 8705, section 3).
    #[serde(rename = "x5t#S256", serialize_with = "write", deserialize_with = "read")]
    Certificate([u8; 32]),
}

/// What a caller proved to hold, besides the token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Presented {
    /// The thumbprint of the key that signed the DPoP proof of this call; `Some` where the token came with the scheme `DPoP`,
    /// and only there.
    pub dpop: Option<[u8; 32]>,
    /// The SHA-256 of the certificate of the caller's connection.
    pub certificate: Option<[u8; 32]>,
}

impl Presented {
    /// What the rightful holder of a token with this binding presents: for whoever asks in advance.
    pub const fn by_holder_of(binding: Option<Binding>) -> Self {
        match binding {
            None => Self { dpop: None, certificate: None },
            Some(Binding::Dpop(key)) => Self { dpop: Some(key), certificate: None },
            Some(Binding::Certificate(hash)) => Self { dpop: None, certificate: Some(hash) },
        }
    }
    /// Whether this is what a token with this binding needs. A proof for a token that is bound to none does not count as more:
    /// it is refused, since the caller believes in a protection that is not there (RFC 9449, section 7.1).
    pub fn proves(&self, binding: Option<Binding>) -> bool {
        match binding {
            None => self.dpop.is_none(),
            Some(Binding::Dpop(key)) => self.dpop == Some(key),
            Some(Binding::Certificate(hash)) => self.dpop.is_none() && self.certificate == Some(hash),
        }
    }
}

/// Reads the 43 characters of a thumbprint: base64url without padding.
pub fn parse_thumbprint(text: &str) -> Result<[u8; 32], Invalid> {
    let bytes = if text.len() == 43 { URL_SAFE_NO_PAD.decode(text).ok() } else { None };
    bytes.and_then(|bytes| bytes.try_into().ok()).ok_or_else(|| Invalid::new("must be 43 characters of base64url: a SHA-256"))
}

/// Writes a thumbprint.
pub fn thumbprint_text(hash: &[u8; 32]) -> String {
    URL_SAFE_NO_PAD.encode(hash)
}

fn write<S: serde::Serializer>(hash: &[u8; 32], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&thumbprint_text(hash))
}

fn read<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<[u8; 32], D::Error> {
    parse_thumbprint(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_written_as_a_confirmation() {
        for (binding, name) in [(Binding::Dpop([7; 32]), "jkt"), (Binding::Certificate([7; 32]), "x5t#S256")] {
            let text = serde_json::to_string(&binding).expect("json");
            assert_eq!(text, format!("{{\"{name}\":\"BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc\"}}"));
            assert_eq!(serde_json::from_str::<Binding>(&text).expect("reads"), binding);
        }
        for bad in [r#"{"jkt":"AQ"}"#, r#"{"jwk":{}}"#, "{}", r#"{"jkt":"BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwd"}"#] {
            assert!(serde_json::from_str::<Binding>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn only_its_own_proof_counts() {
        let [one, other] = [[1; 32], [2; 32]];
        let none = Presented::default();
        let key = |dpop| Presented { dpop: Some(dpop), ..none };
        let certificate = |hash| Presented { certificate: Some(hash), ..none };
        assert!(none.proves(None) && certificate(one).proves(None) && !key(one).proves(None));
        let bound = Some(Binding::Dpop(one));
        assert!(key(one).proves(bound) && !key(other).proves(bound) && !certificate(one).proves(bound) && !none.proves(bound));
        let bound = Some(Binding::Certificate(one));
        assert!(certificate(one).proves(bound) && !certificate(other).proves(bound) && !key(one).proves(bound) && !none.proves(bound));
        for binding in [None, Some(Binding::Dpop(one)), Some(Binding::Certificate(one))] {
            assert!(Presented::by_holder_of(binding).proves(binding));
        }
    }
}
