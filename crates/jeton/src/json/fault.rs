//! Turns the reader's errors into problems: the field that is meant and the rule that it breaks. Never repeats a value.

use crate::problem::{Problem, ProblemCode};
use serde_json::error::Category;
use serde_path_to_error::Segment;

/// The problem for an error of the reader.
///
/// `is_json` says whether the body is JSON at all: the reader calls some values of a wrong type a fault of syntax.
pub(super) fn problem(error: &serde_path_to_error::Error<serde_json::Error>, is_json: bool) -> Problem {
    let inner = error.inner();
    if is_json && matches!(inner.classify(), Category::Syntax | Category::Eof) {
        return match path(error.path()) {
            field if field.is_empty() => Problem::new(ProblemCode::BadJson, "the body is not of the expected form"),
            field => Problem::field(&field, &jeton_core::fault::Invalid::new("is of a wrong type")),
        };
    }
    if matches!(inner.classify(), Category::Syntax | Category::Eof | Category::Io) {
        let at = format!("line {}, column {}", inner.line(), inner.column());
        return Problem::new(ProblemCode::BadJson, format!("the body is not JSON: it breaks off or goes wrong at {at}"));
    }
    let message = inner.to_string();
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(rule, _)| rule);
    match explain(error.path(), message) {
        (None, rule) => Problem::new(ProblemCode::BadJson, format!("the body {rule}")),
        (Some(field), rule) => Problem::field(&field, &jeton_core::fault::Invalid::new(rule)),
    }
}

/// The field that a message of the reader is about, and the rule that it breaks.
pub(crate) fn explain(at: &serde_path_to_error::Path, message: &str) -> (Option<String>, String) {
    let parents = path(at);
    let (own, rule) = rule(message);
    let field = match (parents.is_empty(), own) {
        (true, own) => own,
        (false, None) => Some(parents),
        // The reader counts a member that it does not know, or has seen before, into the path itself at times.
        (false, Some(own)) if parents == own || parents.ends_with(&format!(".{own}")) => Some(parents),
        (false, Some(own)) => Some(format!("{parents}.{own}")),
    };
    (field, rule)
}

fn path(path: &serde_path_to_error::Path) -> String {
    let mut out = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => out.push_str(&format!("[{index}]")),
            Segment::Map { key } => {
                if !out.is_empty() {
                    out.push('.');
                }
                out.push_str(&shown(key));
            }
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    out
}

/// The member that the message itself names, if any, and the rule.
fn rule(message: &str) -> (Option<String>, String) {
    if let Some(rest) = message.strip_prefix("missing field `") {
        return (Some(shown(rest.trim_end_matches('`'))), "is required".into());
    }
    if let Some(rest) = message.strip_prefix("duplicate field `") {
        return (Some(shown(rest.trim_end_matches('`'))), "must stand only once".into());
    }
    if let Some(rest) = message.strip_prefix("unknown field `") {
        let (name, known) = rest.rsplit_once("`, expected ").unwrap_or((rest.trim_end_matches('`'), ""));
        // A hostile name may hold the words that are split at; what follows the last of them is the list of known ones.
        let name = name.split_once("`, expected ").map_or(name, |(first, _)| first);
        let known = known.strip_prefix("one of ").unwrap_or(known);
        let hint = if known.is_empty() { String::new() } else { format!("; known are {known}") };
        return (Some(shown(name)), format!("is not known here{hint}"));
    }
    if let Some(rest) = message.strip_prefix("unknown variant `") {
        let known = rest.rsplit_once("`, expected ").map_or("", |(_, known)| known);
        return (None, format!("must be {known}"));
    }
    if let Some(rest) = message.strip_prefix("invalid type: ") {
        let (found, expected) = rest.rsplit_once(", expected ").unwrap_or((rest, "another type"));
        return (None, format!("must be {}, not {}", expected_words(expected), found_word(found)));
    }
    if let Some(rest) = message.strip_prefix("invalid value: ").or_else(|| message.strip_prefix("invalid length ")) {
        let expected = rest.rsplit_once(", expected ").map_or("another value", |(_, expected)| expected);
        return (None, format!("must be {}", expected_words(expected)));
    }
    (None, message.to_owned())
}

/// The reader's words for what it wanted, in ours.
fn expected_words(expected: &str) -> String {
    match expected {
        "a string" | "a borrowed string" | "str" | "string" | "string or map" => "a string".into(),
        "a sequence" => "a list".into(),
        "a map" => "an object".into(),
        "a boolean" => "`true` or `false`".into(),
        "u8" => format!("a whole number from 0 to {}", u8::MAX),
        "u16" => format!("a whole number from 0 to {}", u16::MAX),
        "u32" => format!("a whole number from 0 to {}", u32::MAX),
        "u64" | "usize" => format!("a whole number from 0 to {}", u64::MAX),
        "i64" => format!("a whole number up to {}", i64::MAX),
        other if other.starts_with("struct ") || other.starts_with("internally tagged") => "an object".into(),
        other => other.to_owned(),
    }
}

/// The type of what came, without its value.
fn found_word(found: &str) -> &'static str {
    match found.split([' ', '`']).next().unwrap_or_default() {
        "string" | "character" => "a string",
        "integer" | "floating" => "a number",
        "boolean" => "`true` or `false`",
        "null" | "unit" | "Option" => "null",
        "sequence" => "a list",
        "map" => "an object",
        _ => "something else",
    }
}

/// A member's name as it can be shown: cut, plain, and not at all where it could be a token.
fn shown(name: &str) -> String {
    if name.contains("jtn_") || name.starts_with("eyJ") {
        return "(withheld)".into();
    }
    name.chars().take(40).map(|c| if c.is_ascii_graphic() && c != '`' { c } else { '?' }).collect()
}
