//! Logout tokens on their way (OpenID Connect Back-Channel Logout): queued in the transaction that ends a session, claimed by one
//! node at a time, tried again until they are delivered or too old.
//!
//! What is queued names a session and a user; the token itself is signed when it is sent, and is never stored.

use crate::{
    audit::Actor,
    client::{self, ClientState},
    error::Result,
    fault::Fault,
    link::{execute, fetch_all, fetch_one},
    row::row,
    store::Store,
    writer::{Operation, Tx},
};
use jeton_core::{
    id::{ClientId, OrganisationId, SessionId, UserId},
    limits,
    timestamp::{Span, Timestamp},
};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What has ended, for one client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoggedOut {
    /// Whose session.
    pub user: UserId,
    /// Of which organisation.
    pub organisation: OrganisationId,
    /// Which.
    pub session: SessionId,
}

/// A logout token that is to be delivered now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueLogout {
    /// Names the delivery.
    pub id: String,
    /// Who is told.
    pub client: ClientId,
    /// Where.
    pub uri: String,
    /// What.
    pub ended: LoggedOut,
    /// How often it was tried before.
    pub attempts: u32,
    /// Since when it waits.
    pub created_at: Timestamp,
}

/// What a delivery came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogoutOutcome {
    /// The client took it.
    Delivered,
    /// It did not, and is tried again then.
    Again {
        /// What went wrong; never what the client wrote.
        error: String,
        /// When.
        at: Timestamp,
    },
    /// It did not, and is not tried any more.
    GivenUp {
        /// What went wrong.
        error: String,
    },
}

row! {
    struct DueRow {
        id: String,
        client: String,
        uri: String,
        body: String,
        attempts: i64,
        created_at: i64,
    }
}

impl Store {
    /// Takes at most `limit` deliveries that are due. For `lease` nobody else is given them: by then the outcome must be told, or
    /// they are due again.
    pub async fn claim_logouts(&self, limit: usize, lease: Span, now: Timestamp) -> Result<Vec<DueLogout>> {
        self.write(Claim { limit: i64::try_from(limit).unwrap_or(1), lease, now }).await
    }
    /// Puts down what a delivery came to.
    pub async fn settle_logout(&self, due: DueLogout, outcome: LogoutOutcome, actor: Actor) -> Result<()> {
        self.write(Settle { due, outcome, actor }).await
    }
}

/// Queues a logout token for each client of a session that wants one, in the transaction that ends the session.
pub(crate) async fn queue(tx: &mut Tx<'_>, ended: &LoggedOut, clients: &[ClientId], actor: &Actor) -> std::result::Result<(), Fault> {
    for id in clients {
        let client = client::load(&mut tx.link, &tx.shared.marks, ended.organisation, *id).await?;
        let wants = client.filter(|client| client.state == ClientState::Approved);
        if let Some(uri) = wants.and_then(|client| client.registration.backchannel_logout_uri) {
            queue_one(tx, *id, &uri, ended, actor).await?;
        }
    }
    Ok(())
}

async fn queue_one(tx: &mut Tx<'_>, client: ClientId, uri: &str, ended: &LoggedOut, actor: &Actor) -> std::result::Result<(), Fault> {
    let (waiting,) = fetch_one!(&mut tx.link, (i64,), "SELECT COUNT(*) FROM logout_deliveries WHERE next_at IS NOT NULL")?;
    if usize::try_from(waiting).is_ok_and(|waiting| waiting >= limits::LOGOUTS_WAITING_MAX) {
        tx.audit(actor, Some(ended.organisation), "logout.drop", &client.to_string(), json!({ "session": ended.session }));
        return Ok(());
    }
    let body = serde_json::to_string(ended).map_err(|error| Fault::Engine(sqlx::Error::Encode(Box::new(error))))?;
    execute!(
        &mut tx.link,
        "INSERT INTO logout_deliveries (id, client, uri, body, attempts, next_at, last_error, created_at, delivered_at) \
         VALUES ($1, $2, $3, $4, 0, $5, NULL, $5, NULL) ON CONFLICT (id) DO NOTHING",
        format!("{}.{}", ended.session.digits(), client.digits()),
        client.to_string(),
        uri,
        body,
        actor.at.as_micros(),
    )?;
    Ok(())
}

struct Claim {
    limit: i64,
    lease: Span,
    now: Timestamp,
}

impl Operation for Claim {
    type Answer = Vec<DueLogout>;

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<Self::Answer, Fault> {
        let rows = fetch_all!(
            &mut tx.link,
            DueRow,
            "UPDATE logout_deliveries SET next_at = $1 WHERE id IN (SELECT id FROM logout_deliveries WHERE next_at <= $2 \
             ORDER BY next_at LIMIT $3) RETURNING id, client, uri, body, attempts, created_at",
            self.now.plus(self.lease).as_micros(),
            self.now.as_micros(),
            self.limit,
        )?;
        // A row that cannot be read is nobody's order to call anybody.
        Ok(rows.into_iter().filter_map(DueRow::read).collect())
    }
}

impl DueRow {
    fn read(self) -> Option<DueLogout> {
        Some(DueLogout {
            client: ClientId::parse(&self.client).ok()?,
            ended: serde_json::from_str(&self.body).ok()?,
            attempts: u32::try_from(self.attempts).unwrap_or(u32::MAX),
            created_at: Timestamp::from_micros(self.created_at),
            id: self.id,
            uri: self.uri,
        })
    }
}

struct Settle {
    due: DueLogout,
    outcome: LogoutOutcome,
    actor: Actor,
}

impl Operation for Settle {
    type Answer = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<(), Fault> {
        let now = self.actor.at.as_micros();
        let (next_at, error, delivered_at, action) = match &self.outcome {
            LogoutOutcome::Delivered => (None, None, Some(now), Some("logout.deliver")),
            LogoutOutcome::Again { error, at } => (Some(at.as_micros()), Some(error.as_str()), None, None),
            LogoutOutcome::GivenUp { error } => (None, Some(error.as_str()), None, Some("logout.give_up")),
        };
        execute!(
            &mut tx.link,
            "UPDATE logout_deliveries SET next_at = $1, last_error = $2, delivered_at = $3, attempts = attempts + 1 \
             WHERE id = $4 AND delivered_at IS NULL",
            next_at,
            error,
            delivered_at,
            self.due.id.as_str(),
        )?;
        if let Some(action) = action {
            let ended = &self.due.ended;
            let details = json!({ "session": ended.session, "attempts": self.due.attempts.saturating_add(1), "error": error });
            tx.audit(&self.actor, Some(ended.organisation), action, &self.due.client.to_string(), details);
        }
        Ok(())
    }
}
