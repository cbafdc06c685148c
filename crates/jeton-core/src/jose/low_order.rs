//! The Ed25519 points of small order. A key that is one of them lets anybody sign anything.

/// Whether `point` encodes a point of order 1, 2, 4 or 8, in any of its spellings. The sign bit does not matter.
pub(super) fn contains(point: &[u8; 32]) -> bool {
    let mut unsigned = *point;
    if let Some(last) = unsigned.last_mut() {
        *last &= 0x7f;
    }
    let small = |low: u8| unsigned.split_first().is_some_and(|(first, rest)| *first == low && rest.iter().all(|byte| *byte == 0));
    // 2^255 - 19 is `ed ff … ff 7f`: one less is minus one, itself is zero again, one more is one again.
    let near_prime = |low: u8| {
        let (Some((first, rest)), Some((last, _))) = (unsigned.split_first(), unsigned.split_last()) else { return false };
        *first == low && *last == 0x7f && rest.iter().take(30).all(|byte| *byte == 0xff)
    };
    small(0) || small(1) || near_prime(0xec) || near_prime(0xed) || near_prime(0xee) || ORDER_EIGHT.contains(&unsigned)
}

/// The two heights of the points of order 8.
const ORDER_EIGHT: [[u8; 32]; 2] = [
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6,
        0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39,
        0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ],
];

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::signature::{ED25519, ParsedPublicKey};

    #[test]
    fn the_points_that_verify_nothing_are_known() {
        let mut identity = [0; 32];
        identity[0] = 1;
        let mut minus_one = [0xff; 32];
        (minus_one[0], minus_one[31]) = (0xec, 0x7f);
        for point in [[0; 32], identity, minus_one, ORDER_EIGHT[0], ORDER_EIGHT[1]] {
            assert!(contains(&point));
            let mut other_sign = point;
            other_sign[31] |= 0x80;
            assert!(contains(&other_sign));
        }
        assert!(!contains(&[7; 32]));
    }

    /// What the list is for: under the identity as key, R = identity and S = 0 fit every message.
    #[test]
    fn the_library_itself_takes_a_forgery_under_such_a_key() {
        let mut identity = [0; 32];
        identity[0] = 1;
        let key = ParsedPublicKey::new(&ED25519, identity).expect("the library does not look");
        let forged = [identity, [0; 32]].concat();
        assert!(key.verify_sig(b"anything", &forged).is_ok());
    }
}
