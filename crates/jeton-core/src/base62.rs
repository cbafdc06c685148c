//! Base 62 of fixed width: the alphabet of token text and ids. Not a general codec.

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Writes the big-endian number in `number` as `N` digits, most significant first; what does not fit is cut off above.
pub(crate) fn encode<const N: usize>(number: &[u8]) -> [u8; N] {
    // The number in base 2^32, least significant first: eight divisions for a digit instead of thirty-two.
    let mut rest = [0u32; 8];
    for (limb, bytes) in rest.iter_mut().zip(number.rchunks(4)) {
        *limb = bytes.iter().fold(0, |value, byte| (value << 8) | u32::from(*byte));
    }
    let mut length = rest.len();
    let mut out = [b'0'; N];
    for digit in out.iter_mut().rev() {
        // Leading zeros cost nothing: a checksum is one limb long.
        while length > 0 && rest.get(length - 1) == Some(&0) {
            length -= 1;
        }
        let mut remainder = 0u64;
        for limb in rest.iter_mut().take(length).rev() {
            let value = (remainder << 32) | u64::from(*limb);
            *limb = (value / 62) as u32;
            remainder = value % 62;
        }
        *digit = ALPHABET.get(remainder as usize).copied().unwrap_or(b'0');
    }
    out
}

/// The same of a small number, without long division.
pub(crate) fn encode_small<const N: usize>(number: u32) -> [u8; N] {
    let mut rest = number;
    let mut out = [b'0'; N];
    for digit in out.iter_mut().rev() {
        *digit = ALPHABET.get((rest % 62) as usize).copied().unwrap_or(b'0');
        rest /= 62;
    }
    out
}

/// Whether every byte is a base 62 digit. Looks at all of them in any case: many at once.
pub(crate) fn is_base62(text: &[u8]) -> bool {
    text.iter().fold(true, |all, byte| all & byte.is_ascii_alphanumeric())
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
        for number in [0, 1, 61, 62, 3843, 3844, 0x00ff_00ff, u32::MAX - 1, u32::MAX] {
            assert_eq!(encode_small::<6>(number), encode::<6>(&number.to_be_bytes()), "{number}");
        }
    }

    /// Long division, byte by byte, as it is done on paper.
    fn on_paper<const N: usize>(number: &[u8]) -> [u8; N] {
        let mut rest = number.to_vec();
        let mut out = [b'0'; N];
        for digit in out.iter_mut().rev() {
            let mut remainder = 0u32;
            for byte in &mut rest {
                let value = (remainder << 8) | u32::from(*byte);
                *byte = u8::try_from(value / 62).expect("a quotient of a byte");
                remainder = value % 62;
            }
            *digit = ALPHABET[remainder as usize];
        }
        out
    }

    #[test]
    fn it_is_long_division() {
        let mut number = [0u8; 32];
        for round in 0..2000u32 {
            for (at, byte) in number.iter_mut().enumerate() {
                *byte = byte.wrapping_mul(167).wrapping_add((round as usize * 31 + at * 7) as u8);
            }
            for length in [1, 3, 4, 5, 16, 31, 32] {
                let number = &number[..length];
                assert_eq!(encode::<43>(number), on_paper::<43>(number));
                assert_eq!(encode::<12>(number), on_paper::<12>(number), "cut off above");
            }
        }
        assert_eq!(encode::<43>(&[0xff; 32]), on_paper::<43>(&[0xff; 32]));
    }

    #[test]
    fn the_largest_secret_fits_in_43_digits() {
        let text = encode::<43>(&[0xff; 32]);
        assert_ne!(text.first(), Some(&b'0'));
        assert!(is_base62(&text));
    }
}
