//! Instants for people: in the reader's zone with a word on how far off they are. Scripts get RFC 3339 in UTC instead.

use jeton_core::timestamp::{Span, Timestamp};
use jiff::tz::TimeZone;

/// How a command shows instants.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    /// When the command runs.
    pub(crate) now: Timestamp,
    zone: TimeZone,
}

impl Clock {
    /// The present, shown in the reader's zone or in UTC.
    pub(crate) fn start(utc: bool) -> Self {
        let zone = if utc { TimeZone::UTC } else { TimeZone::system() };
        Self { now: Timestamp::from_micros(jiff::Timestamp::now().as_microsecond()), zone }
    }
    /// A clock that stands still.
    #[cfg(test)]
    pub(crate) const fn at(now: Timestamp, zone: TimeZone) -> Self {
        Self { now, zone }
    }
    /// `2026-12-20 09:00 (in 30 days)`.
    pub(crate) fn show(&self, at: Timestamp) -> String {
        format!("{} ({})", self.date(at), self.relative(at))
    }
    /// `2026-12-20 09:00`, with the zone where it is UTC.
    pub(crate) fn date(&self, at: Timestamp) -> String {
        let Ok(instant) = jiff::Timestamp::from_microsecond(at.as_micros()) else { return at.to_string() };
        let form = if self.zone == TimeZone::UTC { "%Y-%m-%d %H:%M:%SZ" } else { "%Y-%m-%d %H:%M:%S" };
        instant.to_zoned(self.zone.clone()).strftime(form).to_string()
    }
    /// `in 30 days`, `2 hours ago`, `now`.
    pub(crate) fn relative(&self, at: Timestamp) -> String {
        if at >= self.now {
            match words(at.since(self.now)) {
                Some(words) => format!("in {words}"),
                None => "now".to_owned(),
            }
        } else {
            match words(self.now.since(at)) {
                Some(words) => format!("{words} ago"),
                None => "just now".to_owned(),
            }
        }
    }
}

/// The largest whole unit; the next smaller one from 1.5 of it on would only add noise.
fn words(span: Span) -> Option<String> {
    let seconds = span.as_micros() / 1_000_000;
    // One second of slack, so that what was just asked for as 30 days reads as 30 days.
    let rounded = seconds + 1;
    for (unit, name) in [(365 * 86_400, "year"), (86_400, "day"), (3600, "hour"), (60, "minute")] {
        let count = rounded / unit;
        if count >= 2 || (count == 1 && unit != 365 * 86_400) {
            return Some(format!("{count} {name}{}", if count == 1 { "" } else { "s" }));
        }
    }
    (seconds >= 2).then(|| format!("{seconds} seconds"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_read_like_speech() {
        let now = Timestamp::from_seconds(1_797_753_600);
        let clock = Clock::at(now, TimeZone::UTC);
        let far = |span| clock.relative(now.plus(span));
        assert_eq!(far(Span::from_days(30)), "in 30 days");
        assert_eq!(far(Span::from_micros(30 * 86_400_000_000 - 300_000)), "in 30 days");
        assert_eq!(far(Span::from_days(365)), "in 365 days");
        assert_eq!(far(Span::from_days(800)), "in 2 years");
        assert_eq!(far(Span::from_minutes(60)), "in 1 hour");
        assert_eq!(far(Span::from_seconds(12)), "in 12 seconds");
        assert_eq!(clock.relative(now.minus(Span::from_hours(2))), "2 hours ago");
        assert_eq!(clock.relative(now.minus(Span::from_millis(300))), "just now");
        assert_eq!(clock.show(now), "2026-12-20 08:00:00Z (now)");
        let berlin = TimeZone::get("Europe/Berlin").expect("zone data");
        assert_eq!(Clock::at(now, berlin).date(now), "2026-12-20 09:00:00");
    }
}
