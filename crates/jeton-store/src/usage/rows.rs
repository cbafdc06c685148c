//! Reading use as it was counted: one row for each hour, outcome, route and network.

use super::UsageDelta;
use crate::{
    error::Result,
    fault::Fault,
    link::fetch_all,
    store::{Store, read::read},
};
use jeton_core::{id::TokenId, limits, timestamp::Timestamp};

type Row = (i64, String, String, String, i64, i64);

impl Store {
    /// The counts of a token from one instant (its hour included) until another, the newest hour first; at most a page of them.
    pub async fn usage_rows(&self, token: TokenId, from: Timestamp, until: Timestamp, limit: usize) -> Result<Vec<UsageDelta>> {
        let find = "SELECT hour, outcome, route, network, CAST(previous_secret AS BIGINT), CAST(count AS BIGINT) FROM usage_rollups \
                    WHERE token = $1 AND hour >= $2 AND hour < $3 ORDER BY hour DESC, outcome, route, network, previous_secret LIMIT $4";
        let limit = i64::try_from(limit.clamp(1, limits::PAGE_MAX)).unwrap_or(1);
        let (from, until) = (from.hour().as_micros(), until.as_micros());
        let rows = read!(self, link => async { Ok::<_, Fault>(fetch_all!(link, Row, find, token.to_string(), from, until, limit)?) })?;
        Ok(rows.into_iter().map(|row| delta(token, row)).collect())
    }
}

fn delta(token: TokenId, (hour, outcome, route, network, previous_secret, count): Row) -> UsageDelta {
    UsageDelta {
        token,
        hour: Timestamp::from_micros(hour),
        outcome,
        route,
        network,
        previous_secret: previous_secret != 0,
        count: u64::try_from(count).unwrap_or_default(),
    }
}
