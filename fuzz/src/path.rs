//! The one reading of request paths.

use jeton_core::{
    limits,
    path::{NormalPath, PathRules},
};

/// The first byte chooses the rules. A normal path is normal for ever and holds nothing that has two readings.
pub fn run(data: &[u8]) {
    let Some((choice, raw)) = data.split_first() else { return };
    let Ok(raw) = std::str::from_utf8(raw) else { return };
    let rules = PathRules { encoded_slash: choice & 1 == 1, semicolon: choice & 2 == 2, encoded_percent: choice & 4 == 4 };
    let Ok(path) = NormalPath::parse(raw, rules) else { return };
    let text = path.as_str();
    assert_eq!(NormalPath::parse(text, rules).as_ref(), Ok(&path));
    assert!(text.starts_with('/') && text.is_ascii() && !text.contains("//") && !text.contains('\\'), "{text}");
    assert!(path.segments().count() <= limits::PATH_SEGMENTS_MAX);
    let lower = text.to_ascii_lowercase();
    assert!(rules.encoded_slash || !lower.contains("%2f"), "{text}");
    assert!(rules.semicolon || !lower.contains(';'), "{text}");
    assert!(rules.encoded_percent || !lower.contains("%25"), "{text}");
    for segment in lower.replace("%2f", "/").replace("%2e", ".").split('/') {
        let stem = segment.split(';').next().unwrap_or_default();
        assert!(!matches!(stem, "." | ".."), "{text}");
    }
}
