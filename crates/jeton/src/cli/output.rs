//! Where a command writes: one JSON document on stdout, or text for people; all remarks go to stderr.
//!
//! Tables and colour only on a terminal, and no colour where `NO_COLOR` is set. Control characters that came from elsewhere
//! never reach the terminal.

use super::{failure::Failure, instant::Clock};
use comfy_table::{Cell, ColumnConstraint, ContentArrangement, Table, Width};
use jeton_core::timestamp::Timestamp;
use serde_json::Value;
use std::io::{IsTerminal, Write};

/// A longer word may be broken to fit a table onto a screen.
const WORD_MAX: usize = 24;
/// So many words of a cell are shown in a table.
const WORDS_SHOWN: usize = 3;

/// How a command writes.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    /// One JSON document instead of text.
    pub(crate) json: bool,
    /// How instants are shown.
    pub(crate) clock: Clock,
    terminal: bool,
    colour: bool,
}

/// What a piece of text means; on a terminal, its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// As it should be.
    Good,
    /// Worth a look.
    Warning,
    /// Wrong, dead or refused.
    Bad,
    /// Less important.
    Faint,
    /// A heading.
    Strong,
}

impl Output {
    /// As the program was started.
    pub(crate) fn start(json: bool, utc: bool) -> Self {
        let terminal = std::io::stdout().is_terminal();
        let colour = terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Self { json, clock: Clock::start(utc), terminal, colour }
    }
    /// Writes the one document.
    pub(crate) fn document(&self, value: &Value) -> Result<(), Failure> {
        let mut text = serde_json::to_string_pretty(value).map_err(|fault| Failure::failed(format!("cannot write JSON: {fault}")))?;
        text.push('\n');
        Ok(std::io::stdout().lock().write_all(text.as_bytes())?)
    }
    /// Writes a line to stdout.
    pub(crate) fn line(&self, text: &str) -> Result<(), Failure> {
        Ok(writeln!(std::io::stdout().lock(), "{}", printable(text))?)
    }
    /// Writes text that holds line breaks and colours of our own to stdout, as it is.
    pub(crate) fn block(&self, text: &str) -> Result<(), Failure> {
        Ok(std::io::stdout().lock().write_all(text.as_bytes())?)
    }
    /// Writes a remark to stderr.
    pub(crate) fn remark(&self, text: &str) {
        let _ = writeln!(std::io::stderr().lock(), "{}", printable(text));
    }
    /// Writes a remark to stderr behind a word that has a tone.
    pub(crate) fn remark_toned(&self, tone: Tone, word: &str, text: &str) {
        let coloured = self.colour && std::io::stderr().is_terminal();
        let word = if coloured { self.tone(tone, word) } else { word.to_owned() };
        let _ = writeln!(std::io::stderr().lock(), "{word}: {}", printable(text));
    }
    /// Gives text its tone on a terminal.
    pub(crate) fn tone(&self, tone: Tone, text: &str) -> String {
        if !self.colour {
            return text.to_owned();
        }
        let style = match tone {
            Tone::Good => anstyle::AnsiColor::Green.on_default(),
            Tone::Warning => anstyle::AnsiColor::Yellow.on_default(),
            Tone::Bad => anstyle::AnsiColor::Red.on_default(),
            Tone::Faint => anstyle::Style::new().dimmed(),
            Tone::Strong => anstyle::Style::new().bold(),
        };
        format!("{style}{text}{style:#}")
    }
    /// Writes a list: a table on a terminal, else one line an entry with tabs between.
    pub(crate) fn list(&self, header: &[&str], rows: &[Vec<String>]) -> Result<(), Failure> {
        let text = if self.terminal { table(header, rows, None) } else { tabbed(rows) };
        self.block(&text)
    }
    /// Words for a cell of a list: on a terminal the first few of them, since each thing can be shown alone.
    pub(crate) fn few(&self, words: &str) -> String {
        let count = words.split(' ').count();
        if !self.terminal || count <= WORDS_SHOWN + 1 {
            return words.to_owned();
        }
        let first: Vec<_> = words.split(' ').take(WORDS_SHOWN).collect();
        format!("{} and {} more", first.join(" "), count - WORDS_SHOWN)
    }
    /// Writes one thing as a list of names and values.
    pub(crate) fn pairs(&self, pairs: &[(&str, String)]) -> Result<(), Failure> {
        let width = pairs.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
        let mut text = String::new();
        for (name, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
            text.push_str(&self.tone(Tone::Faint, &format!("{name:width$}")));
            let indent = format!("\n{:width$}  ", "");
            text.push_str(&format!("  {}\n", lines_of(value).join(&indent)));
        }
        self.block(&text)
    }
    /// An instant from a document, for people; what is no instant as it stands.
    pub(crate) fn when(&self, value: Option<&Value>) -> String {
        let text = value.and_then(Value::as_str).unwrap_or_default();
        Timestamp::parse(text).map_or_else(|| text.to_owned(), |at| self.clock.show(at))
    }
    /// An instant from a document for a cell of a list: on a terminal how far off it is, since it can be shown alone.
    pub(crate) fn when_briefly(&self, value: Option<&Value>) -> String {
        if self.terminal { self.relative(value) } else { self.when(value) }
    }
    /// How far off an instant from a document is; a dash where there is none.
    pub(crate) fn relative(&self, value: Option<&Value>) -> String {
        let at = value.and_then(Value::as_str).and_then(Timestamp::parse);
        at.map_or_else(|| "-".to_owned(), |at| self.clock.relative(at))
    }
}

fn lines_of(value: &str) -> Vec<String> {
    value.lines().map(printable).collect()
}

/// A table as wide as the terminal (or `width`), with as little drawn as reads well.
pub(crate) fn table(header: &[&str], rows: &[Vec<String>], width: Option<u16>) -> String {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    if let Some(width) = width {
        table.set_width(width);
    }
    table.set_header(header.iter().map(|name| Cell::new(name.to_uppercase())));
    for row in rows {
        table.add_row(row.iter().map(|text| Cell::new(printable(text))));
    }
    // What is copied from a table (ids, and other words) stays on one line; only text with spaces is broken, at these.
    for (at, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 1));
        let cells = || rows.iter().filter_map(|row| row.get(at));
        let longest = cells().flat_map(|cell| cell.split(' ')).map(|word| word.chars().count()).max().unwrap_or_default();
        column.set_constraint(if at == 0 || cells().all(|cell| cell.len() <= WORD_MAX && !cell.contains(' ')) {
            ColumnConstraint::ContentWidth
        } else {
            ColumnConstraint::LowerBoundary(Width::Fixed(u16::try_from(longest.min(WORD_MAX)).unwrap_or_default() + 1))
        });
    }
    let mut text = String::new();
    for line in table.lines() {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn tabbed(rows: &[Vec<String>]) -> String {
    let mut text = String::new();
    for row in rows {
        let cells: Vec<String> = row.iter().map(|cell| printable(cell)).collect();
        text.push_str(&cells.join("\t"));
        text.push('\n');
    }
    text
}

/// Text that cannot steer a terminal: control characters, and those that change the direction of writing, are replaced.
pub(crate) fn printable(text: &str) -> String {
    let steers = |c: char| c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().map(|c| if steers(c) { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_fits_and_lines_up() {
        let rows = vec![
            vec!["3Kx9sPq2LmZa".into(), "ci deploy".into(), "active".into()],
            vec!["9aB3".into(), "a name that is much too long for the width that there is".into(), "revoked".into()],
        ];
        insta::assert_snapshot!(table(&["id", "name", "state"], &rows, Some(48)));
    }

    #[test]
    fn what_comes_from_elsewhere_cannot_steer_a_terminal() {
        assert_eq!(printable("a\u{1b}[31mb\nc\u{202e}d"), "a\u{fffd}[31mb\u{fffd}c\u{fffd}d");
        assert_eq!(tabbed(&[vec!["a\tb".into(), "c".into()]]), "a\u{fffd}b\tc\n");
    }
}
