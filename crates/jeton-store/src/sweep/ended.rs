//! What has ended and nobody asks for: device codes, links about accounts, delivered logouts, places of dead JWTs, rotations that are
//! long over.

use crate::{
    fault::Fault,
    link::execute,
    writer::{Operation, Tx},
};
use jeton_core::{limits, timestamp::Timestamp};

/// One batch of each kind.
pub(super) struct Ended {
    pub(super) now: Timestamp,
    pub(super) limit: i64,
}

impl Operation for Ended {
    type Answer = u64;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<u64, Fault> {
        let devices = execute!(
            &mut tx.link,
            "DELETE FROM device_codes WHERE digest IN (SELECT digest FROM device_codes WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
            self.now.minus(limits::SPENT_CODE_LIFE).as_micros(),
            self.limit,
        )?;
        let links = execute!(
            &mut tx.link,
            "DELETE FROM account_links WHERE id IN (SELECT id FROM account_links WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
            self.now.minus(limits::DEAD_LINK_LIFE).as_micros(),
            self.limit,
        )?;
        let logouts = execute!(
            &mut tx.link,
            "DELETE FROM logout_deliveries WHERE id IN \
             (SELECT id FROM logout_deliveries WHERE created_at < $1 ORDER BY created_at LIMIT $2)",
            self.now.minus(limits::LOGOUT_KEPT).as_micros(),
            self.limit,
        )?;
        // The places of the newest list stay, so that none of them is given out twice.
        let slots = execute!(
            &mut tx.link,
            "DELETE FROM status_slots WHERE token IN (SELECT token FROM status_slots WHERE expires_at < $1 \
             AND list < (SELECT MAX(list) FROM status_slots) ORDER BY expires_at LIMIT $2)",
            self.now.minus(limits::JWT_SKEW_MAX).as_micros(),
            self.limit,
        )?;
        let rotations = execute!(
            &mut tx.link,
            "DELETE FROM silent_rotations WHERE token IN (SELECT token FROM silent_rotations WHERE ended_at < $1 ORDER BY ended_at LIMIT $2)",
            self.now.minus(limits::DEAD_TOKEN_LIFE).as_micros(),
            self.limit,
        )?;
        Ok(devices.max(links).max(logouts).max(slots).max(rotations))
    }
}
