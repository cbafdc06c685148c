//! The use of a token as a page shows it: columns over time, and who called what.

use crate::pages::{badge::Badge, chart::Chart, instant::Instant, words};
use jeton_core::timestamp::{Span, Timestamp};
use jeton_store::usage::UsageSum;

/// How far back use is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// The last 24 hours, by the hour.
    Day,
    /// The last 30 days, by the day.
    Month,
}

/// One row of a table of sums.
#[derive(Clone, Debug)]
pub struct SumLine {
    /// Which route, network or outcome.
    pub key: String,
    /// How an outcome is called.
    pub badge: Badge,
    /// How many calls.
    pub count: String,
    /// How many of them were refused.
    pub refused: String,
    /// When there were any last.
    pub last: Instant,
}

const SERIES: [(&str, &str); 2] = [("passed", "pass"), ("refused", "refuse")];

impl Period {
    /// By its word in the query.
    pub fn of(word: Option<&str>) -> Self {
        if word == Some("day") { Self::Day } else { Self::Month }
    }
    /// From when on use is shown.
    pub fn since(self, now: Timestamp) -> Timestamp {
        match self {
            Self::Day => now.minus(Span::from_hours(23)).hour(),
            Self::Month => day(now.minus(Span::from_days(29))),
        }
    }
    /// Columns over time, those without use included.
    pub fn chart(self, hours: &[UsageSum], now: Timestamp) -> Chart {
        let (steps, step, format) = match self {
            Self::Day => (24, Span::from_hours(1), "%H:%M"),
            Self::Month => (30, Span::from_days(1), "%-d %b"),
        };
        let mut at = self.since(now);
        let mut columns = Vec::with_capacity(steps);
        for _ in 0..steps {
            let next = at.plus(step);
            let within = hours.iter().filter(|sum| sum.last_hour >= at && sum.last_hour < next);
            let (all, passed) = within.fold((0, 0), |(all, passed), sum| (all + sum.count, passed + sum.permitted));
            columns.push((label(at, format), vec![passed, all - passed]));
            at = next;
        }
        let title = match self {
            Self::Day => "Calls in the last 24 hours (UTC)",
            Self::Month => "Calls in the last 30 days (UTC)",
        };
        Chart::stacked(title, &SERIES, columns)
    }
}

/// The start of the day.
fn day(at: Timestamp) -> Timestamp {
    const DAY: i64 = 86_400;
    Timestamp::from_seconds(at.as_seconds().div_euclid(DAY) * DAY)
}

fn label(at: Timestamp, format: &str) -> String {
    let zoned = jiff::Timestamp::from_microsecond(at.as_micros()).unwrap_or_default().to_zoned(jiff::tz::TimeZone::UTC);
    zoned.strftime(format).to_string()
}

/// Sums as rows of a table, as many as fit one.
pub fn lines(sums: &[UsageSum]) -> Vec<SumLine> {
    const SHOWN: usize = 12;
    let line = |sum: &UsageSum| SumLine {
        key: if sum.key == "-" { "unknown".to_owned() } else { sum.key.clone() },
        badge: words::outcome(&sum.key),
        count: words::number(sum.count),
        refused: words::number(sum.count.saturating_sub(sum.permitted)),
        last: Instant::from(sum.last_hour),
    };
    sums.iter().take(SHOWN).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_hour_and_day_has_its_column() {
        let now = Timestamp::parse("2026-11-26T14:05:00Z").expect("an instant");
        let sum = |hour: &str, count, permitted| UsageSum {
            key: hour.to_owned(),
            count,
            permitted,
            last_hour: Timestamp::parse(hour).expect("an instant"),
        };
        let hours = [sum("2026-11-26T14:00:00Z", 9, 7), sum("2026-11-25T15:00:00Z", 4, 4), sum("2026-11-25T14:00:00Z", 100, 0)];
        let of_day = Period::Day.chart(&hours, now);
        assert_eq!((of_day.columns.len(), of_day.series[0].sum, of_day.series[1].sum), (24, 11, 2), "the oldest is a day ago");
        assert_eq!(of_day.columns[23].label, "14:00");
        let of_month = Period::Month.chart(&hours, now);
        assert_eq!((of_month.columns.len(), of_month.series[0].sum, of_month.series[1].sum), (30, 11, 102));
        assert_eq!((of_month.columns[29].label.as_str(), of_month.columns[29].values.as_slice()), ("26 Nov", [7, 2].as_slice()));
    }
}
