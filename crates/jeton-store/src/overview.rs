//! Sums over a whole organisation, for who asks whether anything is wrong: read in parts of a bounded size, so that no statement
//! takes long however much there is. What is read here is only ever shown: marks are not looked at, and no decision rests on it.

use crate::{
    error::Result,
    fault::Fault,
    link::{fetch_all, fetch_one},
    marks::tampered,
    store::{Store, read::read},
};
use jeton_core::{
    id::{OrganisationId, TokenId},
    limits,
    policy::Policy,
    timestamp::Timestamp,
};

/// How often an organisation's tokens met an outcome in one hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageTotal {
    /// The start of the hour.
    pub hour: Timestamp,
    /// `ok` or the code of the refusal.
    pub outcome: String,
    /// How often.
    pub count: u64,
}

/// What is asked of tokens when they are counted.
#[derive(Clone, Copy, Debug)]
pub struct SurveyQuestion {
    /// Now.
    pub now: Timestamp,
    /// One that was not used since is idle.
    pub idle_since: Timestamp,
    /// One that ends before is about to.
    pub ending_before: Timestamp,
}

/// A part of the count of an organisation's live tokens: personal, API keys, publishable ones, and those of services.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SurveyPart {
    /// How many are live.
    pub live: u64,
    /// Of these, how many never end.
    pub endless: u64,
    /// How many end soon.
    pub ending: u64,
    /// How many were not used for long.
    pub idle: u64,
    /// Where the next part begins; `None` when this was the last.
    pub next: Option<TokenId>,
}

/// A token that is in use, with what it may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenInUse {
    /// The token.
    pub id: TokenId,
    /// What it may do.
    pub policy: Policy,
}

type SurveyRow = (Option<String>, i64, i64, i64, i64, i64);

impl Store {
    /// How the calls of an organisation's tokens came out, by hour, from one instant (its hour included) until another.
    pub async fn usage_totals(&self, owner: OrganisationId, from: Timestamp, until: Timestamp) -> Result<Vec<UsageTotal>> {
        // The other way about (SQLite's own choice) each stretch would look at every token, used or not.
        let find = "SELECT u.hour, u.outcome, CAST(SUM(u.count) AS BIGINT) FROM usage_rollups u CROSS JOIN tokens t \
                    WHERE u.hour >= $2 AND u.hour < $3 AND t.id = u.token AND t.organisation = $1 \
                    GROUP BY u.hour, u.outcome ORDER BY u.hour, u.outcome";
        let (from, until) = (from.hour().as_micros(), until.as_micros());
        let rows = read!(self, link => async {
            Ok::<_, Fault>(fetch_all!(link, (i64, String, i64), find, owner.to_string(), from, until)?)
        })?;
        let total = |(hour, outcome, count)| UsageTotal { hour: Timestamp::from_micros(hour), outcome, count: number(count) };
        Ok(rows.into_iter().map(total).collect())
    }
    /// Counts a part of an organisation's tokens; `after` is where the part before ended.
    pub async fn survey_tokens(&self, owner: OrganisationId, after: Option<TokenId>, asked: SurveyQuestion) -> Result<SurveyPart> {
        let count = "SELECT MAX(c.id), COUNT(*), CAST(COALESCE(SUM(c.live), 0) AS BIGINT), \
                     CAST(COALESCE(SUM(CASE WHEN c.live = 1 AND c.expires_at IS NULL THEN 1 ELSE 0 END), 0) AS BIGINT), \
                     CAST(COALESCE(SUM(CASE WHEN c.live = 1 AND c.expires_at <= $6 THEN 1 ELSE 0 END), 0) AS BIGINT), \
                     CAST(COALESCE(SUM(CASE WHEN c.live = 1 AND COALESCE(l.at, c.issued_at) < $5 THEN 1 ELSE 0 END), 0) AS BIGINT) \
                     FROM (SELECT id, expires_at, issued_at, \
                       CASE WHEN organisation = $1 AND state = 'active' AND COALESCE(expires_at, $4 + 1) > $4 \
                         AND kind IN ('pat', 'key', 'pub', 'svc') THEN 1 ELSE 0 END AS live \
                       FROM tokens WHERE id > $2 ORDER BY id LIMIT $3) c LEFT JOIN last_uses l ON l.token = c.id";
        let part = limits::SURVEY_PART;
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        let (last, seen, live, endless, ending, idle) = read!(self, link => async {
            let (now, idle, ending) = (asked.now.as_micros(), asked.idle_since.as_micros(), asked.ending_before.as_micros());
            Ok::<_, Fault>(fetch_one!(link, SurveyRow, count, owner.to_string(), after.as_str(), part, now, idle, ending)?)
        })?;
        let next = last.filter(|_| seen == part).as_deref().map(token).transpose()?;
        Ok(SurveyPart { live: number(live), endless: number(endless), ending: number(ending), idle: number(idle), next })
    }
    /// The tokens of an organisation whose secret before the last rotation was used since an instant, the latest first.
    pub async fn users_of_old_secrets(&self, owner: OrganisationId, since: Timestamp, limit: usize) -> Result<Vec<TokenId>> {
        let find = "SELECT t.id FROM last_uses l JOIN tokens t ON t.id = l.token WHERE l.previous_secret_at >= $2 \
                    AND t.organisation = $1 AND t.state = 'active' AND t.previous_until IS NOT NULL \
                    ORDER BY l.previous_secret_at DESC, t.id LIMIT $3";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = read!(self, link => async {
            Ok::<_, Fault>(fetch_all!(link, (String,), find, owner.to_string(), since.as_micros(), limit)?)
        })?;
        rows.iter().map(|(id,)| token(id)).collect()
    }
    /// The live tokens of an organisation that were used since an instant, those used last first.
    pub async fn tokens_in_use(&self, owner: OrganisationId, since: Timestamp, limit: usize) -> Result<Vec<TokenInUse>> {
        let find = "SELECT t.id, t.policy FROM last_uses l JOIN tokens t ON t.id = l.token WHERE l.at >= $2 \
                    AND t.organisation = $1 AND t.state = 'active' AND t.kind IN ('pat', 'key', 'svc') ORDER BY l.at DESC, t.id LIMIT $3";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = read!(self, link => async {
            Ok::<_, Fault>(fetch_all!(link, (String, String), find, owner.to_string(), since.as_micros(), limit)?)
        })?;
        let in_use = |(id, policy): (String, String)| {
            let policy = serde_json::from_str(&policy).map_err(|_| tampered("tokens", &id, "its policy cannot be read"))?;
            Ok(TokenInUse { id: token(&id)?, policy })
        };
        rows.into_iter().map(in_use).collect()
    }
    /// The routes that each of these tokens passed at since an instant (its hour included). At most a page of tokens.
    pub async fn routes_used(&self, tokens: &[TokenId], since: Timestamp) -> Result<Vec<(TokenId, String)>> {
        let ids = tokens.iter().take(limits::PAGE_MAX).map(|id| format!("\"{id}\"")).collect::<Vec<_>>().join(",");
        let (ids, since) = (format!("[{ids}]"), since.hour().as_micros());
        let rows = read!(self, link => async {
            let rows = match link {
                crate::link::Link::Sqlite(own) => {
                    sqlx::query_as::<_, (String, String)>("SELECT DISTINCT token, route FROM usage_rollups \
                        WHERE token IN (SELECT value FROM json_each($1)) AND hour >= $2 AND outcome = 'ok' ORDER BY token, route")
                        .bind(&ids).bind(since).fetch_all(&mut **own).await?
                }
                crate::link::Link::Postgres(own) => {
                    sqlx::query_as::<_, (String, String)>("SELECT DISTINCT token, route FROM usage_rollups \
                        WHERE token IN (SELECT json_array_elements_text($1::json)) AND hour >= $2 AND outcome = 'ok' ORDER BY token, route")
                        .bind(&ids).bind(since).fetch_all(&mut **own).await?
                }
            };
            Ok::<_, Fault>(rows)
        })?;
        rows.into_iter().map(|(id, route)| Ok((token(&id)?, route))).collect()
    }
}

fn number(count: i64) -> u64 {
    u64::try_from(count).unwrap_or_default()
}

fn token(id: &str) -> Result<TokenId> {
    TokenId::parse(id).map_err(|_| tampered("tokens", id, "its id is none").into())
}
