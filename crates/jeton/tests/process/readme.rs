//! The tour of the README, word for word: its shell blocks are run in a fresh folder with the program on the path, and each
//! line that ends in `# prints TEXT` must print it.

use super::{
    installation::{PATIENCE, program},
    pages::shell_blocks,
};
use std::{
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

/// The heading of the tour.
const HEADING: &str = "## Five minutes";
/// Stands between the outputs of the lines.
const MARKER: &str = "@@ line ";

/// The shell blocks of the tour, as one script.
fn script() -> String {
    let blocks = shell_blocks("README.md", HEADING);
    assert!(blocks.len() >= 4, "the tour has only {} blocks", blocks.len());
    blocks.concat()
}

/// The script with a marker before each line that says what it prints, and one after it; and what each must print.
fn instrumented(script: &str) -> (String, Vec<(String, String)>) {
    let mut expected = Vec::new();
    let mut text = String::from("set -u\n");
    let mut whole: Vec<&str> = Vec::new();
    for line in script.lines() {
        whole.push(line);
        if line.ends_with('\\') {
            continue;
        }
        if let Some((_, wanted)) = line.split_once("# prints ") {
            text.push_str(&format!("echo '{MARKER}{}'\n{}\necho '{MARKER}end'\n", expected.len(), whole.join("\n")));
            expected.push((line.to_owned(), wanted.trim().to_owned()));
        } else {
            text.push_str(&whole.join("\n"));
            text.push('\n');
        }
        whole.clear();
    }
    // What the tour leaves running ends with it.
    text.push_str("kill $(jobs -p) 2>/dev/null\nwait\n");
    (text, expected)
}

#[test]
fn the_tour_does_what_it_says() {
    let (script, expected) = instrumented(&script());
    assert!(expected.len() >= 8, "only {} lines of the tour say what they print", expected.len());
    let folder = tempfile::tempdir().expect("a folder");
    let (out, faults) = (folder.path().join("out"), folder.path().join("faults"));
    std::fs::write(folder.path().join("tour.sh"), &script).expect("a script");
    let path = format!("{}:{}", program().parent().expect("a folder").display(), std::env::var("PATH").expect("a path"));
    let mut command = Command::new("bash");
    command.arg("tour.sh").current_dir(folder.path()).env("PATH", path).env("HOME", folder.path()).stdin(Stdio::null());
    command.env_remove("JETON_URL").env_remove("JETON_TOKEN");
    command.stdout(std::fs::File::create(&out).expect("a file")).stderr(std::fs::File::create(&faults).expect("a file"));
    let mut shell = command.spawn().expect("bash runs");
    let begun = Instant::now();
    while shell.try_wait().expect("a child").is_none() {
        if begun.elapsed() > PATIENCE * 3 {
            let _ = shell.kill();
            panic!("the tour does not end:\n{}", told(&out, &faults));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let printed = std::fs::read_to_string(&out).expect("what it printed");
    for (at, (line, wanted)) in expected.iter().enumerate() {
        let part = printed.split(&format!("{MARKER}{at}\n")).nth(1).and_then(|rest| rest.split(&format!("{MARKER}end")).next());
        let part = part.unwrap_or_else(|| panic!("the tour stopped before `{line}`:\n{}", told(&out, &faults)));
        assert!(part.contains(wanted.as_str()), "`{line}` printed:\n{part}\n\nall of it:\n{}", told(&out, &faults));
    }
}

/// Everything that the tour printed, for the message of a failure.
fn told(out: &Path, faults: &Path) -> String {
    format!("{}\n--- faults:\n{}", std::fs::read_to_string(out).unwrap_or_default(), std::fs::read_to_string(faults).unwrap_or_default())
}
