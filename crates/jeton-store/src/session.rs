//! Sessions: a person who signed in at a browser. Stored is the SHA-256 of the cookie; which apps were used in a session is
//! noted, so that they can be told of its end.
//!
//! Never believes a session that is ended, was idle too long, or is older than it may be.

mod client;
mod end;
mod row;
mod start;

pub use end::{EndedSession, RENEWED};
pub(crate) use end::{end_all, end_started_until};

use crate::{
    error::StoreError,
    page::{Page, PageRequest},
    store::{Store, read::read},
};
use jeton_core::{
    id::{OrganisationId, SessionId, UserId},
    timestamp::{Span, Timestamp},
};
use row::Cursor;

/// A session as stored. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its id; the `sid` of ID tokens.
    pub id: SessionId,
    /// The person's organisation.
    pub organisation: OrganisationId,
    /// The person.
    pub user: UserId,
    /// How the person proved who it is (RFC 8176).
    pub methods: Vec<String>,
    /// When.
    pub authenticated_at: Timestamp,
    /// When it was started.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub seen_at: Timestamp,
    /// When it is over at the latest.
    pub expires_at: Timestamp,
    /// From where it was started.
    pub client_ip: Option<String>,
    /// By what it was started.
    pub user_agent: Option<String>,
    /// When it was ended.
    pub ended_at: Option<Timestamp>,
}

/// A session about to be started.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// The session; `ended_at` and `seen_at` of it are not looked at.
    pub session: Session,
    /// SHA-256 of the cookie.
    pub digest: [u8; 32],
}

/// How long sessions may last, as it is configured now.
#[derive(Clone, Copy, Debug)]
pub struct SessionLimits {
    /// Without being used.
    pub idle: Span,
    /// In all.
    pub whole: Span,
}

impl Session {
    /// Whether it can still be used.
    pub fn is_alive_at(&self, now: Timestamp, limits: SessionLimits) -> bool {
        let end = self.expires_at.min(self.authenticated_at.plus(limits.whole)).min(self.seen_at.plus(limits.idle));
        self.ended_at.is_none() && now < end
    }
}

impl Store {
    /// The session of a cookie, where it can still be used.
    pub async fn find_session_at(&self, digest: [u8; 32], now: Timestamp, limits: SessionLimits) -> Result<Option<Session>, StoreError> {
        let found = read!(self, link => row::find(link, self.marks(), &digest))?;
        Ok(found.filter(|session| session.is_alive_at(now, limits)))
    }
    /// A user's sessions that can still be used, the newest first.
    pub async fn list_sessions_at(
        &self,
        user: UserId,
        now: Timestamp,
        limits: SessionLimits,
        page: PageRequest,
    ) -> Result<Page<Session>, StoreError> {
        let after = page.after.as_deref().map(Cursor::parse).transpose()?.unwrap_or_else(Cursor::before_first);
        let alive_since = now.minus(limits.idle).as_micros();
        let rows = read!(self, link => row::list(link, self.marks(), user, &after, (now.as_micros(), alive_since), page.limit()))?;
        let Page { items, next } = Page::cut(rows, page.limit(), Cursor::of);
        Ok(Page { items: items.into_iter().filter(|session| session.is_alive_at(now, limits)).collect(), next })
    }
}
