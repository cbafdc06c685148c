//! What a gate counts. Labels come from fixed lists: nothing that a caller sends becomes one.
//!
//! The handles are bound when the gate is made, so the recorder must be installed before.

use crate::port::{Loaded, SourceFault};
use metrics::{Counter, Gauge, counter, gauge};

/// Every outcome of a decision: `ok` and the codes of refusals.
const OUTCOMES: [&str; 23] = [
    "ok",
    "no_credential",
    "ambiguous_credential",
    "malformed",
    "unknown",
    "expired",
    "not_yet_valid",
    "revoked",
    "suspended",
    "wrong_audience",
    "address_not_allowed",
    "route_not_allowed",
    "ambiguous_path",
    "insufficient_scope",
    "insufficient_user_authentication",
    "rate_limited",
    "quota_exhausted",
    "binding_mismatch",
    "invalid_dpop_proof",
    "use_dpop_nonce",
    "issuer_untrusted",
    "unavailable",
    "other",
];

/// The handles.
pub(crate) struct Meters {
    decisions: Vec<(&'static str, Counter)>,
    found: Counter,
    absent: Counter,
    failed: Counter,
    tampered: Counter,
    /// Questions that waited for a look-up that somebody else began.
    pub(crate) coalesced: Counter,
    /// Answers that a change overtook, so that they were asked for again.
    pub(crate) overtaken: Counter,
    /// Questions that were refused a look-up because too many run or too many found nothing.
    pub(crate) turned_away: Counter,
    /// Requests that passed on a memory that was older than it should be, because their API allows that.
    pub(crate) served_stale: Counter,
    /// Calls of public routes without a token.
    pub(crate) anonymous: Counter,
    /// Calls of public routes whose token counted for nothing.
    pub(crate) passed_over: Counter,
    /// Unknown ids that were refused without a look-up.
    pub(crate) absent_known: Counter,
    /// Tokens in memory.
    pub(crate) memory: Gauge,
    /// Unknown ids remembered.
    pub(crate) unknown: Gauge,
    /// Verified JWTs remembered.
    pub(crate) seen_jwts: Gauge,
    /// Tokens whose spending is remembered.
    pub(crate) spenders: Gauge,
    /// Payers of whose limits units are leased.
    pub(crate) leased: Gauge,
    /// DPoP proofs that are remembered so that none passes twice.
    pub(crate) replays: Gauge,
    /// Seconds since the memory was known to be up to date.
    pub(crate) staleness: Gauge,
    /// The change that the memory has reached.
    pub(crate) revision: Gauge,
}

impl Meters {
    pub(crate) fn new() -> Self {
        let anonymous = |token: &'static str| counter!("jeton_anonymous_total", "token" => token);
        let lookups = |result: &'static str| counter!("jeton_gate_lookups_total", "result" => result);
        Self {
            decisions: OUTCOMES.iter().map(|code| (*code, counter!("jeton_gate_decisions_total", "outcome" => *code))).collect(),
            found: lookups("found"),
            absent: lookups("absent"),
            failed: lookups("failed"),
            tampered: lookups("tampered"),
            coalesced: counter!("jeton_gate_lookups_coalesced_total"),
            overtaken: counter!("jeton_gate_lookups_overtaken_total"),
            turned_away: counter!("jeton_gate_lookups_turned_away_total"),
            served_stale: counter!("jeton_gate_served_stale_total"),
            anonymous: anonymous("none"),
            passed_over: anonymous("passed_over"),
            absent_known: counter!("jeton_gate_unknown_without_lookup_total"),
            memory: gauge!("jeton_gate_memory_tokens"),
            unknown: gauge!("jeton_gate_unknown_remembered"),
            seen_jwts: gauge!("jeton_gate_seen_jwts"),
            spenders: gauge!("jeton_gate_spenders"),
            leased: gauge!("jeton_limit_payers_leased"),
            replays: gauge!("jeton_gate_dpop_replays"),
            staleness: gauge!("jeton_gate_staleness_seconds"),
            revision: gauge!("jeton_gate_revision"),
        }
    }
    /// Counts a decision.
    pub(crate) fn decided(&self, code: &'static str) {
        let own = self.decisions.iter().find(|(own, _)| *own == code).or(self.decisions.last());
        if let Some((_, counter)) = own {
            counter.increment(1);
        }
    }
    /// Counts a look-up.
    pub(crate) fn looked_up(&self, loaded: &Result<Loaded, SourceFault>) {
        match loaded {
            Ok(Loaded { record: Some(_), .. }) => self.found.increment(1),
            Ok(Loaded { record: None, .. }) => self.absent.increment(1),
            Err(SourceFault::Unavailable) => self.failed.increment(1),
            Err(SourceFault::Tampered) => self.tampered.increment(1),
        }
    }
}
