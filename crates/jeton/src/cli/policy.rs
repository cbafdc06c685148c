//! `jeton policy`: what the organisation lays down for its tokens and apps.

use super::{
    Exit, Failure, Outcome, confirm,
    connection::Connection,
    describe::{self, joined, number, text},
    output::{Output, Tone},
};
use crate::client::{Authority, Call, CallError};
use clap::{Args, Subcommand};
use jeton_core::{limits, strict_json};
use serde_json::{Map, Value};
use std::{
    io::Read,
    path::{Path, PathBuf},
};

/// What the organisation lays down for its tokens and apps
#[derive(Debug, Args)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct PolicyCommand {
    #[command(flatten)]
    connection: Connection,
    #[command(subcommand)]
    verb: Verb,
}

const SET: &str = "\
Examples:
  jeton policy show --json > policy.json     # edit it, then
  jeton policy set --file policy.json --dry-run
  jeton policy set --file policy.json
  echo '{\"kinds\": {\"pat\": {\"must_end\": true}}}' \\
      | jeton policy set --file -

The policy is replaced whole: what the file does not say is laid down no more. Tokens that are there stay as they are; \
those that would break a rule are counted first. `version` in the file says which policy it was made from: where another one \
was laid down since, nothing is replaced.";

#[derive(Debug, Subcommand)]
enum Verb {
    /// Show the policy
    Show,
    /// Lay down another policy
    #[command(after_help = SET)]
    Set {
        /// A file with the policy as JSON; `-` for stdin
        #[arg(long, value_name = "FILE")]
        file: PathBuf,
        /// Only count what it would touch: tokens that break it, people, apps that wait
        #[arg(long)]
        dry_run: bool,
        /// Do not ask
        #[arg(long, short)]
        yes: bool,
    },
}

impl PolicyCommand {
    /// Runs the verb.
    pub(crate) async fn run(self, output: &Output) -> Outcome {
        match self.verb {
            Verb::Show => show(output, &self.connection.call(Call::get("/v1/policy")).await?.body),
            Verb::Set { file, dry_run, yes } => {
                let wanted = read(&self.connection, &file)?;
                set(&self.connection.open()?, output, wanted, dry_run, yes).await
            }
        }
    }
}

async fn set(authority: &Authority, output: &Output, mut wanted: Map<String, Value>, dry_run: bool, yes: bool) -> Outcome {
    // What `show` gives besides the rules themselves.
    wanted.remove("changed_at");
    let version = match wanted.remove("version") {
        None => None,
        Some(version) if version.is_i64() => Some(version.to_string()),
        Some(_) => {
            let words = "`version` must be the number that `jeton policy show --json` gives";
            return Err(Failure::usage(words).fix("leave it out to replace whatever holds"));
        }
    };
    let counted = authority.call(Call::post("/v1/policy/preview").body(Value::Object(wanted.clone()))).await?.body;
    let breaking = describe::list(&counted, "/breaking");
    for rule in breaking {
        let least = if rule.get("at_least") == Some(&Value::Bool(true)) { "at least " } else { "" };
        let counted = |name: &str| rule.get(name).and_then(Value::as_u64).filter(|count| *count > 0);
        let what = match (counted("tokens"), counted("people"), counted("apps")) {
            (Some(1), ..) => "1 token that is alive breaks it, and stays as it is".to_owned(),
            (Some(tokens), ..) => format!("{tokens} tokens that are alive break it, and stay as they are"),
            (None, Some(1), _) => "it asks something new of 1 person".to_owned(),
            (None, Some(people), _) => format!("it asks something new of {people} people"),
            (None, None, Some(1)) => "1 app waits that it would have approved".to_owned(),
            (None, None, apps) => format!("{} apps wait that it would have approved", apps.unwrap_or_default()),
        };
        output.remark(&format!("`{}`: {least}{what}", text(rule, "/rule")));
    }
    if dry_run {
        if output.json {
            output.document(&counted)?;
        } else if breaking.is_empty() {
            output.remark("no token that is alive would break it, and it asks nothing new of anybody");
        }
        return Ok(Exit::Done);
    }
    confirm::ask("replace the policy?", yes)?;
    let version = match version {
        Some(version) => version,
        None => number(&authority.call(Call::get("/v1/policy")).await?.body, "/version"),
    };
    let call = Call::put("/v1/policy").body(Value::Object(wanted)).header("if-match", Some(format!("\"{version}\"")));
    let policy = authority.call(call).await.map_err(outdated)?.body;
    if output.json {
        output.document(&policy)?;
    } else {
        output.remark_toned(Tone::Good, "laid down", &format!("version {}", number(&policy, "/version")));
    }
    Ok(Exit::Done)
}

/// A refusal, with what to do where somebody else laid down another policy since the file was written.
fn outdated(error: CallError) -> Failure {
    let is_outdated = matches!(&error, CallError::Problem(problem) if problem.status == 412);
    let failure = Failure::from(error);
    if !is_outdated {
        return failure;
    }
    failure.fix("somebody laid down another policy since: make your changes in what `jeton policy show --json` gives now")
}

fn show(output: &Output, policy: &Value) -> Outcome {
    if output.json {
        output.document(policy)?;
        return Ok(Exit::Done);
    }
    let yes_no = |value: Option<&Value>| if value == Some(&Value::Bool(true)) { "yes" } else { "no" }.to_owned();
    let members = |name: &str| policy.get(name).and_then(Value::as_object).into_iter().flatten();
    let kinds = members("kinds").map(|(kind, rule)| {
        let longest = describe::or_dash(&number(rule, "/longest_seconds"));
        vec![kind.clone(), longest, yes_no(rule.get("must_end")), yes_no(rule.get("must_name_networks"))]
    });
    output.list(&["kind", "longest (s)", "must end", "must name networks"], &kinds.collect::<Vec<_>>())?;
    let roles = members("roles").map(|(role, rule)| {
        let flags = ["issues_tokens", "registers_apps", "sensitive_scopes", "second_factor"].map(|name| yes_no(rule.get(name)));
        std::iter::once(role.clone()).chain(flags).chain([describe::or_dash(&joined(rule, "/refused_scopes", " "))]).collect()
    });
    output.list(
        &["role", "issues tokens", "registers apps", "sensitive scopes", "second factor", "refused scopes"],
        &roles.collect::<Vec<_>>(),
    )?;
    output.pairs(&[
        ("apps approved at once", text(policy, "/apps/approved_at_once").to_owned()),
        ("approvers approve apps", yes_no(policy.pointer("/apps/approvers_approve"))),
        ("changed", output.when(policy.get("changed_at"))),
        ("version", number(policy, "/version")),
    ])?;
    Ok(Exit::Done)
}

fn read(connection: &Connection, file: &Path) -> Result<Map<String, Value>, Failure> {
    let mut text = Vec::new();
    let most = limits::BODY_MAX as u64 + 1;
    let outcome = if file.as_os_str() == "-" {
        if connection.takes_stdin() {
            return Err(Failure::usage("the policy and the token cannot both come from stdin").fix("give the token by JETON_TOKEN"));
        }
        std::io::stdin().lock().take(most).read_to_end(&mut text)
    } else {
        std::fs::File::open(file).and_then(|file| file.take(most).read_to_end(&mut text))
    };
    outcome.map_err(|fault| Failure::usage(format!("cannot read `{}`: {fault}", file.display())))?;
    if text.len() > limits::BODY_MAX {
        return Err(Failure::usage(format!("the policy is longer than {} bytes", limits::BODY_MAX)));
    }
    strict_json::object(&text, limits::JSON_DEPTH_MAX)
        .map_err(|fault| Failure::usage(format!("the policy {fault}")).fix("`jeton policy set --help` shows one"))
}
