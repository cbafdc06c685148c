//! Tokens that were revoked or have expired long ago. Children go before their parents.

use crate::{
    audit::Actor,
    fault::Fault,
    link::{execute, fetch_all},
    marks::tampered,
    writer::{Operation, Tx},
};
use jeton_core::{change::Changed, id::TokenId, limits, timestamp::Timestamp};

/// One batch of them.
pub(super) struct DeadTokens {
    pub(super) now: Timestamp,
    pub(super) limit: i64,
}

impl Operation for DeadTokens {
    type Answer = u64;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<u64, Fault> {
        let find = "SELECT id FROM tokens WHERE ((state = 'revoked' AND changed_at < $1) OR expires_at < $1 OR (kind = 'oat' AND parent IS NOT NULL AND expires_at < $3)) \
                    AND NOT EXISTS (SELECT 1 FROM tokens AS child WHERE child.parent = tokens.id) ORDER BY id LIMIT $2";
        let dead_since = self.now.minus(limits::DEAD_TOKEN_LIFE).as_micros();
        // Short-lived by the thousands: whoever asks about one that ended yesterday learns nothing from its row.
        let ended_before = self.now.minus(limits::DEAD_ACCESS_TOKEN_LIFE).as_micros();
        let ids = fetch_all!(&mut tx.link, (String,), find, dead_since, self.limit, ended_before)?;
        for (id,) in &ids {
            execute!(&mut tx.link, "DELETE FROM tokens WHERE id = $1", id.as_str())?;
            let token = TokenId::parse(id).map_err(|_| tampered("tokens", id, "its id is none"))?;
            tx.changed(self.now, Changed::Token(token));
        }
        if !ids.is_empty() {
            let details = serde_json::json!({ "tokens": ids.len() });
            tx.audit(&Actor::system(self.now), None, "store.sweep", "tokens", details);
        }
        Ok(ids.len() as u64)
    }
}
