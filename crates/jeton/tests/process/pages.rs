//! The pages of documentation, as their readers follow them: the shell blocks below a heading, word for word.

use std::path::Path;

/// The blocks that are marked `sh` below a heading of a page, up to the next section.
pub fn shell_blocks(page: &str, heading: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(page);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|fault| panic!("{page}: {fault}"));
    let from = text.find(&format!("{heading}\n")).unwrap_or_else(|| panic!("{page} has no `{heading}`"));
    let section = &text[from + heading.len()..];
    let section = &section[..section.find("\n## ").unwrap_or(section.len())];
    section.split("```sh\n").skip(1).map(|rest| rest.split("```").next().expect("a block ends").to_owned()).collect()
}
