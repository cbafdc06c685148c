//! Base64url without padding, one spelling for each value (RFC 7515, section 2; RFC 4648, sections 3.2 and 3.5).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// Decodes; padding, line breaks, the other alphabet and trailing bits that are not zero are refused.
pub(super) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// Encodes.
pub(super) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Whether `byte` is one of the 64 digits.
pub(super) const fn is_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() | (byte == b'-') | (byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_spelling() {
        assert_eq!(decode(b"AQ"), Some(vec![1]));
        for other in ["AR", "AQ=", "AQ==", "A", "AQ\n", " AQ", "A+/=", "AQ.", "A Q"] {
            assert_eq!(decode(other.as_bytes()), None, "{other:?}");
        }
    }
}
