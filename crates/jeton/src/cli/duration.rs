//! Durations and ends of life as they are typed: `30d`, `12h`, `never`, `2027-01-01T00:00:00Z`.

use jeton_core::{
    limits,
    timestamp::{Span, Timestamp},
};
use serde_json::Value;

/// When a token ends, as typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expires {
    /// It does not end.
    Never,
    /// This long from now.
    In(Span),
    /// At this instant.
    At(Timestamp),
}

/// Reads a duration.
pub(crate) fn span(text: &str) -> Result<Span, String> {
    Span::parse(text).ok_or_else(|| "must be a number and a unit: `90s`, `15m`, `12h`, `30d` or `4w`".to_owned())
}

/// Reads an instant.
pub(crate) fn instant(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse(text).ok_or_else(|| "must be an instant such as `2027-01-01T00:00:00Z`".to_owned())
}

/// Reads an end of life.
pub(crate) fn expires(text: &str) -> Result<Expires, String> {
    let wrong = "must be `never`, a duration such as `30d` or `12h`, or an instant such as `2027-01-01T00:00:00Z`";
    match text {
        "never" => Ok(Expires::Never),
        _ if Span::parse(text).is_some_and(|span| span > limits::TOKEN_LIFE_MAX) => {
            Err("is longer than any token lives: `3650d`".to_owned())
        }
        _ => Span::parse(text).map(Expires::In).or_else(|| Timestamp::parse(text).map(Expires::At)).ok_or_else(|| wrong.to_owned()),
    }
}

impl Expires {
    /// The seconds that a request names; `null` for never.
    pub(crate) fn seconds_at(self, now: Timestamp) -> Result<Value, String> {
        match self {
            Self::Never => Ok(Value::Null),
            Self::In(span) => Ok(span.as_seconds_up().into()),
            Self::At(at) if at > now => Ok(at.since(now).as_seconds_up().into()),
            Self::At(at) => Err(format!("the end `{at}` lies in the past")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_of_life_are_read() {
        let now = Timestamp::from_seconds(1000);
        assert_eq!(expires("never").and_then(|end| end.seconds_at(now)), Ok(Value::Null));
        assert_eq!(expires("30d").and_then(|end| end.seconds_at(now)), Ok(2_592_000.into()));
        assert_eq!(expires("1970-01-01T00:17:40Z").and_then(|end| end.seconds_at(now)), Ok(60.into()));
        assert!(expires("1970-01-01T00:00:40Z").and_then(|end| end.seconds_at(now)).is_err());
        assert!(expires("3650d").is_ok() && expires("3651d").is_err());
        for bad in ["", "30", "1y", "-1d", "tomorrow", "2027-01-01"] {
            assert!(expires(bad).is_err(), "{bad}");
        }
    }
}
