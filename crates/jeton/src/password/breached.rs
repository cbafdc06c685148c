//! Passwords that leaked most often, within the program: nobody is asked, and nothing of a password leaves it.

use std::{collections::HashSet, sync::LazyLock};

static LEAKED: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("breached.txt").lines().filter(|line| !line.starts_with('#')).collect());

/// Whether a password is one of them, whatever its case, with or without digits and signs around it.
pub(super) fn is_breached(password: &str) -> bool {
    let small = zeroize::Zeroizing::new(password.to_lowercase());
    let word = small.trim_matches(|c: char| !c.is_alphabetic());
    LEAKED.contains(small.as_str()) || LEAKED.contains(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaked_passwords_are_known_and_others_are_not() {
        assert!(LEAKED.len() > 7000, "{}", LEAKED.len());
        let lines: Vec<&str> = include_str!("breached.txt").lines().skip(2).collect();
        assert!(lines.is_sorted() && lines.iter().all(|line| line.len() >= 6 && *line == line.trim()));
        for leaked in ["Password", "iloveyou", "qwertyuiop", "123456789", "!Princess1!"] {
            assert!(is_breached(leaked), "{leaked}");
        }
        for other in ["plum orbit velvet canyon", "kX9#vQ2!mZ7p", "", "...", "7"] {
            assert!(!is_breached(other), "{other}");
        }
    }
}
