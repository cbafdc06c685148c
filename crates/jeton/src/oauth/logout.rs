//! Back-channel logout: clients are told that a session has ended. What is to be told was queued in the transaction that ended it.

use crate::authority::Authority;
use jeton_store::session::EndedSession;

/// A session has ended: whoever delivers does so now instead of a little later.
#[expect(clippy::unused_async, reason = "callers wait for it as for every use case")]
pub async fn tell_clients(authority: &Authority, ended: &EndedSession) {
    if !ended.clients.is_empty() {
        authority.logouts.notify_one();
    }
}
