//! What became of a request, in the few words that use is counted by.

use crate::denial::Denial;

/// The code of a decision: `ok`, or the code of a denial's answer. The same words in `/v1/verify`, metrics and usage.
pub const fn code(decision: Result<(), &Denial>) -> &'static str {
    match decision {
        Ok(()) => "ok",
        Err(denial) => denial.answer().code,
    }
}
