//! What a gate begins with: what its authority tells, or its sealed copy where that is away. Asks again and again where there is
//! neither.

use crate::{
    config::Config,
    remote::{
        copy::{self, Copy, CopyKey},
        line::Line,
        standing::{self, Standing},
        wire::Whom,
    },
};
use jeton_core::{api::Api, change::Revision};
use serde_json::Value;
use std::time::{Duration, Instant};

/// The wait between two questions, with some chance in it.
const AGAIN_AFTER: Duration = Duration::from_millis(250);

/// What a gate begins with.
pub(super) struct Beginning {
    pub(super) whom: Whom,
    pub(super) apis: Vec<Api>,
    pub(super) keys: Value,
    /// The place in the change log to go on from.
    pub(super) after: Revision,
    /// When everything up to there was known to be the newest; `None` where nobody knows.
    pub(super) fresh: Option<Instant>,
    /// The tokens to begin with.
    pub(super) copy: Option<Copy>,
}

/// Begins.
pub(super) async fn begin(config: &Config, line: &Line, standing: &Standing, key: &CopyKey) -> Beginning {
    let mut copy = if config.authority.keep_copy { read(config, key).await } else { None };
    loop {
        let asked = Instant::now();
        match line.begin().await {
            Ok(told) => {
                standing.heard(&told.whom, 0);
                // Tokens for other APIs, or of another authority, are nothing that this gate may know.
                let copy = copy.take().filter(|copy| copy.head.whom == told.whom && copy.head.revision <= told.head);
                let (after, fresh) = copy.as_ref().map_or((told.reached, Some(asked)), |copy| (copy.head.revision, None));
                let (apis, keys) = (told.apis.unwrap_or_default(), told.keys.unwrap_or_default());
                return Beginning { whom: told.whom, apis, keys, after, fresh, copy };
            }
            Err(fault) => standing.lost(&fault),
        }
        if let Some(copy) = copy.take() {
            return away(standing, copy);
        }
        tokio::time::sleep(AGAIN_AFTER.mul_f64(rand::random_range(0.5..1.0))).await;
    }
}

/// The authority is away: what the copy says, as old as it is.
fn away(standing: &Standing, copy: Copy) -> Beginning {
    let head = &copy.head;
    let (whom, apis, keys, after) = (head.whom.clone(), head.apis.clone(), head.keys.clone(), head.revision);
    let fresh = head.fresh.as_ref().and_then(super::super::clock::Moment::as_instant);
    tracing::warn!(
        tokens = copy.tokens.len(),
        revision = %after,
        old_ms = fresh.map(|fresh| u64::try_from(fresh.elapsed().as_millis()).unwrap_or(u64::MAX)),
        "the authority is away: the gate begins with its sealed copy, which is believed no longer than any memory"
    );
    standing.began_with(standing::Copy { tokens: copy.tokens.len(), revision: after }, &whom);
    Beginning { whom, apis, keys, after, fresh, copy: Some(copy) }
}

async fn read(config: &Config, key: &CopyKey) -> Option<Copy> {
    let (path, key, most) = (config.authority.copy.clone(), key.clone(), config.gate.capacity);
    let shown = path.display().to_string();
    match tokio::task::spawn_blocking(move || copy::read(&path, &key, most)).await {
        Ok(Ok(copy)) => copy,
        Ok(Err(fault)) => {
            tracing::warn!(copy = shown, %fault, "the sealed copy is not used");
            None
        }
        Err(_) => None,
    }
}
