//! `jeton token explain`: which rule refused a call, or would refuse one.

use super::verify::Asked;
use crate::{
    cli::{
        Exit, Failure, Outcome,
        connection::Connection,
        describe::{self, text},
        output::{Output, Tone},
    },
    client::{Authority, Call},
};
use clap::Args;
use jeton_core::id::{DecisionId, TokenId};
use serde_json::{Value, json};

const AFTER: &str = "\
Examples:
  jeton token explain dec_8hQz2LmPx3Kw   # the refusal with this Jeton-Decision
  jeton token explain 3Kx9sPq2LmZa          # the newest refusal of this token
  # would this call pass? nothing is called or counted
  jeton token explain 3Kx9sPq2LmZa --method POST --path /v1/orders \\
      --ip 203.0.113.9";

/// Tell which rule refused a call, or whether a call would pass
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(crate) struct Explain {
    /// The id of a decision (dec_…) or of a token
    #[arg(value_name = "DECISION_ID|TOKEN_ID", value_parser = subject)]
    subject: Subject,
    #[command(flatten)]
    question: Asked,
}

#[derive(Clone, Copy, Debug)]
enum Subject {
    Decision(DecisionId),
    Token(TokenId),
}

fn subject(text: &str) -> Result<Subject, String> {
    let decision = DecisionId::parse(text).map(Subject::Decision);
    decision
        .or_else(|_| TokenId::parse(text).map(Subject::Token))
        .map_err(|_| "must be a decision (`dec_…`, from the header Jeton-Decision) or a token's id".to_owned())
}

impl Explain {
    /// Explains it.
    pub(crate) async fn run(self, connection: &Connection, output: &Output) -> Outcome {
        let asked = !self.question.is_empty();
        if asked && matches!(self.subject, Subject::Decision(_)) {
            return Err(Failure::usage("a decision has been made: --method, --path, --scope, --audience and --ip ask about a token")
                .fix("name the token's id instead, or leave the options out"));
        }
        let authority = connection.open()?;
        let (answer, dry) = match self.subject {
            Subject::Decision(id) => (authority.call(Call::get(&format!("/v1/decisions/{id}"))).await?.body, false),
            Subject::Token(id) if asked => {
                let path = format!("/v1/tokens/{id}/explain");
                (authority.call(Call::post(&path).body(Value::Object(self.question.members()))).await?.body, true)
            }
            Subject::Token(id) => (newest_refusal(&authority, id).await?, false),
        };
        if output.json {
            output.document(&answer)?;
        } else {
            say(output, &answer, dry)?;
        }
        Ok(Exit::Done)
    }
}

/// The newest refusal of a token; `null` when none is kept.
async fn newest_refusal(authority: &Authority, id: TokenId) -> Result<Value, Failure> {
    let path = format!("/v1/tokens/{id}/refusals");
    let page = authority.call(Call::get(&path).query("limit", Some(1))).await?.body;
    match text(&page, "/items/0/decision_id") {
        "" => Ok(json!(null)),
        decision => Ok(authority.call(Call::get(&format!("/v1/decisions/{decision}"))).await?.body),
    }
}

/// Every rule of a dry question, with how it came out.
fn steps(output: &Output, answer: &Value) -> String {
    let line = |step: &Value| {
        let passed = step.get("passed").and_then(Value::as_bool) == Some(true);
        let (word, tone) = if passed { ("ok  ", Tone::Good) } else { ("FAIL", Tone::Bad) };
        let cause = text(step, "/cause");
        let cause = if cause.is_empty() { String::new() } else { format!("  {cause}") };
        format!("{}  {}{cause}\n", output.tone(tone, word), text(step, "/rule"))
    };
    describe::list(answer, "/steps").iter().map(line).collect()
}

fn say(output: &Output, answer: &Value, dry: bool) -> Outcome<()> {
    if answer.is_null() {
        output.remark("no refusal of this token is kept; ask about a call with --method, --path, --scope, --audience or --ip");
        return Ok(());
    }
    let code = text(answer, "/code");
    let passes = code == "ok" || answer.get("active").and_then(Value::as_bool) == Some(true);
    let verdict = match (passes, dry) {
        (true, true) => output.tone(Tone::Good, "would pass"),
        (true, false) => output.tone(Tone::Good, "passed"),
        (false, true) => output.tone(Tone::Bad, &format!("would be refused: {code}")),
        (false, false) => output.tone(Tone::Bad, &format!("refused: {code}")),
    };
    let cause = match text(answer, "/cause") {
        "" => text(answer, "/detail"),
        cause => cause,
    };
    let called = format!("{} {}", text(answer, "/method"), text(answer, "/path"));
    let scopes = match answer.get("scopes") {
        Some(Value::String(spaced)) => spaced.clone(),
        _ => describe::joined(answer, "/scopes", " "),
    };
    output.pairs(&[
        ("verdict", verdict),
        ("because", cause.to_owned()),
        ("fix", text(answer, "/fix").to_owned()),
        ("call", called.trim().to_owned()),
        ("wanted", scopes),
        ("of", text(answer, "/audience").to_owned()),
        ("from", text(answer, "/client_ip").to_owned()),
        ("with", text(answer, "/user_agent").to_owned()),
        ("token", text(answer, "/token").to_owned()),
        ("at", output.when(answer.get("at"))),
        ("decision", text(answer, "/decision_id").to_owned()),
    ])?;
    output.block(&steps(output, answer))
}
