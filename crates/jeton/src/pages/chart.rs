//! Charts as shapes for an SVG that is made on the server: stacked columns, and meters. Every chart has its numbers as a table beside it;
//! a colour never says what no word says. Counts only; knows nothing of what is counted.

use super::words;

/// Height of the field that columns are drawn in.
const HEIGHT: u64 = 1000;
/// Width of one column with the gap beside it.
const STEP: u64 = 100;
/// Width of the gap.
const GAP: u64 = 18;

/// What is counted, with the class that colours it: `pass`, `refuse`, `limit` or `other`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    /// Its name.
    pub label: &'static str,
    /// The class.
    pub class: &'static str,
    /// The sum over all columns.
    pub sum: u64,
}

/// One column: a stretch of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// What it stands for, as short as can be: `14:00`.
    pub label: String,
    /// The count of each series.
    pub values: Vec<u64>,
    /// Its shapes, from the bottom up.
    pub shapes: Vec<Shape>,
    /// All of it in words, for who points at it.
    pub title: String,
}

/// A rectangle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Left.
    pub x: u64,
    /// Top.
    pub y: u64,
    /// Width.
    pub width: u64,
    /// Height.
    pub height: u64,
    /// What colours it.
    pub class: &'static str,
}

/// Stacked columns over time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chart {
    /// What it shows.
    pub title: String,
    /// What is counted.
    pub series: Vec<Series>,
    /// The columns, the oldest first.
    pub columns: Vec<Column>,
    /// What the top of the field stands for.
    pub peak: u64,
    /// Width of the field.
    pub width: u64,
}

impl Series {
    /// The sum in words.
    pub fn sum_words(&self) -> String {
        words::number(self.sum)
    }
}

impl Column {
    /// The counts in words.
    pub fn counts(&self) -> impl Iterator<Item = String> {
        self.values.iter().map(|value| words::number(*value))
    }
}

impl Chart {
    /// From a count of each series for each column. `series` are names and classes.
    pub fn stacked(title: impl Into<String>, series: &[(&'static str, &'static str)], columns: Vec<(String, Vec<u64>)>) -> Self {
        let tallest = columns.iter().map(|(_, values)| values.iter().sum::<u64>()).max().unwrap_or(0);
        let peak = round_up(tallest);
        let sum = |at: usize| columns.iter().filter_map(|(_, values)| values.get(at)).sum();
        let told = series.iter().enumerate().map(|(at, (label, class))| Series { label, class, sum: sum(at) }).collect();
        let width = STEP * u64::try_from(columns.len().max(1)).unwrap_or(1);
        let drawn = columns.into_iter().zip(0..).map(|((label, values), place)| draw(label, values, series, place, peak));
        Self { title: title.into(), series: told, columns: drawn.collect(), peak, width }
    }
    /// Whether there is nothing to see.
    pub fn is_empty(&self) -> bool {
        self.series.iter().all(|series| series.sum == 0)
    }
    /// Height of the field.
    pub const fn height(&self) -> u64 {
        HEIGHT
    }
    /// What the top of the field stands for, in words.
    pub fn peak_words(&self) -> String {
        words::number(self.peak)
    }
    /// The labels below the field: the first, the one in the middle, the last.
    pub fn ticks(&self) -> impl Iterator<Item = &str> {
        let last = self.columns.len().saturating_sub(1);
        let places = if last < 2 { vec![0] } else { vec![0, last / 2, last] };
        places.into_iter().filter_map(|at| self.columns.get(at)).map(|column| column.label.as_str())
    }
    /// All of it in one sentence, for who does not see it.
    pub fn in_words(&self) -> String {
        let parts: Vec<String> = self.series.iter().map(|series| format!("{} {}", words::number(series.sum), series.label)).collect();
        format!("{}: {}", self.title, parts.join(", "))
    }
}

/// One column with its shapes, stacked from the bottom up.
fn draw(label: String, values: Vec<u64>, series: &[(&'static str, &'static str)], place: u64, peak: u64) -> Column {
    let mut top = HEIGHT;
    let mut shapes = Vec::new();
    for (value, (_, class)) in values.iter().zip(series).filter(|(value, _)| **value > 0) {
        // What is there at all can be seen.
        let height = (value.saturating_mul(HEIGHT) / peak.max(1)).clamp(HEIGHT / 100, top.max(1));
        top = top.saturating_sub(height);
        shapes.push(Shape { x: place * STEP + GAP / 2, y: top, width: STEP - GAP, height, class });
    }
    let parts: Vec<String> = values.iter().zip(series).map(|(value, (name, _))| format!("{} {name}", words::number(*value))).collect();
    let title = format!("{label}: {}", parts.join(", "));
    Column { label, values, shapes, title }
}

/// The next of 1, 2, 5, 10, 20, 50, … that is not below.
fn round_up(number: u64) -> u64 {
    let mut step = 1_u64;
    loop {
        for times in [1, 2, 5] {
            let round = step.saturating_mul(times);
            if round >= number || round == u64::MAX {
                return round;
            }
        }
        step = step.saturating_mul(10);
    }
}

/// How much of a whole, from 0 to 100, for a meter.
pub fn share(part: u64, whole: u64) -> u64 {
    part.saturating_mul(100).checked_div(whole).map_or(0, |share| share.min(100))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERIES: [(&str, &str); 2] = [("passed", "pass"), ("refused", "refuse")];

    #[test]
    fn columns_are_stacked_below_a_round_peak() {
        let chart = Chart::stacked("Requests", &SERIES, vec![("13:00".into(), vec![60, 15]), ("14:00".into(), vec![0, 1])]);
        assert_eq!((chart.peak, chart.width, chart.is_empty()), (100, 200, false));
        let first = &chart.columns[0].shapes;
        assert_eq!((first[0].y, first[0].height), (400, 600));
        assert_eq!((first[1].y, first[1].height, first[1].class), (250, 150, "refuse"));
        assert_eq!(chart.columns[1].shapes[0].height, 10);
        assert_eq!(chart.in_words(), "Requests: 60 passed, 16 refused");
        assert_eq!(chart.columns[0].title, "13:00: 60 passed, 15 refused");
        assert_eq!(chart.ticks().collect::<Vec<_>>(), ["13:00"]);
    }

    #[test]
    fn nothing_is_no_fault() {
        let chart = Chart::stacked("Requests", &SERIES, Vec::new());
        assert!(chart.is_empty() && chart.ticks().next().is_none());
        assert_eq!((round_up(0), round_up(3), round_up(u64::MAX), share(1, 0), share(3, 4)), (1, 5, u64::MAX, 0, 75));
    }
}
