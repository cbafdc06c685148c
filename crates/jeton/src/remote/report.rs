//! Use as a gate reports it: a part of what it counted, named so that it counts once however often it is sent.

use jeton_core::{
    id::{DecisionId, TokenId},
    timestamp::Timestamp,
};
use jeton_store::usage::{BatchId, LastUse, RefusalRow, UsageBatch, UsageDelta};
use serde::{Deserialize, Serialize};

/// One part.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UsageReport {
    /// Names it: 32 hexadecimal digits, the same whenever it is sent again.
    #[schema(min_length = 32, max_length = 32, pattern = "^[0-9a-f]{32}$")]
    pub part: String,
    /// Counters: `{token, hour, outcome, route, network, previous_secret, count}`.
    #[serde(default)]
    #[schema(value_type = Vec<Object>, max_items = 1000)]
    pub counters: Vec<Counted>,
    /// Last uses: `{token, at, client_ip, user_agent, previous_secret_at, previous_secret_ip}`.
    #[serde(default)]
    #[schema(value_type = Vec<Object>, max_items = 1000)]
    pub last: Vec<Last>,
    /// Refusals: `{decision, at, token, code, cause, method, path, audience, scopes, client_ip, user_agent}`.
    #[serde(default)]
    #[schema(value_type = Vec<Object>, max_items = 1000)]
    pub refusals: Vec<Turned>,
}

/// One counter's increase.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counted {
    pub(crate) token: TokenId,
    pub(crate) hour: Timestamp,
    pub(crate) outcome: String,
    pub(crate) route: String,
    pub(crate) network: String,
    #[serde(default)]
    pub(crate) previous_secret: bool,
    pub(crate) count: u64,
}

/// The newest use of a token.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Last {
    pub(crate) token: TokenId,
    pub(crate) at: Timestamp,
    pub(crate) client_ip: Option<String>,
    pub(crate) user_agent: Option<String>,
    pub(crate) previous_secret_at: Option<Timestamp>,
    pub(crate) previous_secret_ip: Option<String>,
}

/// A refusal.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Turned {
    pub(crate) decision: DecisionId,
    pub(crate) at: Timestamp,
    pub(crate) token: Option<TokenId>,
    pub(crate) code: String,
    pub(crate) cause: String,
    pub(crate) method: Option<String>,
    pub(crate) path: Option<String>,
    pub(crate) audience: Option<String>,
    pub(crate) scopes: String,
    pub(crate) client_ip: Option<String>,
    pub(crate) user_agent: Option<String>,
}

/// What became of a report.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct UsageTaken {
    /// Rows that were taken. Those of tokens that the gate may not know are left out.
    pub taken: usize,
}

impl UsageReport {
    /// Rows of each kind in one part.
    pub const ROWS_MAX: usize = 1000;

    /// A batch in parts, each with a name of its own.
    pub fn parts(batch: &UsageBatch) -> Vec<Self> {
        let longest = batch.deltas.len().max(batch.last.len()).max(batch.refusals.len());
        let part = |number: usize| {
            let stretch = |length: usize| (number * Self::ROWS_MAX).min(length)..((number + 1) * Self::ROWS_MAX).min(length);
            Self {
                part: name(UsageBatch::default().id),
                counters: batch.deltas.get(stretch(batch.deltas.len())).unwrap_or_default().iter().map(Counted::from).collect(),
                last: batch.last.get(stretch(batch.last.len())).unwrap_or_default().iter().map(Last::from).collect(),
                refusals: batch.refusals.get(stretch(batch.refusals.len())).unwrap_or_default().iter().map(Turned::from).collect(),
            }
        };
        (0..longest.div_ceil(Self::ROWS_MAX)).map(part).collect()
    }
    /// How many rows it holds.
    pub fn rows(&self) -> usize {
        self.counters.len() + self.last.len() + self.refusals.len()
    }
    /// The bytes that it is named by; `None` where the name is none.
    pub fn id(&self) -> Option<[u8; 16]> {
        let digits = self.part.as_bytes();
        let fits = digits.len() == 32 && digits.iter().all(|digit| digit.is_ascii_digit() || (b'a'..=b'f').contains(digit));
        fits.then(|| u128::from_str_radix(&self.part, 16).ok()).flatten().map(u128::to_be_bytes)
    }
}

fn name(id: BatchId) -> String {
    format!("{:032x}", u128::from_be_bytes(*id.as_bytes()))
}

impl From<&UsageDelta> for Counted {
    fn from(row: &UsageDelta) -> Self {
        let UsageDelta { token, hour, outcome, route, network, previous_secret, count } = row.clone();
        Self { token, hour, outcome, route, network, previous_secret, count }
    }
}

impl From<Counted> for UsageDelta {
    fn from(row: Counted) -> Self {
        let Counted { token, hour, outcome, route, network, previous_secret, count } = row;
        Self { token, hour, outcome, route, network, previous_secret, count }
    }
}

impl From<&LastUse> for Last {
    fn from(row: &LastUse) -> Self {
        let LastUse { token, at, client_ip, user_agent, previous_secret_at, previous_secret_ip } = row.clone();
        Self { token, at, client_ip, user_agent, previous_secret_at, previous_secret_ip }
    }
}

impl From<Last> for LastUse {
    fn from(row: Last) -> Self {
        let Last { token, at, client_ip, user_agent, previous_secret_at, previous_secret_ip } = row;
        Self { token, at, client_ip, user_agent, previous_secret_at, previous_secret_ip }
    }
}

impl From<&RefusalRow> for Turned {
    fn from(row: &RefusalRow) -> Self {
        let RefusalRow { decision, at, token, code, cause, method, path, audience, scopes, client_ip, user_agent } = row.clone();
        Self { decision, at, token, code, cause, method, path, audience, scopes, client_ip, user_agent }
    }
}

impl From<Turned> for RefusalRow {
    fn from(row: Turned) -> Self {
        let Turned { decision, at, token, code, cause, method, path, audience, scopes, client_ip, user_agent } = row;
        Self { decision, at, token, code, cause, method, path, audience, scopes, client_ip, user_agent }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_cut_into_parts_with_names_of_their_own() {
        let token = TokenId::from_random([1; 16]);
        let row = |number: u64| UsageDelta {
            token,
            hour: Timestamp::from_seconds(3600),
            outcome: "ok".into(),
            route: format!("GET /{number}"),
            network: "-".into(),
            previous_secret: false,
            count: number,
        };
        let last = LastUse {
            token,
            at: Timestamp::from_seconds(3601),
            client_ip: None,
            user_agent: None,
            previous_secret_at: None,
            previous_secret_ip: None,
        };
        let batch = UsageBatch { deltas: (0..2500).map(row).collect(), last: vec![last], ..UsageBatch::default() };
        let parts = UsageReport::parts(&batch);
        assert_eq!(parts.iter().map(UsageReport::rows).collect::<Vec<_>>(), [1001, 1000, 500]);
        let mut names: Vec<_> = parts.iter().map(|part| part.id().expect("a name")).collect();
        names.dedup();
        assert_eq!(names.len(), 3);
        let counted: u64 = parts.iter().flat_map(|part| &part.counters).map(|row| row.count).sum();
        assert_eq!(counted, (0..2500).sum::<u64>());
        for bad in ["", "0", &"g".repeat(32), &"A".repeat(32), &"0".repeat(33)] {
            assert_eq!(UsageReport { part: bad.into(), ..parts[0].clone() }.id(), None, "{bad}");
        }
    }
}
