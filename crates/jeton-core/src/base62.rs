//! Base 62 of fixed width: the alphabet of token text and ids. Not a general codec.

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Writes the big-endian number in `number` as `N` digits, most significant first; what does not fit is cut off above.
pub(crate) fn encode<const N: usize>(number: &[u8]) -> [u8; N] {
    let mut rest = [0u8; 32];
    let take = number.len().min(32);
    for (slot, byte) in rest.iter_mut().rev().zip(number.iter().rev().take(take)) {
        *slot = *byte;
    }
    let mut out = [b'0'; N];
    for digit in out.iter_mut().rev() {
        let mut remainder = 0u32;
        for byte in &mut rest {
            let value = (remainder << 8) | u32::from(*byte);
            *byte = (value / 62) as u8;
            remainder = value % 62;
        }
        *digit = ALPHABET.get(remainder as usize).copied().unwrap_or(b'0');
    }
    out
}

/// Whether every byte is a base 62 digit.
pub(crate) fn is_base62(text: &[u8]) -> bool {
    text.iter().all(u8::is_ascii_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_numbers() {
        assert_eq!(&encode::<6>(&0u32.to_be_bytes()), b"000000");
        assert_eq!(&encode::<6>(&61u32.to_be_bytes()), b"00000z");
        assert_eq!(&encode::<6>(&62u32.to_be_bytes()), b"000010");
        assert_eq!(&encode::<6>(&u32::MAX.to_be_bytes()), b"4gfFC3");
    }

    #[test]
    fn the_largest_secret_fits_in_43_digits() {
        let text = encode::<43>(&[0xff; 32]);
        assert_ne!(text.first(), Some(&b'0'));
        assert!(is_base62(&text));
    }
}
