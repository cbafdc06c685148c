//! Uses of an old secret after its overlap was ended: reported once for each rotation, so that whoever holds the old secret cannot fill
//! the audit chain.

use super::{SilentRotation, find, put};
use crate::{
    audit::Actor,
    error::Result,
    fault::Fault,
    link::fetch_all,
    marks::tampered,
    store::Store,
    token::load,
    writer::{Operation, Tx},
};
use jeton_core::{denial::Denial, id::TokenId, timestamp::Timestamp};
use serde_json::json;

const LATE: &str = "SELECT r.token, MAX(f.at), MAX(f.client_ip) FROM silent_rotations r JOIN refusals f ON f.token = r.token \
                    WHERE r.ended_at IS NOT NULL AND r.reported_at IS NULL AND f.at > r.ended_at AND f.cause = $1 \
                    GROUP BY r.token ORDER BY r.token LIMIT $2";

impl Store {
    /// Reports tokens whose old secret was used after its overlap was ended; gives how many.
    pub async fn report_late_uses_at(&self, now: Timestamp, batch: usize) -> Result<usize> {
        self.write(Late { now, limit: i64::try_from(batch.clamp(1, 1000)).unwrap_or(1000) }).await
    }
}

struct Late {
    now: Timestamp,
    limit: i64,
}

impl Operation for Late {
    type Answer = usize;

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<usize, Fault> {
        let late = fetch_all!(&mut tx.link, (String, i64, Option<String>), LATE, Denial::RotatedOut.cause(), self.limit)?;
        for (id, at, client_ip) in &late {
            let token = TokenId::parse(id).map_err(|_| tampered("silent_rotations", id, "its token's id is none"))?;
            let Some(noted) = find(&mut tx.link, &tx.shared.marks, token).await? else { continue };
            let row = load(&mut tx.link, &tx.shared.marks, token).await?;
            let organisation = row.map(|row| row.record()).transpose()?.map(|record| record.policy.organisation);
            let details = json!({ "used_at": Timestamp::from_micros(*at), "client_ip": client_ip, "overlap_ended_at": noted.ended_at });
            tx.audit(&Actor::system(self.now), organisation, "token.old_secret_used", id, details);
            put(tx, &SilentRotation { reported_at: Some(self.now), ..noted }).await?;
        }
        Ok(late.len())
    }
}
