//! `--wait`: until every verifier refuses what was taken back, or a time is over; then those that are behind are named.

use crate::cli::{
    Exit, Outcome,
    describe::{self, text},
    output::{Output, Tone},
};
use clap::Args;
use serde_json::{Map, Value, json};

/// Whether to wait.
#[derive(Clone, Copy, Debug, Default, Args)]
pub(crate) struct Wait {
    /// Wait until every verifier has acknowledged it, 5 seconds where none are said; exit 6 names those that have not
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, require_equals = true, default_missing_value = "5", value_parser = clap::value_parser!(u32).range(1..=30))]
    wait: Option<u32>,
}

impl Wait {
    /// Puts it into a request.
    pub(crate) fn put(self, request: &mut Map<String, Value>) {
        if let Some(seconds) = self.wait {
            request.insert("wait".to_owned(), json!(seconds));
        }
    }
}

/// Says how the verifiers stand, where they were waited for.
pub(crate) fn tell(output: &Output, answer: &Value) -> Outcome {
    let Some(everywhere) = answer.get("everywhere").and_then(Value::as_bool) else { return Ok(Exit::Done) };
    let verifiers = describe::list(answer, "/verifiers");
    let of = |standing: &str| verifiers.iter().filter(|verifier| text(verifier, "/standing") == standing).collect::<Vec<_>>();
    for verifier in of("stale") {
        let words = format!("`{}` has been silent for so long that it asks before it permits, or refuses", text(verifier, "/verifier"));
        output.remark_toned(Tone::Warning, "silent", &words);
    }
    for verifier in of("behind") {
        let revision = verifier.get("revision").map(ToString::to_string).unwrap_or_default();
        let words =
            format!("`{}` ({}) is at revision {revision} and may permit it still", text(verifier, "/verifier"), text(verifier, "/id"));
        output.remark_toned(Tone::Bad, "behind", &words);
    }
    if everywhere {
        let count = of("acknowledged").len();
        output.remark_toned(Tone::Good, "everywhere", &format!("{count} of {} verifiers acknowledged it", verifiers.len()));
        return Ok(Exit::Done);
    }
    Ok(Exit::NotEverywhere)
}
