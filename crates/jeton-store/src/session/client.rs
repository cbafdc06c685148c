//! Which apps a session signed somebody in at.

use crate::{
    error::StoreError,
    fault::Fault,
    link::{Link, execute, fetch_all},
    marks::tampered,
    store::{Store, read::read},
    writer::{Operation, Tx},
};
use jeton_core::{
    id::{ClientId, SessionId},
    timestamp::Timestamp,
};

const NOTE: &str = "INSERT INTO session_clients (session, client, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
const LIST: &str = "SELECT client FROM session_clients WHERE session = $1 ORDER BY client";

impl Store {
    /// Notes that a session signed somebody in at a client.
    pub async fn note_session_client(&self, session: SessionId, client: ClientId, at: Timestamp) -> Result<(), StoreError> {
        self.write(Note { session, client, at }).await
    }
    /// The clients that a session signed somebody in at.
    pub async fn list_session_clients(&self, session: SessionId) -> Result<Vec<ClientId>, StoreError> {
        read!(self, link => clients_of(link, session))
    }
}

struct Note {
    session: SessionId,
    client: ClientId,
    at: Timestamp,
}

impl Operation for Note {
    type Answer = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        note(tx, self.session, self.client, self.at).await
    }
}

/// The same within a transaction that is about more.
pub(crate) async fn note(tx: &mut Tx<'_>, session: SessionId, client: ClientId, at: Timestamp) -> Result<(), Fault> {
    execute!(&mut tx.link, NOTE, session.to_string(), client.to_string(), at.as_micros())?;
    Ok(())
}

/// The clients of a session.
pub(super) async fn clients_of(link: &mut Link<'_>, session: SessionId) -> Result<Vec<ClientId>, Fault> {
    let rows = fetch_all!(link, (String,), LIST, session.to_string())?;
    rows.iter().map(|(id,)| ClientId::parse(id).map_err(|_| tampered("session_clients", id, "it names no client"))).collect()
}
