//! `jeton apply`: resources as code. Adds what is missing and changes what differs; leaves everything else as it is.

mod manifest;
mod plan;

use super::{
    Exit, Failure, Outcome,
    connection::Connection,
    output::{Output, Tone},
};
use clap::Args;
use plan::Step;
use serde_json::{Value, json};
use std::{
    io::Read,
    path::{Path, PathBuf},
};

/// Largest file that is read.
const FILE_MAX: u64 = 4 * 1024 * 1024;

const AFTER: &str = "\
Examples:
  jeton apply -f jeton-resources.toml --dry-run
  jeton apply -f resources.yaml

A file, in TOML:
  [[projects]]
  name = \"shop\"

  [[apis]]
  audience = \"https://api.example.com\"
  name = \"Orders\"
  scopes = [{ scope = \"orders:read\", description = \"Read orders\" }]
  routes = [{ route = \"GET /v1/orders/**\", scopes = [\"orders:read\"] }]

  [[users]]
  name = \"ada\"
  email = \"ada@example.com\"
  role = \"operator\"

APIs are told apart by their audience, projects by their name, users by their name. Applying a file again \
changes nothing. What the file does not name is left alone.";

/// Make APIs, projects and users as a file says (TOML or YAML)
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(crate) struct Apply {
    #[command(flatten)]
    connection: Connection,
    /// The file, ending in .toml, .yaml or .yml; `-` for stdin, in TOML
    #[arg(long, short, value_name = "FILE")]
    file: PathBuf,
    /// Show the difference and change nothing
    #[arg(long)]
    dry_run: bool,
}

impl Apply {
    /// Applies the file.
    pub(crate) async fn run(self, output: &Output) -> Outcome {
        let manifest = manifest::parse(&self.file, &read(&self.file)?)?;
        let authority = self.connection.open()?;
        let steps = plan::make(&authority, &manifest).await?;
        if !output.json {
            for step in &steps {
                show(output, step)?;
            }
        }
        if !self.dry_run {
            for step in &steps {
                step.take(&authority).await?;
            }
        }
        say(output, &steps, self.dry_run)
    }
}

fn say(output: &Output, steps: &[Step], dry_run: bool) -> Outcome {
    let count = |verb: &str| steps.iter().filter(|step| step.verb() == verb).count();
    let (added, changed, same) = (count("add"), count("change"), count("same"));
    if output.json {
        let steps: Vec<Value> = steps.iter().map(Step::document).collect();
        output.document(&json!({ "dry_run": dry_run, "added": added, "changed": changed, "unchanged": same, "steps": steps }))?;
    } else {
        let word = if dry_run { "would do" } else { "done" };
        output.remark_toned(Tone::Good, word, &format!("{added} added, {changed} changed, {same} as they should be"));
    }
    Ok(Exit::Done)
}

fn show(output: &Output, step: &Step) -> Result<(), Failure> {
    let (sign, tone) = match step.verb() {
        "add" => ("+", Tone::Good),
        "change" => ("~", Tone::Warning),
        _ => return Ok(()),
    };
    output.block(&format!("{}\n", output.tone(tone, &super::output::printable(&format!("{sign} {} {}", step.noun(), step.name())))))?;
    for (field, before, after) in step.differences() {
        if let Some(before) = before {
            output.line(&format!("    - {field}: {before}"))?;
        }
        output.line(&format!("    + {field}: {after}"))?;
    }
    Ok(())
}

fn read(path: &Path) -> Result<String, Failure> {
    let cannot = |fault: std::io::Error| Failure::usage(format!("cannot read `{}`: {fault}", path.display()));
    let mut text = String::new();
    if path.as_os_str() == "-" {
        std::io::stdin().lock().take(FILE_MAX + 1).read_to_string(&mut text).map_err(cannot)?;
    } else {
        std::fs::File::open(path).map_err(cannot)?.take(FILE_MAX + 1).read_to_string(&mut text).map_err(cannot)?;
    }
    if text.len() as u64 > FILE_MAX {
        return Err(Failure::usage(format!("`{}` is larger than {FILE_MAX} bytes", path.display())));
    }
    Ok(text)
}
