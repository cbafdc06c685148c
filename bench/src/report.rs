//! What is printed and written: one line for each figure, with its goal and whether it was reached.

use anyhow::Result;
use serde::Serialize;
use std::path::Path;

/// One figure.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    /// What was measured.
    pub what: String,
    /// The figure: a ratio where there is a bare server, else an absolute one.
    pub value: f64,
    /// What the figure counts: `x` for a ratio.
    pub unit: &'static str,
    /// The least of the runs.
    pub least: Option<f64>,
    /// The greatest of the runs.
    pub greatest: Option<f64>,
    /// The goal, and whether more is better.
    pub goal: Option<Goal>,
    /// What else was seen.
    pub note: String,
}

/// What to reach.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    /// This or more.
    AtLeast(f64),
    /// This or less.
    AtMost(f64),
}

impl Line {
    /// A figure without runs.
    pub fn plain(what: impl Into<String>, value: f64, unit: &'static str, goal: Option<Goal>, note: impl Into<String>) -> Self {
        Self { what: what.into(), value, unit, least: None, greatest: None, goal, note: note.into() }
    }
    /// The median of several runs.
    pub fn of_runs(what: impl Into<String>, mut runs: Vec<f64>, unit: &'static str, goal: Option<Goal>, note: impl Into<String>) -> Self {
        runs.sort_by(f64::total_cmp);
        let (least, greatest) = (runs.first().copied(), runs.last().copied());
        let value = runs.get(runs.len() / 2).copied().unwrap_or(f64::NAN);
        Self { what: what.into(), value, unit, least, greatest, goal, note: note.into() }
    }
    fn verdict(&self) -> &'static str {
        match self.goal {
            None => "",
            Some(Goal::AtLeast(goal)) if self.value >= goal => "reached",
            Some(Goal::AtMost(goal)) if self.value <= goal => "reached",
            Some(_) => "missed",
        }
    }
}

/// The value below which this part of `sorted` lies.
pub fn quantile(sorted: &[f64], part: f64) -> f64 {
    sorted.get((sorted.len().saturating_sub(1) as f64 * part) as usize).copied().unwrap_or(f64::NAN)
}

/// A distribution of times in milliseconds: a line with a bar for each stretch that holds any.
pub fn distribution(what: &str, sorted: &[f64]) -> Vec<Line> {
    const BOUNDS: [f64; 13] = [0.5, 1.0, 2.0, 3.0, 5.0, 7.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0];
    let mut lines = Vec::new();
    let mut from = 0.0;
    for to in BOUNDS.into_iter().chain([f64::INFINITY]) {
        let count = sorted.iter().filter(|value| **value > from && **value <= to || (from == 0.0 && **value <= 0.0)).count();
        let share = 100.0 * count as f64 / sorted.len().max(1) as f64;
        let name = if to.is_finite() { format!("{what}: {from} to {to} ms") } else { format!("{what}: more than {from} ms") };
        if count > 0 {
            let bar = "█".repeat((share / 2.0).ceil() as usize);
            lines.push(Line::plain(name, share, "%", None, format!("{bar} {count}")));
        }
        from = to;
    }
    lines
}

/// All rows.
#[derive(Serialize)]
pub struct Report {
    machine: String,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    name: String,
    lines: Vec<Line>,
    failed: Option<String>,
}

impl Report {
    /// Begins with the machine and the head of the table.
    pub fn begin() -> Self {
        let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = cpu.lines().find_map(|line| line.strip_prefix("model name\t: ")).unwrap_or("unknown").to_owned();
        let cores = cpu.matches("processor\t").count();
        let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let machine = format!("{model}, {cores} cores, load before the run {}", load.split(' ').next().unwrap_or("?"));
        println!("{machine}\n");
        if cfg!(debug_assertions) {
            println!("A debug build at small numbers: these figures mean nothing.\n");
        }
        println!("{:<72} {:>12} {:>12} {:>12}  {:<12} {:<8} note", "what", "median", "least", "greatest", "goal", "");
        Self { machine, rows: Vec::new() }
    }
    /// Adds a row and prints it.
    pub fn add(&mut self, name: &str, lines: Vec<Line>) {
        for line in &lines {
            let number = |value: f64| format!("{} {}", short(value), line.unit);
            let goal = match line.goal {
                None => String::new(),
                Some(Goal::AtLeast(goal)) => format!("≥ {}", short(goal)),
                Some(Goal::AtMost(goal)) => format!("≤ {}", short(goal)),
            };
            let (least, greatest) = (line.least.map(number).unwrap_or_default(), line.greatest.map(number).unwrap_or_default());
            let (what, verdict, note) = (&line.what, line.verdict(), &line.note);
            println!("{what:<72} {:>12} {least:>12} {greatest:>12}  {goal:<12} {verdict:<8} {note}", number(line.value));
        }
        self.rows.push(Row { name: name.to_owned(), lines, failed: None });
    }
    /// Says that a row could not be measured, and why.
    pub fn failed(&mut self, name: &str, fault: &anyhow::Error) {
        println!("{name:<72} could not be measured: {fault:#}");
        self.rows.push(Row { name: name.to_owned(), lines: Vec::new(), failed: Some(format!("{fault:#}")) });
    }
    /// Whether any row could not be measured.
    pub fn has_failures(&self) -> bool {
        self.rows.iter().any(|row| row.failed.is_some())
    }
    /// Writes everything as JSON.
    pub fn write(&self, path: &Path) -> Result<()> {
        let mut text = serde_json::to_string_pretty(self)?;
        text.push('\n');
        Ok(std::fs::write(path, text)?)
    }
}

/// Three digits that count.
fn short(value: f64) -> String {
    match value.abs() {
        large if large >= 1000.0 => format!("{value:.0}"),
        middle if middle >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.3}"),
    }
}
