//! Refusals: kept whole for explanations, the newest of each token and the newest in all.

use super::RefusalRow;
use crate::{
    error::Result,
    fault::Fault,
    link::{execute, fetch_all, fetch_optional, upsert_all},
    marks::tampered,
    row::row,
    store::{Store, read::read},
    writer::Tx,
};
use jeton_core::{
    id::{DecisionId, TokenId},
    limits,
    timestamp::Timestamp,
};
use std::collections::{BTreeMap, BTreeSet};

row! {
    /// A refusal as it lies in the table.
    struct Row {
        decision: String,
        at: i64,
        token: Option<String>,
        code: String,
        cause: String,
        method: Option<String>,
        path: Option<String>,
        audience: Option<String>,
        scopes: String,
        client_ip: Option<String>,
        user_agent: Option<String>,
    }
}

impl Row {
    fn read(self) -> std::result::Result<RefusalRow, Fault> {
        let bad = |_| tampered("refusals", &self.decision, "an id in it is none");
        Ok(RefusalRow {
            decision: DecisionId::parse(&self.decision).map_err(bad)?,
            at: Timestamp::from_micros(self.at),
            token: self.token.as_deref().map(TokenId::parse).transpose().map_err(bad)?,
            code: self.code,
            cause: self.cause,
            method: self.method,
            path: self.path,
            audience: self.audience,
            scopes: self.scopes,
            client_ip: self.client_ip,
            user_agent: self.user_agent,
        })
    }
}

impl Store {
    /// The refusal of this decision, where it is still kept.
    pub async fn refusal(&self, decision: DecisionId) -> Result<Option<RefusalRow>> {
        let find = "SELECT decision, at, token, code, cause, method, path, audience, scopes, client_ip, user_agent \
                    FROM refusals WHERE decision = $1";
        read!(self, link => async { fetch_optional!(link, Row, find, decision.to_string())?.map(Row::read).transpose() })
    }
    /// The newest refusals of a token, the newest first.
    pub async fn refusals_of(&self, token: TokenId, limit: usize) -> Result<Vec<RefusalRow>> {
        let find = "SELECT decision, at, token, code, cause, method, path, audience, scopes, client_ip, user_agent \
                    FROM refusals WHERE token = $1 ORDER BY at DESC, decision LIMIT $2";
        let limit = limit.clamp(1, limits::REFUSALS_PER_TOKEN) as i64;
        read!(self, link => async { fetch_all!(link, Row, find, token.to_string(), limit)?.into_iter().map(Row::read).collect() })
    }
}

impl Store {
    /// The newest refusals of any of these tokens, the newest first. At most a page of tokens.
    pub async fn newest_refusals(&self, tokens: &[TokenId], limit: usize) -> Result<Vec<RefusalRow>> {
        let ids = tokens.iter().take(limits::PAGE_MAX).map(|id| format!("\"{id}\"")).collect::<Vec<_>>().join(",");
        let ids = format!("[{ids}]");
        let limit = limit.clamp(1, limits::REFUSALS_PER_TOKEN) as i64;
        read!(self, link => async {
            let rows = match link {
                crate::link::Link::Sqlite(own) => {
                    sqlx::query_as::<_, Row>("SELECT decision, at, token, code, cause, method, path, audience, scopes, client_ip, user_agent \
                        FROM refusals WHERE token IN (SELECT value FROM json_each($1)) ORDER BY at DESC, decision LIMIT $2")
                        .bind(&ids).bind(limit).fetch_all(&mut **own).await?
                }
                crate::link::Link::Postgres(own) => {
                    sqlx::query_as::<_, Row>("SELECT decision, at, token, code, cause, method, path, audience, scopes, client_ip, user_agent \
                        FROM refusals WHERE token IN (SELECT json_array_elements_text($1::json)) ORDER BY at DESC, decision LIMIT $2")
                        .bind(&ids).bind(limit).fetch_all(&mut **own).await?
                }
            };
            rows.into_iter().map(Row::read).collect()
        })
    }
}

/// Adds refusals and drops the oldest of a token beyond what is kept of one.
pub(super) async fn keep(tx: &mut Tx<'_>, refusals: &[RefusalRow]) -> std::result::Result<(), Fault> {
    let once: BTreeMap<String, &RefusalRow> = refusals.iter().map(|row| (row.decision.to_string(), row)).collect();
    let rows: Vec<(String, &RefusalRow)> = once.into_iter().collect();
    upsert_all!(
        &mut tx.link,
        "INSERT INTO refusals (decision, at, token, code, cause, method, path, audience, scopes, client_ip, user_agent) ",
        " ON CONFLICT (decision) DO NOTHING",
        rows.as_slice(),
        |values, row| values
            .push_bind(row.0.as_str())
            .push_bind(row.1.at.as_micros())
            .push_bind(row.1.token.map(|id| id.to_string()))
            .push_bind(row.1.code.as_str())
            .push_bind(row.1.cause.as_str())
            .push_bind(row.1.method.as_deref())
            .push_bind(row.1.path.as_deref())
            .push_bind(row.1.audience.as_deref())
            .push_bind(row.1.scopes.as_str())
            .push_bind(row.1.client_ip.as_deref())
            .push_bind(row.1.user_agent.as_deref())
    )?;
    let tokens: BTreeSet<TokenId> = rows.iter().filter_map(|(_, row)| row.token).collect();
    for token in tokens {
        execute!(
            &mut tx.link,
            "DELETE FROM refusals WHERE decision IN (SELECT decision FROM refusals WHERE token = $1 \
             ORDER BY at DESC, decision LIMIT 1000000 OFFSET $2)",
            token.to_string(),
            limits::REFUSALS_PER_TOKEN as i64,
        )?;
    }
    drop_beyond(tx).await
}

/// Drops the oldest beyond what is kept in all.
async fn drop_beyond(tx: &mut Tx<'_>) -> std::result::Result<(), Fault> {
    let find = "SELECT at FROM refusals ORDER BY at DESC LIMIT 1 OFFSET $1";
    if let Some((at,)) = fetch_optional!(&mut tx.link, (i64,), find, limits::REFUSALS_MAX as i64)? {
        execute!(&mut tx.link, "DELETE FROM refusals WHERE at <= $1", at)?;
    }
    Ok(())
}
