//! Instants on pages: readable without a script, in UTC; with it, in the zone of whoever reads.

use jeton_core::timestamp::Timestamp;

/// An instant as `<time>` wants it and as people read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instant {
    /// RFC 3339.
    pub machine: String,
    /// Such as `26 Nov 2026, 14:05 UTC`.
    pub people: String,
}

impl From<Timestamp> for Instant {
    fn from(at: Timestamp) -> Self {
        let machine = at.to_string();
        let zoned = jiff::Timestamp::from_microsecond(at.as_micros()).unwrap_or_default().to_zoned(jiff::tz::TimeZone::UTC);
        Self { machine, people: zoned.strftime("%-d %b %Y, %H:%M UTC").to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_readable() {
        let instant = Instant::from(Timestamp::parse("2026-11-06T04:05:06.7Z").expect("an instant"));
        assert_eq!(instant.people, "6 Nov 2026, 04:05 UTC");
        assert!(instant.machine.starts_with("2026-11-06T04:05:06"), "{}", instant.machine);
    }
}
