//! The strict reader of JSON.

use jeton_core::strict_json::{JsonFault, value};

/// What the strict reader takes, a plain one reads alike; what is printed is read again.
pub fn run(data: &[u8]) {
    match value(data, 8) {
        Ok(strict) => {
            let plain: serde_json::Value = serde_json::from_slice(data).expect("JSON");
            assert_eq!(strict, plain);
            let again = value(strict.to_string().as_bytes(), 8).expect("what is printed parses");
            assert!(again == strict || has_fraction(&strict), "only a fraction may lose its last digit: {strict}");
        }
        Err(JsonFault::Syntax) => {}
        Err(fault) => assert!(!fault.to_string().is_empty()),
    }
}

/// Whether a number stands in it that is no whole one: those are read to the nearest but one.
fn has_fraction(value: &serde_json::Value) -> bool {
    match value {
        serde_json::Value::Number(number) => number.is_f64(),
        serde_json::Value::Array(items) => items.iter().any(has_fraction),
        serde_json::Value::Object(members) => members.values().any(has_fraction),
        _ => false,
    }
}
