//! The states of a registration: approving, rejecting, suspending, resuming, removing. A removed client's tokens never come back.

use super::{
    Client, ClientMove, ClientState, Owner,
    row::load_owned,
    write::{move_anchor, write},
};
use crate::{
    audit::Actor,
    error::{Result, StoreError},
    fault::Fault,
    link::execute,
    outside::Entry,
    page::same_version,
    store::Store,
    writer::{Operation, Tx},
};
use jeton_core::{
    change::{Changed, Revision},
    facts::TokenState,
    id::ClientId,
    name::Name,
    oauth::registration::Registration,
};
use serde_json::json;

impl Store {
    /// Brings a client's registration into a state. Approving and rejecting say which version was looked at; suspending a suspended
    /// one changes nothing.
    pub async fn move_client(
        &self,
        owner: Owner,
        id: ClientId,
        version: Option<i64>,
        to: ClientMove,
        actor: Actor,
    ) -> Result<(Client, Revision)> {
        self.write(Move { owner, id, version, to, actor }).await
    }
    /// Removes a client; its anchor is revoked, and every token of it with that.
    pub async fn remove_client(&self, owner: Owner, id: ClientId, actor: Actor) -> Result<Revision> {
        self.write(Remove { owner, id, actor }).await
    }
}

struct Move {
    owner: Owner,
    id: ClientId,
    version: Option<i64>,
    to: ClientMove,
    actor: Actor,
}

impl Operation for Move {
    type Answer = (Client, Revision);

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<Self::Answer, Fault> {
        let mut client = load_owned(&mut tx.link, &tx.shared.marks, self.owner, self.id).await?;
        if let Some(version) = self.version {
            same_version(client.version, version)?;
        }
        let was = client.state;
        let action = match &self.to {
            ClientMove::Approve { registration } => {
                approvable(&client)?;
                // Another name that it gave itself is its name for people once it is approved.
                if registration.client_name != client.registration.client_name
                    && let Some(name) = registration.client_name.as_deref().and_then(|name| Name::parse(name).ok())
                {
                    client.name = name;
                }
                client.registration = Registration::clone(registration);
                client.policy.vouched_for = true;
                (client.state, client.pending, client.reason) = (ClientState::Approved, None, None);
                "client.approve"
            }
            ClientMove::Reject { reason } => {
                client.state = rejected(&client)?;
                (client.pending, client.reason) = (None, Some(reason.clone()));
                "client.reject"
            }
            ClientMove::Suspend { .. } if was == ClientState::Suspended => {
                let revision = client.revision;
                return Ok((client, revision));
            }
            ClientMove::Suspend { reason } => {
                must_be(was, ClientState::Approved, "only an approved client can be suspended")?;
                move_anchor(tx, client.id, TokenState::Suspended, Some("client_suspended"), &self.actor).await?;
                (client.state, client.reason) = (ClientState::Suspended, reason.clone());
                "client.suspend"
            }
            ClientMove::Resume => {
                must_be(was, ClientState::Suspended, "only a suspended client can be resumed")?;
                move_anchor(tx, client.id, TokenState::Active, None, &self.actor).await?;
                (client.state, client.reason) = (ClientState::Approved, None);
                "client.resume"
            }
        };
        let revision = write(tx, &mut client, self.actor.at).await?;
        let details = json!({ "was": was.as_str(), "state": client.state.as_str(), "reason": client.reason });
        tx.audit(&self.actor, Some(self.owner), action, &client.id.to_string(), details);
        Ok((client, revision))
    }
}

/// Whether there is anything to approve.
fn approvable(client: &Client) -> std::result::Result<(), Fault> {
    match (client.state, &client.pending) {
        (ClientState::Suspended, _) => refuse("the client is suspended: resume it first"),
        (ClientState::Approved, None) => refuse("the client is approved, and no change of it waits"),
        (ClientState::Pending | ClientState::Rejected, _) | (ClientState::Approved, Some(_)) => Ok(()),
    }
}

/// The state after a rejection: a client that was approved before stays so without the change that it asked for.
fn rejected(client: &Client) -> std::result::Result<ClientState, Fault> {
    match (client.state, &client.pending) {
        (ClientState::Pending, _) => Ok(ClientState::Rejected),
        (state @ (ClientState::Approved | ClientState::Suspended), Some(_)) => Ok(state),
        (ClientState::Approved | ClientState::Suspended, None) => refuse("no change of the client waits: suspend it to stop it"),
        (ClientState::Rejected, _) => refuse("the client is rejected already"),
    }
}

fn must_be(is: ClientState, wanted: ClientState, rule: &str) -> std::result::Result<(), Fault> {
    if is == wanted {
        return Ok(());
    }
    Err(StoreError::Conflict(format!("the client is {}: {rule}", is.as_str())).into())
}

fn refuse<T>(words: &str) -> std::result::Result<T, Fault> {
    Err(StoreError::Conflict(words.to_owned()).into())
}

struct Remove {
    owner: Owner,
    id: ClientId,
    actor: Actor,
}

impl Operation for Remove {
    type Answer = Revision;

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<Revision, Fault> {
        let client = load_owned(&mut tx.link, &tx.shared.marks, self.owner, self.id).await?;
        move_anchor(tx, client.id, TokenState::Revoked, Some("client_removed"), &self.actor).await?;
        let revision = tx.changed(self.actor.at, Changed::Client(client.id));
        execute!(&mut tx.link, "DELETE FROM consents WHERE client = $1", client.id.to_string())?;
        execute!(&mut tx.link, "DELETE FROM clients WHERE id = $1", client.id.to_string())?;
        tx.journal(Entry::ClientChanged { client: client.id, at: self.actor.at });
        let details = json!({ "client_id": client.client_id, "name": client.name.as_str() });
        tx.audit(&self.actor, Some(self.owner), "client.remove", &client.id.to_string(), details);
        Ok(revision)
    }
}
