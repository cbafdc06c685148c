//! `jeton token verify`: asks the authority whether a token is good for a call. Exit code 3 when it is not.

use super::grant;
use crate::{
    cli::{
        Exit, Failure, Outcome,
        connection::Connection,
        describe::{self, text},
        output::{Output, Tone},
        secret,
    },
    client::Call,
};
use clap::Args;
use serde_json::{Map, Value, json};
use std::net::IpAddr;

const AFTER: &str = "\
Examples:
  printf %s \"$TOKEN\" | jeton token verify
  jeton token verify token.txt --audience https://api.example.com \\
      --scope orders:read
  jeton token verify token.txt --method GET --path /v1/orders/7 --ip 203.0.113.9

Exit code 0: it may pass. 3: it may not, and the reason is printed.";

/// Ask whether a token is good for a call; the token comes from stdin
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(crate) struct Verify {
    /// `-` for stdin, or a file of mode 0600 that holds the token
    #[arg(value_name = "SOURCE", default_value = "-")]
    source: String,
    #[command(flatten)]
    call: Asked,
    /// How much of its limits the call would spend
    #[arg(long, value_name = "N")]
    cost: Option<u32>,
}

/// The call that is asked about.
#[derive(Debug, Args)]
pub(crate) struct Asked {
    /// The API that is called
    #[arg(long, value_name = "URI", value_parser = grant::audience)]
    audience: Option<String>,
    /// A scope that the call demands; repeat for several
    #[arg(long = "scope", value_name = "SCOPE", value_parser = grant::scope)]
    scopes: Vec<String>,
    /// The method that is called
    #[arg(long, value_name = "METHOD")]
    method: Option<String>,
    /// The path that is called
    #[arg(long, value_name = "PATH")]
    path: Option<String>,
    /// The address that the call comes from
    #[arg(long, value_name = "ADDRESS")]
    ip: Option<IpAddr>,
}

impl Asked {
    /// Whether nothing is asked.
    pub(crate) fn is_empty(&self) -> bool {
        self.audience.is_none() && self.scopes.is_empty() && self.method.is_none() && self.path.is_none() && self.ip.is_none()
    }
    /// The members of the question.
    pub(crate) fn members(&self) -> Map<String, Value> {
        let mut members = Map::new();
        let texts = [("audience", &self.audience), ("method", &self.method), ("path", &self.path)];
        for (name, value) in texts {
            if let Some(value) = value {
                members.insert(name.to_owned(), json!(value));
            }
        }
        if !self.scopes.is_empty() {
            members.insert("scopes".to_owned(), json!(self.scopes));
        }
        if let Some(ip) = self.ip {
            members.insert("client_ip".to_owned(), json!(ip));
        }
        members
    }
}

impl Verify {
    /// Asks, and says what the answer is.
    pub(crate) async fn run(self, connection: &Connection, output: &Output) -> Outcome {
        if self.source == "-" && connection.takes_stdin() {
            let fix = "put one of them into a file of mode 0600, or the token to speak with into JETON_TOKEN";
            return Err(Failure::usage("stdin cannot hold both the token to verify and the token to speak with").fix(fix));
        }
        let authority = connection.open()?;
        let plain = secret::read(&self.source, "token to verify")?;
        let mut question = self.call.members();
        question.insert("token".to_owned(), json!(plain.as_str()));
        if let Some(cost) = self.cost {
            question.insert("cost".to_owned(), json!(cost));
        }
        let answer = authority.call(Call::post("/v1/verify").body(Value::Object(question))).await?.body;
        if output.json {
            output.document(&answer)?;
        } else {
            say(output, &answer)?;
        }
        let active = answer.get("active").and_then(Value::as_bool) == Some(true);
        Ok(if active { Exit::Done } else { Exit::Refused })
    }
}

fn say(output: &Output, answer: &Value) -> Outcome<()> {
    let code = text(answer, "/code");
    let active = answer.get("active").and_then(Value::as_bool) == Some(true);
    let (tone, word) = if active { (Tone::Good, "valid") } else { (Tone::Bad, "refused") };
    let expires = match answer.get("expires_at") {
        Some(at @ Value::String(_)) => output.when(Some(at)),
        _ => String::new(),
    };
    output.pairs(&[
        ("verdict", output.tone(tone, &if active { word.to_owned() } else { format!("{word}: {code}") })),
        ("why", text(answer, "/detail").to_owned()),
        ("fix", text(answer, "/fix").to_owned()),
        ("token", text(answer, "/id").to_owned()),
        ("kind", text(answer, "/kind").to_owned()),
        ("subject", text(answer, "/subject").to_owned()),
        ("for", describe::joined(answer, "/audience", "\n")),
        ("scopes", describe::joined(answer, "/scopes", " ")),
        ("expires", expires),
        ("decision", text(answer, "/decision_id").to_owned()),
    ])?;
    if !active && !text(answer, "/id").is_empty() {
        output.remark(&format!("the rule behind it: `jeton token explain {}`", text(answer, "/decision_id")));
    }
    Ok(())
}
