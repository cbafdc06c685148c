//! Reading use: sums over a period, last uses, who still uses the secret before the last rotation.

use super::{GroupBy, LastUse, Sighting, UsageSum};
use crate::{
    error::Result,
    fault::Fault,
    link::{fetch_all, fetch_optional},
    marks::tampered,
    store::{Store, read::read},
};
use jeton_core::{id::TokenId, limits, timestamp::Timestamp};

/// Most sums that one question is answered with.
const SUMS_MAX: i64 = 10_000;

type LastRow = (String, i64, Option<String>, Option<String>, Option<i64>, Option<String>);

impl Store {
    /// The use of a token from one instant (its hour included) until another, summed up; the busiest first, hours in order.
    pub async fn usage_of(&self, token: TokenId, from: Timestamp, until: Timestamp, by: GroupBy) -> Result<Vec<UsageSum>> {
        let (from, until) = (from.hour().as_micros(), until.as_micros());
        let rows = match by {
            GroupBy::Hour => {
                let sum = "SELECT CAST(hour AS TEXT), CAST(SUM(count) AS BIGINT), \
                           CAST(SUM(CASE WHEN outcome = 'ok' THEN count ELSE 0 END) AS BIGINT), MAX(hour) FROM usage_rollups \
                           WHERE token = $1 AND hour >= $2 AND hour < $3 GROUP BY hour ORDER BY hour LIMIT $4";
                self.sums(sum, token, from, until).await?
            }
            GroupBy::Outcome => {
                let sum = "SELECT outcome, CAST(SUM(count) AS BIGINT), \
                           CAST(SUM(CASE WHEN outcome = 'ok' THEN count ELSE 0 END) AS BIGINT), MAX(hour) FROM usage_rollups \
                           WHERE token = $1 AND hour >= $2 AND hour < $3 GROUP BY outcome ORDER BY 2 DESC, outcome LIMIT $4";
                self.sums(sum, token, from, until).await?
            }
            GroupBy::Route => {
                let sum = "SELECT route, CAST(SUM(count) AS BIGINT), \
                           CAST(SUM(CASE WHEN outcome = 'ok' THEN count ELSE 0 END) AS BIGINT), MAX(hour) FROM usage_rollups \
                           WHERE token = $1 AND hour >= $2 AND hour < $3 GROUP BY route ORDER BY 2 DESC, route LIMIT $4";
                self.sums(sum, token, from, until).await?
            }
            GroupBy::Network => {
                let sum = "SELECT network, CAST(SUM(count) AS BIGINT), \
                           CAST(SUM(CASE WHEN outcome = 'ok' THEN count ELSE 0 END) AS BIGINT), MAX(hour) FROM usage_rollups \
                           WHERE token = $1 AND hour >= $2 AND hour < $3 GROUP BY network ORDER BY 2 DESC, network LIMIT $4";
                self.sums(sum, token, from, until).await?
            }
        };
        Ok(rows.into_iter().map(|row| sum(row, by)).collect())
    }
    /// Who presented the secret before the last rotation since an instant, by network.
    pub async fn previous_secret_uses(&self, token: TokenId, since: Timestamp) -> Result<Vec<UsageSum>> {
        let find = "SELECT network, CAST(SUM(count) AS BIGINT), \
                    CAST(SUM(CASE WHEN outcome = 'ok' THEN count ELSE 0 END) AS BIGINT), MAX(hour) FROM usage_rollups \
                    WHERE token = $1 AND previous_secret = 1 AND hour >= $2 AND hour < $3 GROUP BY network ORDER BY 2 DESC, network LIMIT $4";
        let rows = self.sums(find, token, since.hour().as_micros(), i64::MAX).await?;
        Ok(rows.into_iter().map(|row| sum(row, GroupBy::Network)).collect())
    }
    /// The newest use of a token.
    pub async fn last_use(&self, token: TokenId) -> Result<Option<LastUse>> {
        let find = "SELECT token, at, client_ip, user_agent, previous_secret_at, previous_secret_ip FROM last_uses WHERE token = $1";
        read!(self, link => async { fetch_optional!(link, LastRow, find, token.to_string())?.map(last).transpose() })
    }
    /// The newest uses of many tokens, those that were never used left out. At most a page of them.
    pub async fn last_uses(&self, tokens: &[TokenId]) -> Result<Vec<LastUse>> {
        let ids = tokens.iter().take(limits::PAGE_MAX).map(|id| format!("\"{id}\"")).collect::<Vec<_>>().join(",");
        let ids = format!("[{ids}]");
        read!(self, link => async {
            let rows = match link {
                crate::link::Link::Sqlite(own) => {
                    sqlx::query_as::<_, LastRow>("SELECT token, at, client_ip, user_agent, previous_secret_at, previous_secret_ip \
                        FROM last_uses WHERE token IN (SELECT value FROM json_each($1))").bind(&ids).fetch_all(&mut **own).await?
                }
                crate::link::Link::Postgres(own) => {
                    sqlx::query_as::<_, LastRow>("SELECT token, at, client_ip, user_agent, previous_secret_at, previous_secret_ip \
                        FROM last_uses WHERE token IN (SELECT json_array_elements_text($1::json))").bind(&ids).fetch_all(&mut **own).await?
                }
            };
            rows.into_iter().map(last).collect::<std::result::Result<Vec<_>, Fault>>()
        })
    }
    /// The networks that a token was seen from, the newest to be seen first.
    pub async fn sightings_of(&self, token: TokenId) -> Result<Vec<Sighting>> {
        let find = "SELECT network, at FROM first_sightings WHERE token = $1 ORDER BY at DESC, network LIMIT $2";
        let rows = read!(self, link => async {
            Ok::<_, Fault>(fetch_all!(link, (String, i64), find, token.to_string(), limits::SIGHTINGS_PER_TOKEN as i64)?)
        })?;
        Ok(rows.into_iter().map(|(network, at)| Sighting { network, at: Timestamp::from_micros(at) }).collect())
    }
    async fn sums(&self, statement: &'static str, token: TokenId, from: i64, until: i64) -> Result<Vec<(String, i64, i64, i64)>> {
        read!(self, link => async {
            Ok::<_, Fault>(fetch_all!(link, (String, i64, i64, i64), statement, token.to_string(), from, until, SUMS_MAX)?)
        })
    }
}

fn sum((key, count, permitted, hour): (String, i64, i64, i64), by: GroupBy) -> UsageSum {
    let last_hour = Timestamp::from_micros(hour);
    let key = if by == GroupBy::Hour { last_hour.to_string() } else { key };
    let number = |count: i64| u64::try_from(count).unwrap_or_default();
    UsageSum { key, count: number(count), permitted: number(permitted), last_hour }
}

fn last((token, at, client_ip, user_agent, previous_at, previous_secret_ip): LastRow) -> std::result::Result<LastUse, Fault> {
    let token = TokenId::parse(&token).map_err(|_| tampered("last_uses", &token, "its token's id is none"))?;
    let previous_secret_at = previous_at.map(Timestamp::from_micros);
    Ok(LastUse { token, at: Timestamp::from_micros(at), client_ip, user_agent, previous_secret_at, previous_secret_ip })
}
