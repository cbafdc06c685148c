//! What became of a request, in the few words that use is counted by.

use crate::denial::Denial;

/// The code of a decision: `ok`, or the code of a denial's answer. The same words in `/v1/verify`, metrics and usage.
pub const fn code(decision: Result<(), &Denial>) -> &'static str {
    match decision {
        Ok(()) => "ok",
        Err(denial) => denial.answer().code,
    }
}

/// Longest code, in bytes.
const CODE_MAX: usize = 32;

/// Whether a text has the form of a code: for codes that another process counted by.
pub fn is_code(text: &str) -> bool {
    (1..=CODE_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_small_words() {
        assert!(is_code("ok") && is_code(code(Err(&Denial::AddressNotAllowed))));
        for bad in ["", "Ok", "ok ", "no-credential", &"a".repeat(33)] {
            assert!(!is_code(bad), "{bad}");
        }
    }
}
