//! Names each request: printed in its answer and its log lines. Never taken from the client, who could repeat one.

use jeton_core::id::RequestId;
use rand::Rng;

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A fresh id. Cheaper than reading one from 128 random bits: it is made on every request of the checking path.
pub fn fresh() -> RequestId {
    let random: u64 = rand::rng().next_u64();
    let mut text = *b"req_000000000000";
    let mut rest = random;
    for slot in text.iter_mut().rev().take(11) {
        let digit = usize::try_from(rest % 62).unwrap_or(0);
        *slot = DIGITS.get(digit).copied().unwrap_or(b'0');
        rest /= 62;
    }
    let parsed = std::str::from_utf8(&text).ok().and_then(|text| RequestId::parse(text).ok());
    parsed.unwrap_or_else(|| RequestId::from_random([0; 16]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_well_formed_and_differ() {
        let ids: std::collections::HashSet<_> = (0..1000).map(|_| fresh()).collect();
        assert_eq!(ids.len(), 1000);
        assert!(ids.iter().all(|id| RequestId::parse(&id.to_string()) == Ok(*id)));
    }
}
