//! A configuration that is wrong is one error: the line, the nearest key, exit 2, and nothing was started or written.

use super::installation::program;
use std::process::{Command, Output};

/// What `serve` says to a configuration.
fn serve(text: &str, environment: &[(&str, &str)]) -> (Output, String) {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("jeton.toml"), text).expect("a configuration");
    let mut command = Command::new(program());
    command.args(["serve", "--config", "jeton.toml"]).current_dir(folder.path()).envs(environment.iter().copied());
    let output = command.output().expect("the program runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!folder.path().join("jeton-data").exists(), "a data folder was made for a wrong configuration");
    (output, said)
}

#[test]
fn a_wrong_key_is_named_with_its_line_and_the_nearest() {
    for (text, wanted) in [
        ("issuer = \"http://127.0.0.1:8700\"\nlisten_ops = \"127.0.0.1:1\"\n", ["2", "listen_ops", "ops_listen"]),
        ("\n\nisuer = \"http://127.0.0.1:8700\"\n", ["3", "isuer", "issuer"]),
        ("[database]\nurll = \"sqlite://x\"\n", ["2", "urll", "url"]),
        ("[[gate.route]]\npath = \"/v1/**\"\naudience = \"https://a.test\"\nscope = [\"a\"]\n", ["4", "scope", "scopes"]),
    ] {
        let (output, said) = serve(text, &[]);
        assert_eq!(output.status.code(), Some(2), "{said}");
        for part in wanted {
            assert!(said.contains(part), "`{part}` is not in: {said}");
        }
    }
}

#[test]
fn a_wrong_value_is_named_with_its_line() {
    for (text, wanted) in [
        ("listen = \"nowhere\"\n", ["1", "listen"]),
        ("issuer = \"http://127.0.0.1:8700/\"\n", ["1", "issuer"]),
        ("[database]\nurl = \"mysql://x\"\n", ["", "database.url"]),
        ("[gate]\nmax_staleness_ms = \"soon\"\n", ["2", "max_staleness_ms"]),
        ("[[gate.route]]\npath = \"v1\"\naudience = \"https://a.test\"\n", ["2", "path"]),
    ] {
        let (output, said) = serve(text, &[]);
        assert_eq!(output.status.code(), Some(2), "{said}");
        for part in wanted {
            assert!(said.contains(part), "`{part}` is not in: {said}");
        }
    }
}

#[test]
fn a_wrong_variable_is_named_like_a_wrong_key() {
    let (output, said) = serve("", &[("JETON_DATABSE__URL", "sqlite://x")]);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("JETON_DATABSE__URL"), "{said}");
}

#[test]
fn what_is_no_toml_is_one_error() {
    let (output, said) = serve("issuer = \"http://127.0.0.1:8700\"\nlisten = [\n", &[]);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(!said.contains("panicked"), "{said}");
}
