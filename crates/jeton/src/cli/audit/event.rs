//! One audit event in words.

use crate::cli::{
    describe::{number, or_dash, text},
    output::Output,
};
use serde_json::Value;

/// The headings of [`row`].
pub(crate) const HEADER: [&str; 6] = ["no", "when", "who", "did", "to", "from"];

/// An event on one line.
pub(crate) fn row(output: &Output, event: &Value) -> Vec<String> {
    vec![
        number(event, "/sequence"),
        output.when(event.get("at")),
        text(event, "/actor").to_owned(),
        text(event, "/action").to_owned(),
        text(event, "/target").to_owned(),
        or_dash(text(event, "/client_ip")),
    ]
}
