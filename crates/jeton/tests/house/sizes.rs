//! How long files and functions are. What is recorded here may only shrink.

use super::sources;

/// Most lines that half of the source files may have, tests not counted.
const MEDIAN: usize = 120;
/// Most lines that nine of ten source files may have, tests not counted.
const NINE_OF_TEN: usize = 350;
/// Most lines that any source file may have, tests not counted.
const LONGEST: usize = 600;
/// Most lines that nine of ten functions may have.
const FUNCTION_NINE_OF_TEN: usize = 40;

fn percentile(sorted: &[usize], percent: usize) -> usize {
    sorted[(sorted.len() - 1) * percent / 100]
}

#[test]
fn files_stay_short() {
    let files = sources::rust_files();
    let own = files.iter().filter(|file| file.path.starts_with("crates/") && file.path.contains("/src/"));
    let mut lengths: Vec<(usize, &str)> = own.map(|file| (file.without_tests().lines().count(), file.path.as_str())).collect();
    lengths.sort_unstable();
    let sorted: Vec<usize> = lengths.iter().map(|(length, _)| *length).collect();
    assert!(percentile(&sorted, 50) <= MEDIAN, "half of the files have more than {} lines", percentile(&sorted, 50));
    assert!(percentile(&sorted, 90) <= NINE_OF_TEN, "one file of ten has more than {} lines", percentile(&sorted, 90));
    let (longest, path) = lengths.last().expect("a file");
    assert!(*longest <= LONGEST, "`{path}` has {longest} lines, more than the {LONGEST} that are recorded");
}

#[test]
fn functions_stay_short() {
    let mut lengths: Vec<usize> = Vec::new();
    for file in sources::rust_files().iter().filter(|file| file.path.starts_with("crates/") && file.path.contains("/src/")) {
        lengths.extend(function_lengths(file.without_tests()));
    }
    lengths.sort_unstable();
    let found = percentile(&lengths, 90);
    assert!(found <= FUNCTION_NINE_OF_TEN, "one function of ten has more than {found} lines");
}

/// The lengths of the functions of a formatted file: from the line with `fn` to the closing brace of the same indentation.
fn function_lengths(text: &str) -> Vec<usize> {
    let lines: Vec<&str> = text.lines().collect();
    let mut lengths = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let bare = line.trim_start();
        let indent = line.len() - bare.len();
        let words = [
            "fn ",
            "pub fn ",
            "async fn ",
            "pub async fn ",
            "const fn ",
            "pub const fn ",
            "pub(crate) fn ",
            "pub(crate) async fn ",
            "pub(super) fn ",
            "pub(super) async fn ",
        ];
        if !words.iter().any(|word| bare.starts_with(word)) || bare.ends_with(';') || bare.ends_with('}') {
            continue;
        }
        let end = lines[at..].iter().position(|later| later.len() == indent + 1 && later.ends_with('}'));
        lengths.extend(end.map(|end| end + 1));
    }
    lengths
}

#[test]
fn functions_are_found_where_they_end() {
    let text = "fn a() {\n    1;\n}\nimpl X {\n    pub fn b(\n        c: u8,\n    ) {\n        if d {\n        }\n    }\n}\nfn e() {}\n";
    assert_eq!(function_lengths(text), [3, 6]);
}
