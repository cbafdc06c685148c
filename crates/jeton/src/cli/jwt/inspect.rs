//! `jeton jwt inspect`: takes a JWT apart and says loudly that nothing of it was verified.

use crate::cli::{
    Exit, Outcome,
    describe::or_dash,
    output::{Output, Tone},
    secret,
};
use clap::Args;
use jeton_core::jose::inspect::{Inspection, Member, inspect_at};
use serde_json::{Map, Value, json};

const AFTER: &str = "\
Examples:
  printf %s \"$JWT\" | jeton jwt inspect
  jeton jwt inspect token.jwt --json | jq .claims.exp

Nothing is verified: whoever can type can make a JWT that reads like this. For that, use `jeton jwt verify`. \
Exit code 3 when it cannot be read at all.";

/// Decode a JWT without verifying it; it comes from stdin
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(crate) struct Inspect {
    /// `-` for stdin, or a file of mode 0600 that holds the JWT
    #[arg(value_name = "SOURCE", default_value = "-")]
    source: String,
}

impl Inspect {
    /// Decodes it.
    pub(crate) fn run(self, output: &Output) -> Outcome {
        show(&secret::read(&self.source, "JWT")?, output)
    }
}

/// Prints what a JWT says, not what is true.
pub(crate) fn show(jwt: &str, output: &Output) -> Outcome {
    let found = inspect_at(jwt.as_bytes(), output.clock.now);
    if output.json {
        output.document(&json!({
            "verified": false, "header": object(&found.header), "claims": object(&found.claims), "problems": found.problems,
        }))?;
    } else {
        output.remark_toned(Tone::Warning, "not verified", "this is what the JWT says, not what is true");
        say(output, &found)?;
    }
    let readable = !found.header.is_empty() && !found.claims.is_empty();
    Ok(if readable { Exit::Done } else { Exit::Refused })
}

fn object(members: &[Member]) -> Value {
    let members: Map<_, _> = members.iter().map(|member| (member.name.clone(), member.value.clone())).collect();
    Value::Object(members)
}

fn say(output: &Output, found: &Inspection) -> Outcome<()> {
    for (title, members) in [("header", &found.header), ("claims", &found.claims)] {
        if members.is_empty() {
            continue;
        }
        output.block(&format!("{}\n", output.tone(Tone::Strong, title)))?;
        for member in members {
            let value = member.value.as_str().map_or_else(|| member.value.to_string(), str::to_owned);
            output.line(&format!("  {}: {value}", member.name))?;
            if !member.meaning.is_empty() {
                output.line(&format!("      {}", member.meaning))?;
            }
        }
    }
    for problem in &found.problems {
        output.remark_toned(Tone::Bad, problem.rule.as_str(), &or_dash(&problem.detail));
    }
    Ok(())
}
