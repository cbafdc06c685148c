//! Starting a session, and noting that it is used. Starting one ends no other.

use super::{NewSession, Session, row::SessionRow, row::load};
use crate::{
    audit::Actor,
    error::StoreError,
    fault::Fault,
    store::Store,
    user::load_owned,
    writer::{Operation, Tx},
};
use jeton_core::{id::SessionId, limits, timestamp::Timestamp};
use serde_json::json;

impl Store {
    /// Starts a session of a user whose account is open.
    pub async fn start_session(&self, new: NewSession, actor: Actor) -> Result<Session, StoreError> {
        self.write(Start { new, actor }).await
    }
    /// Notes that a session is used; at most once a minute, and never for one that was ended.
    pub async fn touch_session_at(&self, session: &Session, now: Timestamp) -> Result<(), StoreError> {
        if now < session.seen_at.plus(limits::SESSION_TOUCH_EVERY) {
            return Ok(());
        }
        self.write(Touch { id: session.id, now }).await
    }
}

struct Start {
    new: NewSession,
    actor: Actor,
}

impl Operation for Start {
    type Answer = Session;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Session, Fault> {
        let session = Session { ended_at: None, seen_at: self.actor.at, ..self.new.session.clone() };
        let user = load_owned(&mut tx.link, &tx.shared.marks, session.organisation, session.user).await?;
        if user.disabled {
            return Err(StoreError::Conflict("the account is disabled".to_owned()).into());
        }
        let row = SessionRow {
            id: session.id.to_string(),
            organisation: session.organisation.to_string(),
            account: session.user.to_string(),
            digest: self.new.digest.to_vec(),
            methods: session.methods.join(" "),
            authenticated_at: session.authenticated_at.as_micros(),
            created_at: tx.issued_at(session.organisation, session.created_at.as_micros()),
            seen_at: session.seen_at.as_micros(),
            expires_at: session.expires_at.as_micros(),
            client_ip: session.client_ip.clone(),
            user_agent: session.user_agent.clone(),
            ended_at: None,
            mark: Vec::new(),
        };
        row.insert(tx).await?;
        let details = json!({ "user": session.user, "methods": session.methods });
        tx.audit(&self.actor, Some(session.organisation), "session.start", &session.id.to_string(), details);
        Ok(session)
    }
}

struct Touch {
    id: SessionId,
    now: Timestamp,
}

impl Operation for Touch {
    type Answer = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        let Some(mut row) = load(&mut tx.link, &tx.shared.marks, self.id).await? else { return Ok(()) };
        let due = Timestamp::from_micros(row.seen_at).plus(limits::SESSION_TOUCH_EVERY);
        if row.ended_at.is_some() || self.now < due {
            return Ok(());
        }
        row.seen_at = self.now.as_micros();
        row.update(tx).await
    }
}
