//! Clients that came without an operator and were never used: nobody got a token by them, allowed them anything or laid anything
//! down about them. Without that, strangers could fill the places that there are for clients of their kind, for good.
//!
//! Never removes one that an operator said a word about: what was suspended or rejected stays so.

use crate::{
    audit::Actor,
    client::ClientSource,
    fault::Fault,
    link::{execute, fetch_all},
    marks::tampered,
    outside::Entry,
    writer::{Operation, Tx},
};
use jeton_core::{change::Changed, id::ClientId, limits, oauth::client_policy::ClientPolicy, timestamp::Timestamp};

/// One batch of them.
pub(super) struct UnusedClients {
    pub(super) now: Timestamp,
    pub(super) limit: i64,
}

// An anchor has the digits of its client's id. A client that gets tokens for itself by a key leaves nothing behind a day after, so
// that it cannot be told from one that was never used.
const UNUSED: &str = "SELECT id FROM clients WHERE source <> $1 AND state IN ('approved', 'pending') AND changed_at < $2 AND policy = $3 \
     AND NOT ((registration LIKE '%private_key_jwt%' OR registration LIKE '%tls_client_auth%') \
     AND (registration LIKE '%client_credentials%' OR registration LIKE '%jwt-bearer%' OR registration LIKE '%token-exchange%')) \
     AND NOT EXISTS (SELECT 1 FROM tokens WHERE tokens.parent = substr(clients.id, 5)) \
     AND NOT EXISTS (SELECT 1 FROM last_uses WHERE last_uses.token = substr(clients.id, 5)) \
     AND NOT EXISTS (SELECT 1 FROM consents WHERE consents.client = clients.id) \
     AND NOT EXISTS (SELECT 1 FROM codes WHERE codes.client = clients.id) \
     AND NOT EXISTS (SELECT 1 FROM device_codes WHERE device_codes.client = clients.id) \
     ORDER BY id LIMIT $4";

impl Operation for UnusedClients {
    type Answer = u64;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<u64, Fault> {
        let before = self.now.minus(limits::UNUSED_CLIENT_LIFE).as_micros();
        let untouched =
            serde_json::to_string(&ClientPolicy::default()).map_err(|error| Fault::Engine(sqlx::Error::Encode(error.into())))?;
        let ids = fetch_all!(&mut tx.link, (String,), UNUSED, ClientSource::Operator.as_str(), before, untouched, self.limit)?;
        for (id,) in &ids {
            let client = ClientId::parse(id).map_err(|_| tampered("clients", id, "its id is none"))?;
            execute!(&mut tx.link, "DELETE FROM clients WHERE id = $1", id.as_str())?;
            // Not only revoked: who comes by the address of its metadata may come again, and has the same id then.
            execute!(&mut tx.link, "DELETE FROM tokens WHERE id = $1", client.anchor().digits())?;
            tx.changed(self.now, Changed::Token(client.anchor()));
            tx.changed(self.now, Changed::Client(client));
            tx.journal(Entry::ClientChanged { client, at: self.now });
        }
        if !ids.is_empty() {
            tx.audit(&Actor::system(self.now), None, "store.sweep", "clients", serde_json::json!({ "clients": ids.len() }));
        }
        Ok(ids.len() as u64)
    }
}
