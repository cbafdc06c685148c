//! Names that are good for once (`jti`): kept as hashes until whatever carries them would be refused for its age anyway.

use crate::{
    error::Result,
    fault::Fault,
    link::execute,
    store::Store,
    writer::{Operation, Tx},
};
use jeton_core::timestamp::Timestamp;

impl Store {
    /// Spends a name, durably and for all nodes; `false` when it was spent before. The digest must cover what the name is for
    /// and whose it is.
    pub async fn spend_id(&self, digest: [u8; 32], expires_at: Timestamp) -> Result<bool> {
        self.write(Spend { digest, expires_at }).await
    }
}

struct Spend {
    digest: [u8; 32],
    expires_at: Timestamp,
}

impl Operation for Spend {
    type Answer = bool;
    const REFUSES_FIRST: bool = true;
    const ONLY_ISSUES: bool = true;

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<bool, Fault> {
        let inserted = execute!(
            &mut tx.link,
            "INSERT INTO spent_ids (digest, expires_at) VALUES ($1, $2) ON CONFLICT (digest) DO NOTHING",
            self.digest.as_slice(),
            self.expires_at.as_micros(),
        )?;
        Ok(inserted == 1)
    }
}
