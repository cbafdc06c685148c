//! Recovery codes: what lets somebody in who lost the device with the one-time passwords. 80 random bits each, shown once, stored as
//! hashes, good for once.

use aws_lc_rs::digest;
use jeton_core::limits;
use zeroize::Zeroizing;

/// Letters and digits that cannot be taken for each other.
const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";
/// Characters of a code.
const DIGITS: usize = 16;
/// Characters of a group.
const GROUP: usize = 4;

/// Fresh codes, to be shown this once.
pub struct RecoveryCodes(Vec<Zeroizing<String>>);

impl RecoveryCodes {
    /// A set of them.
    pub fn fresh() -> Self {
        Self((0..limits::RECOVERY_CODES).map(|_| code()).collect())
    }
    /// As they are shown: in groups.
    pub fn expose(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|code| code.as_str())
    }
    /// What is stored of them.
    pub fn digests(&self) -> Vec<[u8; 32]> {
        self.0.iter().filter_map(|code| digest_of(code)).collect()
    }
}

fn code() -> Zeroizing<String> {
    let random: Zeroizing<[u8; DIGITS]> = Zeroizing::new(rand::random());
    let mut text = Zeroizing::new(String::with_capacity(DIGITS + DIGITS / GROUP));
    for (at, byte) in random.iter().enumerate() {
        if at > 0 && at % GROUP == 0 {
            text.push('-');
        }
        text.push(char::from(ALPHABET.get(usize::from(byte % 32)).copied().unwrap_or(b'a')));
    }
    text
}

/// What is stored of a code as somebody typed it; nothing where it is none.
pub fn digest_of(typed: &str) -> Option<[u8; 32]> {
    let digits: Zeroizing<String> =
        Zeroizing::new(typed.chars().filter(|c| !c.is_whitespace() && *c != '-').map(|c| c.to_ascii_lowercase()).collect());
    let is_code = digits.len() == DIGITS && digits.bytes().all(|byte| ALPHABET.contains(&byte));
    if !is_code {
        return None;
    }
    let hash = digest::digest(&digest::SHA256, &[b"jeton recovery code ".as_slice(), digits.as_bytes()].concat());
    let mut out = [0; 32];
    out.iter_mut().zip(hash.as_ref()).for_each(|(slot, byte)| *slot = *byte);
    Some(out)
}

impl std::fmt::Debug for RecoveryCodes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RecoveryCodes({}, redacted)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_however_they_are_typed() {
        let codes = RecoveryCodes::fresh();
        let digests = codes.digests();
        assert_eq!(digests.len(), limits::RECOVERY_CODES);
        for (code, digest) in codes.expose().zip(&digests) {
            assert_eq!((code.len(), code.matches('-').count()), (DIGITS + 3, 3), "{code}");
            assert_eq!(digest_of(&code.to_uppercase().replace('-', " ")), Some(*digest));
        }
        let all: std::collections::BTreeSet<_> = digests.iter().collect();
        assert_eq!(all.len(), limits::RECOVERY_CODES, "no two are the same");
        for bad in ["", "123456", "abcd-efgh-jkmn-pqr", "abcd-efgh-jkmn-pqr1", "abcd-efgh-jkmn-pqrst"] {
            assert_eq!(digest_of(bad), None, "{bad}");
        }
        assert!(!format!("{codes:?}").contains('-'));
    }
}
