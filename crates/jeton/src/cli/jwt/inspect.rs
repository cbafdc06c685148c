//! `jeton jwt inspect`: decodes a JWT and says loudly that nothing of it was verified.

use crate::cli::{
    Exit, Failure, Outcome,
    output::{Output, Tone},
    secret,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use clap::Args;
use jeton_core::{limits, timestamp::Timestamp};
use serde_json::{Value, json};

const AFTER: &str = "\
Examples:
  printf %s \"$JWT\" | jeton jwt inspect
  jeton jwt inspect token.jwt --json | jq .claims.exp

Nothing is verified: whoever can type can make a JWT that reads like this. For that, use `jeton jwt verify`.";

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
    let (header, claims) = decode(jwt)?;
    if output.json {
        output.document(&json!({ "verified": false, "header": header, "claims": claims }))?;
        return Ok(Exit::Done);
    }
    output.remark_toned(Tone::Warning, "not verified", "this is what the JWT says, not what is true");
    members(output, "header", &header)?;
    members(output, "claims", &claims)?;
    Ok(Exit::Done)
}

/// Reads header and claims by shape, within the limits of size and depth.
fn decode(jwt: &str) -> Result<(Value, Value), Failure> {
    let refused = |why: &str| Failure::new(Exit::Refused, format!("this is no JWT: {why}"));
    if jwt.len() > limits::JWT_MAX {
        return Err(refused("it is longer than any that is looked at"));
    }
    let parts: Vec<&str> = jwt.split('.').collect();
    let [header, claims, _signature] = parts.as_slice() else {
        return Err(refused("it does not have three parts with dots between"));
    };
    let part = |name: &str, text: &str| {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| refused(&format!("the {name} is not unpadded base64url")))?;
        let value = jeton_core::strict_json::value(&bytes, limits::JWT_DEPTH_MAX).map_err(|fault| refused(&format!("the {name} {fault}")))?;
        if value.is_object() { Ok(value) } else { Err(refused(&format!("the {name} is no JSON object"))) }
    };
    Ok((part("header", header)?, part("claims", claims)?))
}

fn members(output: &Output, title: &str, object: &Value) -> Outcome<()> {
    output.block(&format!("{}\n", output.tone(Tone::Strong, title)))?;
    for (name, value) in object.as_object().into_iter().flatten() {
        let instant = matches!(name.as_str(), "exp" | "iat" | "nbf" | "auth_time").then(|| value.as_i64()).flatten();
        let words = instant.map(|seconds| format!("  {}", output.clock.show(Timestamp::from_seconds(seconds)))).unwrap_or_default();
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        output.line(&format!("  {name}: {text}{words}"))?;
    }
    Ok(())
}
