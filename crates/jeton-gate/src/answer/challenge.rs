//! The `WWW-Authenticate` field (RFC 6750, section 3; RFC 9728, section 5.1). Every value is quoted, and none can leave its
//! quotes.

use crate::settings::Settings;
use jeton_core::denial::Answer;
use std::fmt::Write;

/// The challenge of an answer: on every 401, and on others that have an error of RFC 6750.
pub(super) fn challenge(told: &Answer, scopes: &str, settings: &Settings) -> Option<String> {
    if told.status != 401 && told.error.is_none() {
        // An address, a route or a limit: no other credential of the same kind would help, so nothing is asked for.
        return (told.status == 403).then(|| bare(settings));
    }
    let mut text = bare(settings);
    if let Some(error) = told.error {
        add(&mut text, "error", error);
        add(&mut text, "error_description", told.description);
    }
    if told.error == Some("insufficient_scope") && !scopes.is_empty() {
        add(&mut text, "scope", scopes);
    }
    if let Some(metadata) = &settings.resource_metadata {
        add(&mut text, "resource_metadata", metadata);
    }
    Some(text)
}

fn bare(settings: &Settings) -> String {
    let mut text = String::with_capacity(160);
    text.push_str("Bearer realm=\"");
    push_quoted(&mut text, settings.realm());
    text.push('"');
    text
}

fn add(text: &mut String, name: &str, value: &str) {
    let _ = write!(text, ", {name}=\"");
    push_quoted(text, value);
    text.push('"');
}

/// What may stand in a quoted string of these parameters; all else becomes `?`.
fn push_quoted(text: &mut String, value: &str) {
    text.extend(value.chars().map(|c| if matches!(c, ' ' | '!' | '#'..='[' | ']'..='~') { c } else { '?' }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_its_quotes() {
        let mut text = String::new();
        add(&mut text, "realm", "a\"b\\c\r\nX-Injected: 1\u{e9}");
        assert_eq!(text, ", realm=\"a?b?c??X-Injected: 1?\"");
    }
}
