//! User codes of the device grant (RFC 8628, section 6.1): eight letters that a person types, without vowels and without letters
//! that look alike. Guessing is made hopeless by few codes, short lives and limits; never by the code alone.

use crate::fault::Invalid;

/// The letters, as the RFC proposes them.
const ALPHABET: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
/// Letters of a code.
const LETTERS: usize = 8;

/// A user code. `Debug` does not print it: whoever has it can let a device in.
#[derive(Clone, PartialEq, Eq)]
pub struct UserCode([u8; LETTERS]);

impl UserCode {
    /// From 128 random bits: what is uneven about the remainder is less than one in 2^90.
    pub fn from_random(random: [u8; 16]) -> Self {
        let mut rest = u128::from_be_bytes(random);
        let count = ALPHABET.len() as u128;
        let mut letters = [b'B'; LETTERS];
        for letter in &mut letters {
            let at = usize::try_from(rest % count).unwrap_or_default();
            *letter = ALPHABET.get(at).copied().unwrap_or(b'B');
            rest /= count;
        }
        Self(letters)
    }
    /// Reads what a person typed: case, hyphens and blanks do not count.
    pub fn parse(typed: &str) -> Result<Self, Invalid> {
        let wrong = || Invalid::new("must be the eight letters that the device shows, such as `BCDF-GHJK`");
        if typed.len() > crate::limits::USER_CODE_TYPED_MAX {
            return Err(wrong());
        }
        let mut letters = [0; LETTERS];
        let mut typed = typed.bytes().filter(|byte| !matches!(byte, b'-' | b' ')).map(|byte| byte.to_ascii_uppercase());
        for letter in &mut letters {
            *letter = typed.next().filter(|byte| ALPHABET.contains(byte)).ok_or_else(wrong)?;
        }
        if typed.next().is_some() { Err(wrong()) } else { Ok(Self(letters)) }
    }
    /// As it is shown: `XXXX-XXXX`. For the answer to the device and the page that it leads to, and for nothing else.
    pub fn expose(&self) -> String {
        let text = self.letters();
        let (first, second) = text.split_at_checked(LETTERS / 2).unwrap_or((text, ""));
        format!("{first}-{second}")
    }
    /// The letters alone: what is hashed.
    pub fn letters(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl std::fmt::Debug for UserCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("UserCode(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn what_is_shown_can_be_typed_in_any_way() {
        let code = UserCode::from_random(*b"0123456789abcdef");
        let shown = code.expose();
        assert_eq!(shown.len(), 9);
        for typed in [shown.clone(), shown.to_lowercase(), shown.replace('-', ""), shown.replace('-', " "), format!(" {shown}- ")] {
            assert_eq!(UserCode::parse(&typed).as_ref(), Ok(&code), "{typed}");
        }
        assert_eq!(format!("{code:?}"), "UserCode(redacted)");
    }

    #[test]
    fn what_is_no_code_is_refused() {
        let long = "B".repeat(1000);
        for bad in ["", "BCDF-GHJ", "BCDF-GHJKL", "BCDF-GHJA", "BCDF-GHJ0", "BCDF_GHJK", "BCDF-GHJ\u{212a}", "ÄCDFGHJK", &long] {
            assert!(UserCode::parse(bad).is_err(), "{bad:.20}");
        }
    }

    #[test]
    fn every_letter_is_drawn_in_every_place() {
        let mut seen = vec![BTreeSet::new(); LETTERS];
        for n in 0..2000u128 {
            let random = n.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835).to_be_bytes();
            for (place, letter) in UserCode::from_random(random).letters().bytes().enumerate() {
                seen[place].insert(letter);
            }
        }
        assert!(seen.iter().all(|letters| letters.len() == ALPHABET.len()), "{seen:?}");
    }
}
