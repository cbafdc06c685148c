//! Which key of which algorithm is due. Pure: the keys and the clock are arguments, and the keys are those that still verify.

use jeton_core::{jose::Algorithm, timestamp::Timestamp};
use jeton_store::key::StoredKey;

/// The newest key of an algorithm that has no end: the one that the next key of it follows.
pub(super) fn newest(keys: &[StoredKey], algorithm: Algorithm) -> Option<&StoredKey> {
    of(keys, algorithm).filter(|key| key.removed_at.is_none()).max_by_key(|key| (key.signs_from, &key.kid))
}

/// The key that signs with `algorithm`: the newest whose time to sign has come.
pub(super) fn signing_at(keys: &[StoredKey], algorithm: Algorithm, now: Timestamp) -> Option<&StoredKey> {
    latest_at(of(keys, algorithm), now)
}

/// The same of any algorithm.
pub(super) fn any_signing_at(keys: &[StoredKey], now: Timestamp) -> Option<&StoredKey> {
    latest_at(keys.iter(), now)
}

/// The key to sign with where it must be this algorithm: where none signs yet, the first that is published.
pub(super) fn needed_at(keys: &[StoredKey], algorithm: Algorithm, now: Timestamp) -> Option<&StoredKey> {
    signing_at(keys, algorithm, now).or_else(|| of(keys, algorithm).min_by_key(|key| key.signs_from))
}

fn of(keys: &[StoredKey], algorithm: Algorithm) -> impl Iterator<Item = &StoredKey> {
    keys.iter().filter(move |key| key.algorithm == algorithm.as_str())
}

fn latest_at<'k>(keys: impl Iterator<Item = &'k StoredKey>, now: Timestamp) -> Option<&'k StoredKey> {
    // A key without an end goes first: one that was published to sign later, and was then overtaken by a key that signs at once,
    // has an end by now and must never come to sign.
    keys.filter(|key| key.signs_from <= now && key.removed_at.is_none_or(|end| now < end))
        .max_by_key(|key| (key.removed_at.is_none(), key.signs_from, &key.kid))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(kid: &str, algorithm: Algorithm, signs_from: i64, removed_at: Option<i64>) -> StoredKey {
        StoredKey {
            kid: kid.into(),
            algorithm: algorithm.as_str().into(),
            public_jwk: String::new(),
            sealed_private: Vec::new(),
            published_at: Timestamp::default(),
            signs_from: Timestamp::from_seconds(signs_from),
            removed_at: removed_at.map(Timestamp::from_seconds),
        }
    }

    #[test]
    fn each_algorithm_has_its_own_chain() {
        let keys = [
            key("a", Algorithm::Es256, 10, Some(40)),
            key("b", Algorithm::Es256, 20, None),
            key("c", Algorithm::Rs256, 15, Some(50)),
            key("d", Algorithm::Rs256, 30, None),
        ];
        let name = |key: Option<&StoredKey>| key.map(|key| key.kid.clone());
        let at = |algorithm, now| name(signing_at(&keys, algorithm, Timestamp::from_seconds(now)));
        assert_eq!(at(Algorithm::Es256, 9), None);
        assert_eq!(at(Algorithm::Es256, 19).as_deref(), Some("a"));
        assert_eq!(at(Algorithm::Es256, 20).as_deref(), Some("b"));
        assert_eq!(at(Algorithm::Rs256, 29).as_deref(), Some("c"));
        assert_eq!(at(Algorithm::Rs256, 30).as_deref(), Some("d"));
        assert_eq!(at(Algorithm::EdDsa, 30), None);
        assert_eq!(name(any_signing_at(&keys, Timestamp::from_seconds(25))).as_deref(), Some("b"));
        assert_eq!(name(newest(&keys, Algorithm::Rs256)).as_deref(), Some("d"));
        assert_eq!(name(needed_at(&keys, Algorithm::Rs256, Timestamp::from_seconds(1))).as_deref(), Some("c"));
    }

    #[test]
    fn a_key_that_was_overtaken_before_its_time_never_signs() {
        let keys = [
            key("first", Algorithm::Es256, 0, Some(200)),
            key("published", Algorithm::Es256, 100, Some(200)),
            key("at once", Algorithm::Es256, 10, None),
        ];
        for now in [10, 99, 100, 150, 200] {
            let signing = signing_at(&keys, Algorithm::Es256, Timestamp::from_seconds(now));
            assert_eq!(signing.map(|key| key.kid.as_str()), Some("at once"), "{now}");
        }
        assert_eq!(signing_at(&keys, Algorithm::Es256, Timestamp::from_seconds(9)).map(|key| key.kid.as_str()), Some("first"));
    }

    #[test]
    fn what_has_ended_signs_nothing() {
        let keys = [key("a", Algorithm::Es256, 10, Some(40))];
        assert!(signing_at(&keys, Algorithm::Es256, Timestamp::from_seconds(39)).is_some());
        assert_eq!(signing_at(&keys, Algorithm::Es256, Timestamp::from_seconds(40)), None);
        assert_eq!(newest(&keys, Algorithm::Es256), None);
    }
}
