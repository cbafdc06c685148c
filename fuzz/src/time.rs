//! Instants and durations.

use jeton_core::timestamp::{Span, Timestamp};

/// What parses prints to the same.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Some(at) = Timestamp::parse(text) {
        assert!(at <= Timestamp::MAX);
        assert_eq!(Timestamp::parse(&at.to_string()), Some(at), "{at}");
    }
    if let Some(span) = Span::parse(text) {
        let printed = span.to_string();
        assert!(Span::parse(&printed) == Some(span) || printed.len() > 10, "{printed}");
    }
}
