//! What is wrong with a configuration, in one message: where, what, and the nearest thing that would be right.

use std::path::Path;

/// A configuration that cannot be used. The program ends with exit code 2 and prints this.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ConfigFault {
    message: String,
}

impl ConfigFault {
    /// A fault with its whole message.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }
}

/// Reads a configuration file.
pub(super) fn read(path: &Path) -> Result<String, ConfigFault> {
    let length = std::fs::metadata(path).map_err(|error| unreadable(path, &error))?.len();
    if length > jeton_core::limits::CONFIG_MAX as u64 {
        return Err(ConfigFault::new(format!("`{}` is longer than {} bytes", path.display(), jeton_core::limits::CONFIG_MAX)));
    }
    std::fs::read_to_string(path).map_err(|error| unreadable(path, &error))
}

fn unreadable(path: &Path, error: &std::io::Error) -> ConfigFault {
    ConfigFault::new(format!("`{}` cannot be read: {error}", path.display()))
}

/// A parser's error with its line, and the nearest valid key where a key is unknown.
pub(super) fn in_text(name: &str, text: &str, error: &toml::de::Error) -> ConfigFault {
    let line = error.span().and_then(|span| text.get(..span.start)).map_or(1, |before| before.matches('\n').count() + 1);
    let said = explained(error.message());
    let named = text.lines().nth(line - 1).and_then(|text| text.split_once('=')).map(|(key, _)| key.trim());
    match named {
        Some(key) if is_key(key) && !said.contains(key) => ConfigFault::new(format!("`{name}` line {line}: `{key}`: {said}")),
        _ => ConfigFault::new(format!("`{name}` line {line}: {said}")),
    }
}

/// A fault of a setting that is well-formed, with the line that sets it where the text has one.
pub(super) fn placed(name: &str, text: &str, fault: ConfigFault) -> ConfigFault {
    if let Some(line) = line_of_route(text, &fault.message) {
        return ConfigFault::new(format!("`{name}` line {line}: {}", fault.message));
    }
    let setting = fault.message.split('`').nth(1).and_then(|path| path.rsplit('.').next()).unwrap_or_default();
    let sets = |line: &str| line.trim_start().strip_prefix(setting).is_some_and(|rest| rest.trim_start().starts_with('='));
    match text.lines().position(|line| is_key(setting) && sets(line)) {
        Some(at) => ConfigFault::new(format!("`{name}` line {}: {}", at + 1, fault.message)),
        None => fault,
    }
}

/// The line of the setting that "`gate.route` number N: `setting` …" speaks of.
fn line_of_route(text: &str, message: &str) -> Option<usize> {
    let (number, rest) = message.strip_prefix("`gate.route` number ")?.split_once(':')?;
    let number: usize = number.parse().ok()?;
    let setting = rest.split('`').nth(1)?;
    let lines = || text.lines().enumerate().map(|(at, line)| (at, line.trim()));
    let (head, _) = lines().filter(|(_, line)| *line == "[[gate.route]]").nth(number.checked_sub(1)?)?;
    let sets = |line: &str| line.strip_prefix(setting).is_some_and(|rest| rest.trim_start().starts_with('='));
    lines().skip(head + 1).take_while(|(_, line)| !line.starts_with('[')).find(|(_, line)| sets(line)).map(|(at, _)| at + 1)
}

fn is_key(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
}

/// The message of an error, with long lists of expected keys cut to the nearest one.
pub(super) fn explained(message: &str) -> String {
    let message = message.lines().next().unwrap_or_default();
    match (unknown_name(message), expected(message)) {
        (Some(unknown), expected) if !expected.is_empty() => match nearest(unknown, &expected) {
            Some(near) => format!("`{unknown}` is not known here, did you mean `{near}`?"),
            None => format!("`{unknown}` is not known here; known are: {}", expected.join(", ")),
        },
        _ => without_values(message),
    }
}

/// A message without the texts that it repeats in double quotes: a password could be among them.
fn without_values(message: &str) -> String {
    let mut out = String::new();
    for (at, part) in message.split('"').enumerate() {
        out.push_str(if at % 2 == 0 { part } else { "…" });
    }
    out
}

/// The name in "unknown field `name`, …" and "unknown variant `name`, …".
fn unknown_name(message: &str) -> Option<&str> {
    let rest = message.strip_prefix("unknown field `").or_else(|| message.strip_prefix("unknown variant `"))?;
    rest.split_once('`').map(|(name, _)| name)
}

/// The names behind "expected".
fn expected(message: &str) -> Vec<&str> {
    let list = message.split_once("expected").map_or("", |(_, list)| list);
    list.split('`').skip(1).step_by(2).collect()
}

/// The candidate that is fewest edits away, if that is few.
pub(super) fn nearest<'a>(name: &str, candidates: &[&'a str]) -> Option<&'a str> {
    let scored = candidates.iter().map(|candidate| (likeness(&name.to_lowercase(), &candidate.to_lowercase()), *candidate));
    scored.filter(|(score, _)| *score > 0.7).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, candidate)| candidate)
}

/// How alike two names are, from 0 to 1; the same words in another order are the same.
fn likeness(a: &str, b: &str) -> f64 {
    let words = |name: &str| {
        let mut words: Vec<String> = name.split('_').map(str::to_owned).collect();
        words.sort();
        words
    };
    if words(a) == words(b) { 1.0 } else { strsim::jaro_winkler(a, b) }
}
