//! Editing a client: what it said of itself, what an operator laid down, and what waits for approval.

use super::{
    Client, ClientEdit, Owner,
    row::load_owned,
    write::{replace_secret, write},
};
use crate::{
    audit::Actor,
    error::Result,
    fault::Fault,
    page::same_version,
    store::Store,
    writer::{Operation, Tx},
};
use jeton_core::{change::Revision, id::ClientId};
use serde_json::json;

impl Store {
    /// Edits a client that is still at `version`.
    pub async fn edit_client(
        &self,
        owner: Owner,
        id: ClientId,
        version: i64,
        edit: ClientEdit,
        actor: Actor,
    ) -> Result<(Client, Revision)> {
        self.write(Edit { owner, id, version, edit, actor }).await
    }
}

struct Edit {
    owner: Owner,
    id: ClientId,
    version: i64,
    edit: ClientEdit,
    actor: Actor,
}

impl Operation for Edit {
    type Answer = (Client, Revision);

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<Self::Answer, Fault> {
        edit_within(tx, self.owner, self.id, self.version, &self.edit, &self.actor).await
    }
}

/// Edits a client in a transaction that does more than that.
pub(crate) async fn edit_within(
    tx: &mut Tx<'_>,
    owner: Owner,
    id: ClientId,
    version: i64,
    edit: &ClientEdit,
    actor: &Actor,
) -> std::result::Result<(Client, Revision), Fault> {
    let mut client = load_owned(&mut tx.link, &tx.shared.marks, owner, id).await?;
    same_version(client.version, version)?;
    let touched = edit.apply_to(&mut client);
    if let Some(secret) = &edit.secret {
        replace_secret(tx, client.id, secret.as_ref(), actor).await?;
    }
    let revision = write(tx, &mut client, actor.at).await?;
    let details = json!({ "fields": touched, "waits_for_approval": client.pending.is_some() });
    tx.audit(actor, Some(owner), "client.edit", &client.id.to_string(), details);
    Ok((client, revision))
}

impl ClientEdit {
    /// Puts what is new into the client; gives the names of the fields.
    fn apply_to(&self, client: &mut Client) -> Vec<&'static str> {
        let mut touched = Vec::new();
        let Self { name, registration, policy, pending, registration_digest, state, secret } = self;
        if let Some(name) = name {
            client.name = name.clone();
            touched.push("name");
        }
        if let Some(registration) = registration {
            client.registration = registration.clone();
            touched.push("registration");
        }
        if let Some(policy) = policy {
            client.policy = policy.clone();
            touched.push("policy");
        }
        if let Some(pending) = pending {
            client.pending.clone_from(pending);
            touched.push("pending");
        }
        if let Some(digest) = registration_digest {
            client.registration_digest = *digest;
            touched.push("registration_digest");
        }
        if let Some(state) = state {
            client.state = *state;
            touched.push("state");
        }
        if secret.is_some() {
            touched.push("secret");
        }
        touched
    }
}
