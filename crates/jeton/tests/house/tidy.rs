//! What every file looks like, and what may stand in none.

use super::sources;

/// File names that say nothing.
const NAMELESS: &[&str] = &["mod.rs", "common.rs", "utils.rs", "util.rs", "shared.rs", "types.rs", "helpers.rs", "helper.rs", "misc.rs"];

/// Whether `word` stands in `text` with no letter, digit or underscore beside it.
fn has_word(text: &str, word: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word)
        .any(|(at, _)| !text[..at].chars().next_back().is_some_and(inside) && !text[at + word.len()..].chars().next().is_some_and(inside))
}

#[test]
fn every_file_says_what_it_is_for() {
    let silent: Vec<_> = sources::rust_files().into_iter().filter(|file| !file.text.starts_with("//! ")).map(|file| file.path).collect();
    assert!(silent.is_empty(), "must open with `//!`, saying what they are for and what they must never do: {silent:?}");
}

#[test]
fn every_file_has_a_telling_name() {
    let nameless: Vec<_> = sources::rust_files()
        .into_iter()
        .filter(|file| NAMELESS.iter().any(|name| file.path.rsplit('/').next() == Some(name)))
        .map(|file| file.path)
        .collect();
    assert!(nameless.is_empty(), "must be named after what they hold: {nameless:?}");
}

#[test]
fn lines_end_where_they_end() {
    for file in sources::files(&["rs", "md", "toml", "sql", "yml", "sh"]) {
        for (number, line) in file.text.lines().enumerate() {
            assert!(line.trim_end() == line, "`{}` line {} ends in white space", file.path, number + 1);
            assert!(!(file.path.ends_with(".rs") && line.contains('\t')), "`{}` line {} has a tab", file.path, number + 1);
        }
        assert!(file.text.is_empty() || file.text.ends_with('\n'), "`{}` does not end with a line", file.path);
    }
}

#[test]
fn the_rules_read_no_clock_no_file_and_draw_nothing() {
    let forbidden = [
        "SystemTime",
        "Instant::now",
        "Timestamp::now(",
        "Zoned::now",
        " rand::",
        "getrandom",
        "std::fs",
        "std::net::Tcp",
        "std::env",
        "async fn",
        "SystemRandom",
    ];
    // The library draws the nonce of an ECDSA signature itself and takes only its own source for it.
    let excepted =
        [("crates/jeton-core/src/jose/signing_key.rs", "SystemRandom"), ("crates/jeton-core/src/jose/signing_key.rs", " rand::")];
    for file in sources::rust_files().iter().filter(|file| file.path.starts_with("crates/jeton-core/src/")) {
        for word in forbidden.iter().filter(|word| !excepted.contains(&(file.path.as_str(), **word))) {
            assert!(!file.without_tests().contains(*word), "`{}` has `{word}`: the rules take it as an argument", file.path);
        }
    }
}

#[test]
fn statements_of_sql_stand_in_the_store_alone() {
    let words = ["SELECT ", "INSERT INTO ", "DELETE FROM ", "CREATE TABLE ", "UPDATE SET "];
    let elsewhere = |path: &str| path.starts_with("crates/") && path.contains("/src/") && !path.starts_with("crates/jeton-store/");
    for file in sources::rust_files().iter().filter(|file| elsewhere(&file.path)) {
        for word in words {
            assert!(!file.without_tests().contains(word), "`{}` has SQL (`{}`): it belongs into the store", file.path, word.trim());
        }
    }
}

#[test]
fn the_words_of_the_glossary_are_kept() {
    // Put together here, so that this file does not break its own rule.
    let verb = ["mi", "nt"].concat();
    let made = ["create", "creates", "created", "creating", "generate", "generates", "generated"];
    for file in
        sources::files(&["rs", "md", "toml", "sql"]).iter().filter(|file| file.path != "GLOSSARY.md" && file.path != "CONTRIBUTING.md")
    {
        for (number, line) in file.text.lines().enumerate() {
            let low = line.to_ascii_lowercase();
            for ending in ["", "s", "ed", "ing"] {
                let word = format!("{verb}{ending}");
                assert!(!has_word(&low, &word), "`{}` line {} says `{word}`: tokens are issued", file.path, number + 1);
            }
            for word in made.iter().flat_map(|made| ["token", "a token", "tokens", "the token"].map(|what| format!("{made} {what}"))) {
                assert!(!has_word(&low, &word), "`{}` line {} says `{word}`: tokens are issued", file.path, number + 1);
            }
        }
    }
}

#[test]
fn nothing_is_read_by_a_name_that_begins_with_get() {
    for file in sources::rust_files().iter().filter(|file| file.path.starts_with("crates/")) {
        for (number, line) in file.without_tests().lines().enumerate() {
            let named = line.trim_start().trim_start_matches("pub ").trim_start_matches("const ").trim_start_matches("async ");
            assert!(!named.starts_with("fn get_"), "`{}` line {} names a function `get_…`: name what it gives", file.path, number + 1);
        }
    }
}

#[test]
fn words_are_told_from_parts_of_words() {
    assert!(has_word("we print it", "print"));
    assert!(!has_word("thumbprint", "print"));
    assert!(!has_word("print_all", "print"));
}
