//! Help, completions and manual pages: there for every command, and the reference in `docs/cli.md` true to them.

use super::jeton::jeton as run_jeton;
use clap::Command;
use std::fmt::Write;

fn visit(command: &Command, path: &str, see: &mut dyn FnMut(&Command, &str)) {
    for inner in command.get_subcommands().filter(|inner| inner.get_name() != "help") {
        let path = format!("{path} {}", inner.get_name());
        see(inner, &path);
        visit(inner, &path, see);
    }
}

#[test]
fn every_command_says_what_it_does() {
    let mut tree = ::jeton::cli::tree();
    tree.build();
    let mut count = 0;
    visit(&tree, "jeton", &mut |command, path| {
        count += 1;
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        assert!(!about.is_empty() && !about.ends_with('.'), "`{path}` has no (or a full-stopped) line of help: {about}");
        for argument in command.get_arguments() {
            assert!(argument.get_help().is_some(), "`{path}` does not explain `{}`", argument.get_id());
        }
    });
    assert!(count > 40, "{count}");
}

#[test]
fn examples_fit_a_screen_and_prose_fits_any() {
    let mut tree = ::jeton::cli::tree();
    tree.build();
    visit(&tree, "jeton", &mut |command, path| {
        let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        for line in after.lines().filter(|line| line.starts_with(' ')) {
            assert!(line.chars().count() <= 80, "an example of `{path}` is wider than a screen: {line}");
        }
        // Prose that was broken by hand is broken again where a screen is narrower.
        let broken = after.lines().zip(after.lines().skip(1)).find(|(one, next)| {
            let is_prose = |line: &str| !line.is_empty() && !line.starts_with(' ') && !line.ends_with(':');
            is_prose(one) && is_prose(next) && !one.ends_with('.')
        });
        assert_eq!(broken, None, "`{path}`");
    });
}

#[test]
fn the_reference_is_true() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/cli.md");
    let wanted = reference();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, &wanted).expect("the reference can be written");
    }
    let found = std::fs::read_to_string(path).unwrap_or_default();
    assert!(found == wanted, "docs/cli.md is not what the program says: run `UPDATE_DOCS=1 cargo test -p jeton --test cli the_reference`");
}

/// Every command's own help, in a fixed width.
fn reference() -> String {
    let mut text = String::from(
        "# The command line\n\nWhat `jeton --help` and the help of each command say. Written by a test from the program itself; do not edit.\n",
    );
    let mut section = |title: &str, help: &str| {
        let help: Vec<_> = help.lines().map(str::trim_end).collect();
        write!(text, "\n## `{title}`\n\n```text\n{}\n```\n", help.join("\n").trim()).expect("memory");
    };
    let mut tree = ::jeton::cli::tree().term_width(100);
    tree.build();
    section("jeton", &tree.clone().render_long_help().to_string());
    visit(&tree, "jeton", &mut |command, path| {
        let mut command = command.clone().term_width(100).bin_name(path);
        // What every command takes is explained once, at the top.
        command = command.mut_args(|argument| {
            let everywhere = ["json", "utc", "url", "token_file", "token", "ca", "help", "version"].contains(&argument.get_id().as_str());
            argument.hide(everywhere)
        });
        section(path, &command.render_long_help().to_string());
    });
    text
}

#[test]
fn the_screen_of_help_is_as_reviewed() {
    let run = run_jeton(&["--help"]).env("COLUMNS", "80").run().ended(0);
    insta::assert_snapshot!(run.stdout);
    assert_eq!(run_jeton(&[]).run().ended(2).stdout, "");
}

#[test]
fn completions_and_manual_pages_come_with_it() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let text = run_jeton(&["completions", shell]).run().ended(0).stdout;
        assert!(text.contains("jeton") && text.contains("revoke"), "{shell}");
    }
    assert!(run_jeton(&["man"]).run().ended(0).stdout.contains(".TH jeton"));
    let folder = tempfile::tempdir().expect("a folder");
    run_jeton(&["man", &folder.path().display().to_string()]).run().ended(0);
    for page in ["jeton.1", "jeton-token.1", "jeton-token-revoke.1"] {
        assert!(folder.path().join(page).exists(), "{page}");
    }
}
