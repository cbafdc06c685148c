//! Instants and durations. Reads no clock: whoever needs the time is given it.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An instant: microseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// A duration in microseconds, never negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(i64);

const MICROS: i64 = 1_000_000;

impl Timestamp {
    /// The last instant that RFC 3339 can write: 9999-12-30T22:00:00Z and some.
    pub const MAX: Self = Self(253_402_207_200 * MICROS);

    /// From microseconds since the epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }
    /// From whole seconds since the epoch (`NumericDate` of RFC 7519), saturating.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(MICROS))
    }
    /// Microseconds since the epoch.
    pub const fn as_micros(self) -> i64 {
        self.0
    }
    /// Whole seconds since the epoch, rounded down.
    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(MICROS)
    }
    /// This instant moved later by `span`, saturating at [`Timestamp::MAX`].
    #[must_use]
    pub const fn plus(self, span: Span) -> Self {
        let sum = self.0.saturating_add(span.0);
        if sum > Self::MAX.0 { Self::MAX } else { Self(sum) }
    }
    /// This instant moved earlier by `span`, saturating.
    #[must_use]
    pub const fn minus(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
    }
    /// How long after `earlier` this is; zero when it is not.
    pub const fn since(self, earlier: Self) -> Span {
        let difference = self.0.saturating_sub(earlier.0);
        if difference < 0 { Span(0) } else { Span(difference) }
    }
    /// The start of the hour that holds this instant.
    #[must_use]
    pub const fn hour(self) -> Self {
        Self(self.0.div_euclid(3600 * MICROS) * 3600 * MICROS)
    }
    /// Reads RFC 3339 text with an offset, such as `2026-12-20T08:00:00Z`.
    pub fn parse(text: &str) -> Option<Self> {
        let at: jiff::Timestamp = text.parse().ok()?;
        let at = Self(at.as_microsecond());
        (at <= Self::MAX).then_some(at)
    }
}

impl std::fmt::Display for Timestamp {
    /// RFC 3339 in UTC; microseconds only where there are any.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(at) => write!(f, "{at}"),
            Err(_) => write!(f, "@{}us", self.0),
        }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("must be an RFC 3339 instant such as `2026-12-20T08:00:00Z`"))
    }
}

impl Span {
    /// From microseconds; a negative number counts as zero.
    pub const fn from_micros(micros: i64) -> Self {
        if micros < 0 { Self(0) } else { Self(micros) }
    }
    /// From milliseconds.
    pub const fn from_millis(millis: u32) -> Self {
        Self(millis as i64 * 1000)
    }
    /// From seconds.
    pub const fn from_seconds(seconds: u32) -> Self {
        Self(seconds as i64 * MICROS)
    }
    /// From minutes.
    pub const fn from_minutes(minutes: u32) -> Self {
        Self(minutes as i64 * 60 * MICROS)
    }
    /// From hours.
    pub const fn from_hours(hours: u32) -> Self {
        Self(hours as i64 * 3600 * MICROS)
    }
    /// From days of 24 hours.
    pub const fn from_days(days: u32) -> Self {
        Self(days as i64 * 86_400 * MICROS)
    }
    /// Microseconds.
    pub const fn as_micros(self) -> i64 {
        self.0
    }
    /// Whole seconds, rounded up, so that "try again in" is never too early.
    pub const fn as_seconds_up(self) -> i64 {
        (self.0 + MICROS - 1) / MICROS
    }
    /// Reads `90s`, `15m`, `12h`, `30d` or `4w`: a whole number and one unit.
    pub fn parse(text: &str) -> Option<Self> {
        let split = text.len().checked_sub(1)?;
        let (number, unit) = (text.get(..split)?, text.get(split..)?);
        if number.is_empty() || number.len() > 9 || !number.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let seconds: i64 = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3600,
            "d" => 86_400,
            "w" => 604_800,
            _ => return None,
        };
        let number: i64 = number.parse().ok()?;
        number.checked_mul(seconds)?.checked_mul(MICROS).map(Self)
    }
}

impl From<Span> for std::time::Duration {
    fn from(span: Span) -> Self {
        Self::from_micros(u64::try_from(span.0).unwrap_or(0))
    }
}

impl std::fmt::Display for Span {
    /// The largest unit of `d h m s` that divides it, else seconds with a fraction.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0 == 0 {
            return f.write_str("0s");
        }
        for (unit, name) in [(86_400, "d"), (3600, "h"), (60, "m"), (1, "s")] {
            let unit = unit * MICROS;
            if self.0 >= unit && self.0 % unit == 0 {
                return write!(f, "{}{name}", self.0 / unit);
            }
        }
        write!(f, "{}.{:06}s", self.0 / MICROS, self.0 % MICROS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_print_and_parse() {
        let at = Timestamp::from_seconds(1_797_753_600);
        assert_eq!(at.to_string(), "2026-12-20T08:00:00Z");
        assert_eq!(Timestamp::parse("2026-12-20T08:00:00Z"), Some(at));
        assert_eq!(Timestamp::parse("2026-12-20"), None);
    }

    #[test]
    fn sums_saturate_instead_of_wrapping() {
        assert_eq!(Timestamp::from_micros(i64::MAX).plus(Span::from_days(1)), Timestamp::MAX);
        assert_eq!(Timestamp::from_seconds(5).since(Timestamp::from_seconds(9)), Span::from_micros(0));
    }

    #[test]
    fn spans_read_one_number_and_one_unit() {
        assert_eq!(Span::parse("30d"), Some(Span::from_days(30)));
        for bad in ["", "d", "30", "-1d", "1y", "1.5h", "9999999999d", "3 d", "é"] {
            assert_eq!(Span::parse(bad), None, "{bad}");
        }
        assert_eq!(Span::from_hours(48).to_string(), "2d");
    }
}
