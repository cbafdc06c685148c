//! A verifier as operators see it, and as it is measured.

use super::member::{Kind, Member};
use jeton_core::{change::Revision, limits};
use parking_lot::Mutex;
use serde::Serialize;
use std::{collections::BTreeSet, time::Duration, time::Instant};

/// A verifier.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Verifier)]
pub struct VerifierView {
    /// Which process it is.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// The organisation whose tokens alone it decides on; `null` for everybody's.
    pub organisation: Option<String>,
    /// The APIs whose tokens alone it decides on; empty for all.
    pub audiences: Vec<String>,
    /// Everything up to here it has taken in.
    pub revision: u64,
    /// `current`, `behind`, or `stale`: silent for longer than it trusts its memory, so that it asks before it permits, or refuses.
    pub standing: &'static str,
    /// How long the oldest change that it has not taken in has been there; 0 where there is none.
    pub lag_seconds: f64,
    /// How long ago it was last heard of.
    pub silent_seconds: f64,
    /// How long it trusts its memory without hearing of the change log; `null` where it never said.
    pub trusts_for_seconds: Option<f64>,
}

impl VerifierView {
    pub(super) fn of(member: &Member, head: Revision, waited: Option<Duration>, now: Instant) -> Self {
        let sign = &member.sign;
        let standing = match () {
            () if member.is_stale(now) => "stale",
            () if sign.revision < head => "behind",
            () => "current",
        };
        Self {
            id: sign.id.to_string(),
            name: sign.name.to_string(),
            kind: sign.kind,
            organisation: sign.organisation.map(|id| id.to_string()),
            audiences: sign.audiences.iter().map(|audience| audience.as_str().to_owned()).collect(),
            revision: sign.revision.0,
            standing,
            lag_seconds: waited.map_or(0.0, rounded),
            silent_seconds: rounded(member.silent_for(now)),
            trusts_for_seconds: sign.trusts_for.map(rounded),
        }
    }
}

/// Seconds to the millisecond.
fn rounded(duration: Duration) -> f64 {
    Duration::from_millis(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)).as_secs_f64()
}

/// The names that are told apart in metrics.
static LABELS: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Sets the gauges: how far each is behind, by name. Names beyond the limit share one, which tells the worst of them; a name that is
/// gone is not behind.
pub(super) fn measure(list: &[VerifierView]) {
    let mut labels = LABELS.lock();
    for view in list {
        if labels.len() < limits::VERIFIER_LABELS_MAX && !labels.contains(&view.name) {
            labels.insert(view.name.clone());
        }
    }
    let worst = |name: Option<&str>| {
        let of = list.iter().filter(|view| name.map_or(!labels.contains(&view.name), |name| view.name == name));
        of.map(|view| view.lag_seconds).fold(0.0, f64::max)
    };
    for label in labels.iter() {
        metrics::gauge!("jeton_revocation_lag_seconds", "verifier" => label.clone()).set(worst(Some(label)));
    }
    if list.iter().any(|view| !labels.contains(&view.name)) {
        metrics::gauge!("jeton_revocation_lag_seconds", "verifier" => "others").set(worst(None));
    }
    for kind in [Kind::Authority, Kind::Gate, Kind::Follower] {
        let count = list.iter().filter(|view| view.kind == kind).count();
        metrics::gauge!("jeton_verifiers", "kind" => kind.as_str()).set(u32::try_from(count).map_or(f64::MAX, f64::from));
    }
}
