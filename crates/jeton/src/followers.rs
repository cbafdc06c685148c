//! Who follows the change log of this authority, and how far: asking for what comes after a revision acknowledges it.
//!
//! Never holds up a change: whoever waits for acknowledgements waits a bounded time and is told who is behind.

use jeton_core::{change::Revision, id::TokenId};
use parking_lot::Mutex;
use serde::Serialize;
use std::{
    collections::HashMap,
    time::{Duration, Instant},
};
use tokio::sync::Notify;

/// Followers that are remembered.
const FOLLOWERS_MAX: usize = 1024;
/// A follower that was not heard of for this time is gone.
const GONE_AFTER: Duration = Duration::from_secs(60);
/// How long acknowledgements are waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// The followers.
#[derive(Debug, Default)]
pub struct Followers {
    heard: Mutex<HashMap<TokenId, Heard>>,
    moved: Notify,
}

#[derive(Clone, Copy, Debug)]
struct Heard {
    revision: Revision,
    at: Instant,
}

/// One verifier's word on a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Acknowledgement {
    /// `authority` for the process that answers, else the id of the token that follows the change log.
    pub verifier: String,
    /// How far it is.
    pub revision: u64,
    /// Whether that is far enough.
    pub acknowledged: bool,
}

impl Followers {
    /// A follower asks for what comes after `revision`, so it has taken in everything up to there.
    pub fn heard(&self, follower: TokenId, revision: Revision) {
        {
            let mut heard = self.heard.lock();
            let now = Instant::now();
            if heard.len() >= FOLLOWERS_MAX {
                heard.retain(|_, one| now.duration_since(one.at) < GONE_AFTER);
            }
            if heard.len() < FOLLOWERS_MAX || heard.contains_key(&follower) {
                heard.insert(follower, Heard { revision, at: now });
            }
        }
        self.moved.notify_waiters();
    }
    /// Waits until every follower has reached `revision`, or for a bounded time, and lists them. This process has reached it:
    /// its own memory is told of a change before the change is answered.
    pub async fn acknowledged(&self, revision: Revision) -> Vec<Acknowledgement> {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            let moved = self.moved.notified();
            let list = self.list(revision);
            if list.iter().all(|one| one.acknowledged) || tokio::time::timeout_at(deadline, moved).await.is_err() {
                return list;
            }
        }
    }
    fn list(&self, revision: Revision) -> Vec<Acknowledgement> {
        let now = Instant::now();
        let heard = self.heard.lock();
        let mut list = vec![Acknowledgement { verifier: "authority".into(), revision: revision.0, acknowledged: true }];
        let live = heard.iter().filter(|(_, one)| now.duration_since(one.at) < GONE_AFTER);
        list.extend(live.map(|(id, one)| Acknowledgement {
            verifier: id.to_string(),
            revision: one.revision.0,
            acknowledged: one.revision >= revision,
        }));
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_is_behind_is_named_until_it_has_caught_up() {
        let followers = Followers::default();
        let follower = TokenId::from_random([1; 16]);
        followers.heard(follower, Revision(4));
        assert_eq!(followers.list(Revision(5)).iter().map(|one| one.acknowledged).collect::<Vec<_>>(), [true, false]);
        followers.heard(follower, Revision(5));
        let list = followers.acknowledged(Revision(5)).await;
        assert!(list.len() == 2 && list.iter().all(|one| one.acknowledged));
    }
}
