//! `jeton doctor`: looks over an installation and says what is wrong and how to mend it. Changes no data.

mod data;
mod files;
mod network;

use super::{
    Exit, Outcome,
    local::Installation,
    output::{Output, Tone, printable},
};
use clap::Args;
use serde::Serialize;
use serde_json::json;

const AFTER: &str = "\
Examples:
  jeton doctor
  jeton doctor --config /etc/jeton/jeton.toml --json

Looks at the configuration, files and their modes, the database, its marks, its change log and audit chain, the clock, \
the listeners, the issuer's address and TLS. Changes no data.

Exit code 0: nothing is wrong (there may be warnings). 1: something is, and how to mend it stands beside it.";

/// Check an installation and say how to mend it
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(crate) struct Doctor {
    #[command(flatten)]
    installation: Installation,
}

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    /// As it should be.
    Ok,
    /// It works, and should be looked at.
    Warn,
    /// It does not work, or is not safe.
    Fail,
}

/// One check.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Finding {
    check: &'static str,
    verdict: Verdict,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<String>,
}

impl Finding {
    fn ok(check: &'static str, detail: impl Into<String>) -> Self {
        Self { check, verdict: Verdict::Ok, detail: detail.into(), fix: None }
    }
    fn warn(check: &'static str, detail: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { check, verdict: Verdict::Warn, detail: detail.into(), fix: Some(fix.into()) }
    }
    fn fail(check: &'static str, detail: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { check, verdict: Verdict::Fail, detail: detail.into(), fix: Some(fix.into()) }
    }
}

impl Doctor {
    /// Looks, and says what it found.
    pub(crate) async fn run(self, output: &Output) -> Outcome {
        let findings = match self.installation.config() {
            Err(fault) => vec![Finding::fail("configuration", fault.what, "mend the line that is named")],
            Ok(config) => {
                let mut findings = vec![Finding::ok("configuration", format!("read; the issuer is {}", config.issuer))];
                findings.extend(files::look(&config));
                findings.extend(data::look(&config, output.clock.now).await);
                findings.extend(network::look(&config).await);
                findings
            }
        };
        say(output, &findings)?;
        let failed = findings.iter().any(|finding| finding.verdict == Verdict::Fail);
        Ok(if failed { Exit::Failed } else { Exit::Done })
    }
}

fn say(output: &Output, findings: &[Finding]) -> Outcome<()> {
    if output.json {
        let failed = findings.iter().any(|finding| finding.verdict == Verdict::Fail);
        return output.document(&json!({ "healthy": !failed, "checks": findings }));
    }
    for finding in findings {
        let (word, tone) = match finding.verdict {
            Verdict::Ok => ("ok  ", Tone::Good),
            Verdict::Warn => ("warn", Tone::Warning),
            Verdict::Fail => ("FAIL", Tone::Bad),
        };
        output.block(&format!("{}  {:16} {}\n", output.tone(tone, word), finding.check, printable(&finding.detail)))?;
        if let Some(fix) = &finding.fix {
            output.block(&format!("{:6}{:16} fix: {}\n", "", "", printable(fix)))?;
        }
    }
    Ok(())
}
