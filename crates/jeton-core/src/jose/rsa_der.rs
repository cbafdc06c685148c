//! Reads modulus and exponent out of an `RSAPublicKey` (RFC 8017, appendix A.1.1) that the cryptographic library wrote.

/// The two numbers, big-endian and without leading zeros.
pub(super) fn components(der: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let (body, rest) = element(der, 0x30)?;
    let (modulus, body) = element(body, 0x02)?;
    let (exponent, body) = element(body, 0x02)?;
    (rest.is_empty() && body.is_empty()).then(|| (unsigned(modulus), unsigned(exponent)))
}

/// One element with `tag`: its content, and what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (found, rest) = der.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = if *first < 0x80 {
        (usize::from(*first), rest)
    } else {
        let (digits, rest) = rest.split_at_checked(usize::from(*first & 0x7f))?;
        if digits.is_empty() || digits.len() > 3 {
            return None;
        }
        (digits.iter().fold(0, |sum, digit| sum << 8 | usize::from(*digit)), rest)
    };
    (*found == tag).then(|| rest.split_at_checked(length))?
}

fn unsigned(number: &[u8]) -> Vec<u8> {
    number.iter().copied().skip_while(|byte| *byte == 0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_numbers_and_refuses_what_is_cut() {
        let der = [0x30, 0x09, 0x02, 0x02, 0x00, 0xc1, 0x02, 0x03, 0x01, 0x00, 0x01];
        assert_eq!(components(&der), Some((vec![0xc1], vec![1, 0, 1])));
        for length in 0..der.len() {
            assert_eq!(components(&der[..length]), None, "{length}");
        }
        assert_eq!(components(&[&der[..], &[0]].concat()), None);
    }
}
