//! The certificate of a client (RFC 8705): the thumbprint that tokens are bound to, also where a proxy hands it on, and the names
//! that a client is known by. Never says itself whether a certificate is trusted: that its key is there was proved to whoever
//! ended TLS, and whether an authority stands behind its names is known only to whoever verified the chain.

mod distinguished_name;
mod names;

pub use distinguished_name::DistinguishedName;
pub use names::Names;

use crate::{limits, timestamp::Timestamp};
use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;
use x509_parser::{certificate::X509Certificate, prelude::FromDer};

/// A certificate whose key the client proved to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCertificate {
    /// Its SHA-256.
    pub thumbprint: [u8; 32],
    /// Whether its chain was verified, so that its names are true. Without that anybody may have written them.
    pub verified: bool,
    names: Names,
}

impl ClientCertificate {
    /// Reads a certificate in DER.
    pub fn read(der: &[u8], verified: bool) -> Self {
        Self { thumbprint: thumbprint(der), verified, names: Names::read(der) }
    }
    /// The names in it, where somebody vouches for them.
    pub fn verified_names(&self) -> Option<&Names> {
        self.verified.then_some(&self.names)
    }
}

/// The SHA-256 of a certificate in DER, which tokens are bound to as `x5t#S256`.
pub fn thumbprint(der: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, der).as_ref());
    hash
}

/// From when until when a certificate in DER is good; `None` for what is none.
pub fn life(der: &[u8]) -> Option<(Timestamp, Timestamp)> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    let validity = certificate.validity();
    Some((Timestamp::from_seconds(validity.not_before.timestamp()), Timestamp::from_seconds(validity.not_after.timestamp())))
}

/// The certificates in a JWK set, by their SHA-256: the leaf of each `x5c` (RFC 8705, section 2.2.2). What cannot be read is left
/// out.
pub fn of_key_set(set: &Value) -> Vec<[u8; 32]> {
    let keys = set.get("keys").and_then(Value::as_array);
    let leaf = |key: &Value| {
        let text = key.get("x5c")?.as_array()?.first()?.as_str()?;
        Some(thumbprint(&STANDARD.decode(text).ok()?))
    };
    keys.into_iter().flatten().take(limits::JWKS_KEYS_MAX).filter_map(leaf).collect()
}

/// Reads the certificate that a proxy hands on in a header: a byte sequence as `Client-Cert` has it (RFC 9440), or PEM that is
/// percent-encoded, as nginx's `$ssl_client_escaped_cert` is. Gives its DER; `None` for anything else.
pub fn read_header(value: &[u8]) -> Option<Vec<u8>> {
    if value.len() > limits::CERTIFICATE_HEADER_MAX {
        return None;
    }
    let value = std::str::from_utf8(value).ok()?.trim_matches([' ', '\t']);
    let der = match value.strip_prefix(':') {
        Some(rest) => STANDARD.decode(rest.strip_suffix(':')?).ok()?,
        None => from_pem(&percent_decoded(value)?)?,
    };
    // A certificate is a DER sequence of some hundred bytes.
    (der.first() == Some(&0x30) && der.len() > 64).then_some(der)
}

/// The one certificate of a PEM text.
fn from_pem(text: &str) -> Option<Vec<u8>> {
    let body = text.trim().strip_prefix("-----BEGIN CERTIFICATE-----")?.strip_suffix("-----END CERTIFICATE-----")?;
    let digits: String = body.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    STANDARD.decode(digits).ok()
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => hex(rest.next()?)? << 4 | hex(rest.next()?)?,
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn der() -> Vec<u8> {
        let mut der = vec![0x30, 0x82, 0x01, 0x00];
        der.extend((0..200).map(|at: u8| at.wrapping_mul(7)));
        der
    }

    #[test]
    fn both_forms_give_the_same_certificate() {
        let der = der();
        let digits = STANDARD.encode(&der);
        let pem = format!("-----BEGIN CERTIFICATE-----\n{}\n{}\n-----END CERTIFICATE-----\n", &digits[..64], &digits[64..]);
        let escaped: String = pem
            .bytes()
            .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
            .collect();
        for value in [format!(":{digits}:"), format!(" :{digits}: "), escaped] {
            assert_eq!(read_header(value.as_bytes()).as_ref(), Some(&der), "{value}");
        }
    }

    #[test]
    fn the_leaves_of_a_key_set_are_its_certificates() {
        let (own, other) = (der(), [der(), vec![0]].concat());
        let (leaf, above) = (STANDARD.encode(&own), STANDARD.encode(&other));
        let set = serde_json::json!({"keys": [{"kty": "EC"}, {"x5c": ["!"]}, {"x5c": []}, 1, {"x5c": [leaf, above]}]});
        assert_eq!(of_key_set(&set), [thumbprint(&own)]);
        for none in [serde_json::json!({}), serde_json::json!([]), serde_json::json!({"keys": {}})] {
            assert!(of_key_set(&none).is_empty(), "{none}");
        }
    }

    #[test]
    fn anything_else_is_none() {
        let digits = STANDARD.encode(der());
        let long = format!(":{}:", "A".repeat(limits::CERTIFICATE_HEADER_MAX));
        let two = format!(":{digits}:, :{digits}:");
        for value in [
            "",
            ":",
            "::",
            ":AQ==:",
            &digits,
            &format!(":{digits}"),
            &format!(":{digits}:;a=1"),
            "%",
            "%4",
            "%zz",
            "-----BEGIN CERTIFICATE-----",
            &long,
            &two,
        ] {
            assert_eq!(read_header(value.as_bytes()), None, "{value:.80}");
        }
        assert_eq!(read_header(&[0xff, 0xfe]), None);
    }
}
