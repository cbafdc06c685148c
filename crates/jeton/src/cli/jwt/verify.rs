//! `jeton jwt verify`: verifies any issuer's JWT against a key set, rule by rule. Exit code 3 when it is refused.

use crate::cli::{
    Exit, Failure, Outcome,
    output::{Output, Tone},
    secret,
};
use clap::Args;
use jeton_core::{
    jose::{
        KeySet,
        verify::{self, Check, Expected, Report, verify_at},
    },
    limits,
};
use serde_json::{Value, json};
use std::{io::Read, time::Duration};

const DEADLINE: Duration = Duration::from_secs(10);

const AFTER: &str = "\
Examples:
  printf %s \"$JWT\" | jeton jwt verify --jwks https://id.example.com/jwks.json \\
      --issuer https://id.example.com --audience https://api.example.com \\
      --typ at+jwt
  jeton jwt verify token.jwt --jwks keys.json --issuer https://id.example.com

Every rule is shown with what came of it. What is not named (--issuer, --audience, --typ) is not checked, and said so. \
Exit code 0: verified. 3: refused.";

/// Verify a JWT against a key set; it comes from stdin
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(crate) struct Verify {
    /// `-` for stdin, or a file of mode 0600 that holds the JWT
    #[arg(value_name = "SOURCE", default_value = "-")]
    source: String,
    /// The issuer's key set: a file, or an https URL
    #[arg(long, value_name = "FILE|URL")]
    jwks: String,
    /// The issuer that it must be of, byte for byte
    #[arg(long, value_name = "URL")]
    issuer: Option<String>,
    /// The API that it must be for
    #[arg(long, value_name = "URI")]
    audience: Option<String>,
    /// The media type that it must have, such as at+jwt
    #[arg(long, value_name = "TYP")]
    typ: Option<String>,
}

impl Verify {
    /// Verifies it.
    pub(crate) async fn run(self, output: &Output) -> Outcome {
        let jwks = if self.jwks.contains("://") { fetch(&self.jwks).await? } else { read(&self.jwks)? };
        let (keys, skipped) =
            KeySet::parse(&jwks).map_err(|fault| Failure::usage(format!("`{}` is no key set: {fault}", self.jwks.escape_debug())))?;
        for skip in &skipped {
            output.remark_toned(Tone::Warning, "passed over", &format!("key {} of the set {}", skip.index, skip.fault));
        }
        let jwt = secret::read(&self.source, "JWT")?;
        let expected = Expected { issuer: self.issuer.as_deref(), audience: self.audience.as_deref(), typ: self.typ.as_deref() };
        let report = verify_at(jwt.as_bytes(), &keys, &expected, output.clock.now);
        say(output, &report)?;
        Ok(if report.verified().is_some() { Exit::Done } else { Exit::Refused })
    }
}

fn say(output: &Output, report: &Report) -> Outcome<()> {
    if output.json {
        let verified = report.verified();
        let claims = verified.map_or(Value::Null, |jwt| Value::Object(jwt.claims().clone()));
        let kid = verified.map(|jwt| jwt.kid().to_owned());
        return output.document(&json!({ "verified": verified.is_some(), "kid": kid, "claims": claims, "checks": report.checks }));
    }
    for check in &report.checks {
        output.block(&line(output, check))?;
    }
    match report.verified() {
        Some(jwt) => output.remark_toned(Tone::Good, "verified", &format!("signed by the key `{}` with {}", jwt.kid(), jwt.algorithm())),
        None => {
            let rules: Vec<_> = report.failures().map(|check| check.rule.as_str()).collect();
            output.remark_toned(Tone::Bad, "refused", &format!("for {}", rules.join(", ")));
        }
    }
    Ok(())
}

fn line(output: &Output, check: &Check) -> String {
    let (word, tone) = match check.outcome {
        verify::Outcome::Passed => ("ok  ", Tone::Good),
        verify::Outcome::Failed => ("FAIL", Tone::Bad),
        verify::Outcome::Skipped => ("skip", Tone::Faint),
    };
    let detail = if check.detail.is_empty() { check.rule.asks() } else { &check.detail };
    format!("{}  {:13} {}\n", output.tone(tone, word), check.rule.as_str(), super::super::output::printable(detail))
}

fn read(path: &str) -> Result<Vec<u8>, Failure> {
    let cannot = |fault: std::io::Error| Failure::usage(format!("cannot read the key set `{}`: {fault}", path.escape_debug()));
    let mut bytes = Vec::new();
    std::fs::File::open(path).map_err(cannot)?.take(limits::JWKS_MAX as u64 + 1).read_to_end(&mut bytes).map_err(cannot)?;
    Ok(bytes)
}

/// Fetches a key set over TLS (or from loopback), bounded in time and size, without following redirects.
async fn fetch(url: &str) -> Result<Vec<u8>, Failure> {
    let unreachable =
        |why: String| Failure::new(Exit::Unreachable, format!("the key set at `{}` cannot be fetched: {why}", url.escape_debug()));
    let safe = url.starts_with("https://")
        || ["http://127.0.0.1:", "http://localhost:", "http://[::1]:"].iter().any(|start| url.starts_with(start));
    if !safe {
        return Err(Failure::usage(format!(
            "`{}` must be an https URL: a key set that others can change verifies nothing",
            url.escape_debug()
        )));
    }
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(DEADLINE).build();
    let client = client.map_err(|fault| unreachable(fault.to_string()))?;
    let mut response = client.get(url).send().await.map_err(|fault| unreachable(fault.without_url().to_string()))?;
    if !response.status().is_success() {
        return Err(unreachable(format!("it answered {}", response.status().as_u16())));
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|fault| unreachable(fault.without_url().to_string()))? {
        if bytes.len() + chunk.len() > limits::JWKS_MAX {
            return Err(unreachable("it is larger than any key set".to_owned()));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}
