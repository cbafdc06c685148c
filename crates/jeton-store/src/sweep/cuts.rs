//! What was cut long ago: the tokens, and a cut itself once no token is left that it covers. One cut in each run.

use crate::{
    audit::Actor,
    fault::Fault,
    link::{Link, execute, fetch_all, fetch_optional},
    marks::tampered,
    writer::{Operation, Tx},
};
use jeton_core::{change::Changed, id::TokenId, limits, timestamp::Timestamp};

/// One batch of the oldest cut.
pub(super) struct OldCut {
    pub(super) now: Timestamp,
    pub(super) limit: i64,
}

/// Tokens that a cut covers: one column of them, and what more is asked of them.
macro_rules! covered {
    ($column:literal, $client:literal, $key:literal, $more:literal) => {
        concat!(
            "SELECT ",
            $column,
            " FROM cuts c CROSS JOIN tokens t WHERE c.id = $1 AND t.organisation = c.organisation AND t.issued_at <= c.until \
             AND t.kind <> 'cls' AND (c.kind = 'everything' OR (c.kind = 'subject' AND t.subject = c.value) \
             OR (c.kind = 'project' AND t.project = c.value) OR (c.kind = 'client' AND c.value = ",
            $client,
            ") OR (c.kind = 'signing_key' AND c.value = ",
            $key,
            "))",
            $more
        )
    };
}

macro_rules! childless {
    ($client:literal, $key:literal) => {
        covered!("t.id", $client, $key, " AND NOT EXISTS (SELECT 1 FROM tokens AS child WHERE child.parent = t.id) ORDER BY t.id LIMIT $2")
    };
}

macro_rules! any {
    ($client:literal, $key:literal) => {
        covered!("t.id", $client, $key, " LIMIT 1")
    };
}

const OLDEST: &str = "SELECT id FROM cuts WHERE at < $1 ORDER BY revision LIMIT 1";

impl Operation for OldCut {
    type Answer = u64;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<u64, Fault> {
        let dead_since = self.now.minus(limits::DEAD_TOKEN_LIFE).as_micros();
        let Some((cut,)) = fetch_optional!(&mut tx.link, (String,), OLDEST, dead_since)? else { return Ok(0) };
        let (childless, any) = match tx.link {
            Link::Sqlite(_) => (
                childless!("json_extract(t.policy, '$.client_id')", "json_extract(t.policy, '$.signed_by')"),
                any!("json_extract(t.policy, '$.client_id')", "json_extract(t.policy, '$.signed_by')"),
            ),
            Link::Postgres(_) => (
                childless!("(t.policy::json ->> 'client_id')", "(t.policy::json ->> 'signed_by')"),
                any!("(t.policy::json ->> 'client_id')", "(t.policy::json ->> 'signed_by')"),
            ),
        };
        let ids = fetch_all!(&mut tx.link, (String,), childless, cut.as_str(), self.limit)?;
        for (id,) in &ids {
            execute!(&mut tx.link, "DELETE FROM tokens WHERE id = $1", id.as_str())?;
            let token = TokenId::parse(id).map_err(|_| tampered("tokens", id, "its id is none"))?;
            tx.changed(self.now, Changed::Token(token));
        }
        if fetch_optional!(&mut tx.link, (String,), any, cut.as_str())?.is_none() {
            execute!(&mut tx.link, "DELETE FROM cuts WHERE id = $1", cut.as_str())?;
            let details = serde_json::json!({ "tokens": ids.len() });
            tx.audit(&Actor::system(self.now), None, "store.sweep", &cut, details);
        }
        Ok(ids.len() as u64)
    }
}
