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
        Self { machine: at.to_string(), people: zoned(at).strftime("%-d %b %Y, %H:%M UTC").to_string() }
    }
}

impl Instant {
    /// The hour of the day in UTC, for charts: `14:00`.
    pub fn hour(at: Timestamp) -> String {
        zoned(at).strftime("%H:%M").to_string()
    }
    /// The day in UTC, for charts: `26 Nov`.
    pub fn day(at: Timestamp) -> String {
        zoned(at).strftime("%-d %b").to_string()
    }
}

fn zoned(at: Timestamp) -> jiff::Zoned {
    jiff::Timestamp::from_microsecond(at.as_micros()).unwrap_or_default().to_zoned(jiff::tz::TimeZone::UTC)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_readable() {
        let instant = Instant::from(Timestamp::parse("2026-11-06T04:05:06.7Z").expect("an instant"));
        assert_eq!(instant.people, "6 Nov 2026, 04:05 UTC");
        let at = Timestamp::parse("2026-11-06T04:05:06.7Z").expect("an instant");
        assert_eq!((Instant::hour(at), Instant::day(at)), ("04:05".to_owned(), "6 Nov".to_owned()));
        assert!(instant.machine.starts_with("2026-11-06T04:05:06"), "{}", instant.machine);
    }
}
