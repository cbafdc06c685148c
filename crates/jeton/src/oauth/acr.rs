//! The authentication context classes that a sign-in here can come to (OpenID Connect Core, section 2; RFC 9470).

use crate::session::{ACR_MULTI_FACTOR, ACR_PASSWORD};

/// All of them, the weakest first.
pub const KNOWN: [&str; 2] = [ACR_PASSWORD, ACR_MULTI_FACTOR];

/// Whether a class can be reached here at all.
pub fn is_known(class: &str) -> bool {
    KNOWN.contains(&class)
}

/// How strong a class is; none where it is not known.
fn rank(class: &str) -> Option<usize> {
    KNOWN.iter().position(|own| *own == class)
}

/// Whether a sign-in of this class will do where one of `wanted` must be reached: a stronger one does. Where none is wanted, any does.
pub fn will_do(class: &str, wanted: &[String]) -> bool {
    wanted.is_empty() || told(class, wanted).is_some()
}

/// What is told of a sign-in of this class where one of `wanted` was to be reached: itself where it is among them, else the strongest of
/// them that it comes up to.
pub fn told<'c>(class: &'c str, wanted: &'c [String]) -> Option<&'c str> {
    if wanted.iter().any(|one| one == class) {
        return Some(class);
    }
    let reached = wanted.iter().filter(|one| rank(one).is_some_and(|one| rank(class).is_some_and(|own| one <= own)));
    reached.max_by_key(|one| rank(one)).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gate_knows_the_same_classes() {
        assert_eq!(KNOWN, jeton_core::authentication::CLASSES);
    }

    #[test]
    fn a_stronger_class_stands_for_a_weaker_one() {
        let wanted = |classes: &[&str]| -> Vec<String> { classes.iter().map(|class| (*class).to_owned()).collect() };
        for (own, classes, reported) in [
            (ACR_MULTI_FACTOR, &[ACR_PASSWORD][..], Some(ACR_PASSWORD)),
            (ACR_MULTI_FACTOR, &[ACR_PASSWORD, ACR_MULTI_FACTOR], Some(ACR_MULTI_FACTOR)),
            (ACR_PASSWORD, &[ACR_MULTI_FACTOR], None),
            (ACR_PASSWORD, &["urn:other", ACR_PASSWORD], Some(ACR_PASSWORD)),
            (ACR_MULTI_FACTOR, &["urn:other"], None),
        ] {
            let classes = wanted(classes);
            assert_eq!(told(own, &classes), reported, "{own} {classes:?}");
            assert_eq!(will_do(own, &classes), reported.is_some());
        }
        assert!(will_do(ACR_PASSWORD, &[]));
    }
}
