//! Ending sessions: one, or all of a user but one. Nothing brings an ended session back.

use super::{
    client::clients_of,
    row::{SessionRow, load, running},
};
use crate::{
    audit::Actor,
    error::StoreError,
    fault::Fault,
    logout::{self, LoggedOut},
    store::Store,
    writer::{Operation, Tx},
};
use jeton_core::{
    id::{ClientId, OrganisationId, SessionId, UserId},
    timestamp::Timestamp,
};
use serde_json::json;

/// Why a session ends that goes on under another id: the person signed in again. No app is told of that.
pub const RENEWED: &str = "renewed";

/// A session that was ended just now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndedSession {
    /// Which.
    pub id: SessionId,
    /// Whose.
    pub user: UserId,
    /// The person's organisation.
    pub organisation: OrganisationId,
    /// The apps that it signed the person in at: who is to be told.
    pub clients: Vec<ClientId>,
}

impl Store {
    /// Ends a session of a user; `None` where it was ended before.
    pub async fn end_session(
        &self,
        user: UserId,
        id: SessionId,
        why: &'static str,
        actor: Actor,
    ) -> Result<Option<EndedSession>, StoreError> {
        self.write(End { user, id, why, actor }).await
    }
    /// Ends all sessions of a user but `except`.
    pub async fn end_sessions(
        &self,
        user: UserId,
        except: Option<SessionId>,
        why: &'static str,
        actor: Actor,
    ) -> Result<Vec<EndedSession>, StoreError> {
        self.write(EndAll { user, except, why, actor }).await
    }
}

struct End {
    user: UserId,
    id: SessionId,
    why: &'static str,
    actor: Actor,
}

impl Operation for End {
    type Answer = Option<EndedSession>;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Option<EndedSession>, Fault> {
        let row = load(&mut tx.link, &tx.shared.marks, self.id).await?;
        let row = row.filter(|row| row.account == self.user.to_string()).ok_or(StoreError::NotFound("session"))?;
        if row.ended_at.is_some() {
            return Ok(None);
        }
        end(tx, row, self.why, &self.actor).await.map(Some)
    }
}

struct EndAll {
    user: UserId,
    except: Option<SessionId>,
    why: &'static str,
    actor: Actor,
}

impl Operation for EndAll {
    type Answer = Vec<EndedSession>;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Vec<EndedSession>, Fault> {
        end_all(tx, self.user, self.except, self.why, &self.actor).await
    }
}

/// Ends all sessions of a user but `except`, within a transaction that is about more.
pub(crate) async fn end_all(
    tx: &mut Tx<'_>,
    user: UserId,
    except: Option<SessionId>,
    why: &'static str,
    actor: &Actor,
) -> Result<Vec<EndedSession>, Fault> {
    let mut ended = Vec::new();
    for row in running(&mut tx.link, user).await? {
        if except.is_none_or(|kept| row.id != kept.to_string()) {
            ended.push(end(tx, row, why, actor).await?);
        }
    }
    Ok(ended)
}

/// Ends the sessions of a user of an organisation that were started up to an instant, within a transaction that is about more.
pub(crate) async fn end_started_until(
    tx: &mut Tx<'_>,
    (organisation, user): (OrganisationId, UserId),
    until: Timestamp,
    why: &'static str,
    actor: &Actor,
) -> Result<Vec<EndedSession>, Fault> {
    let mut ended = Vec::new();
    for row in running(&mut tx.link, user).await? {
        if row.organisation == organisation.to_string() && row.created_at <= until.as_micros() {
            ended.push(end(tx, row, why, actor).await?);
        }
    }
    Ok(ended)
}

async fn end(tx: &mut Tx<'_>, mut row: SessionRow, why: &'static str, actor: &Actor) -> Result<EndedSession, Fault> {
    let session = row.read(&tx.shared.marks)?;
    row.ended_at = Some(actor.at.as_micros());
    row.update(tx).await?;
    let clients = clients_of(&mut tx.link, session.id).await?;
    let told = LoggedOut { user: session.user, organisation: session.organisation, session: session.id };
    if why != RENEWED {
        logout::queue(tx, &told, &clients, actor).await?;
    }
    let details = json!({ "user": session.user, "why": why });
    tx.audit(actor, Some(session.organisation), "session.end", &session.id.to_string(), details);
    Ok(EndedSession { id: session.id, user: session.user, organisation: session.organisation, clients })
}
