//! Registering a client: its row and its anchor among the tokens, in one transaction.

use super::{Client, NewClient, find::count_uninvited, row::ClientRow};
use crate::{
    audit::Actor,
    error::{Result, StoreError},
    fault::Fault,
    link::{Link, execute},
    store::Store,
    token::{NewToken, issue_within},
    writer::{Operation, Tx},
};
use jeton_core::{
    allowance::Allowances,
    change::{Changed, Revision},
    kind::{TokenFormat, TokenKind},
    name::Subject,
    network::Networks,
    policy::Policy,
    scope::ScopeSet,
};
use serde_json::json;

const INSERT: &str = "INSERT INTO clients (id, client_id, organisation, name, state, source, registration, policy, pending, reason, \
                      registration_digest, created_at, changed_at, version, revision, mark) \
                      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) ON CONFLICT DO NOTHING";

impl Store {
    /// Registers a client. What requests call it by is one of a kind in all organisations.
    pub async fn insert_client(&self, new: NewClient, actor: Actor) -> Result<(Client, Revision)> {
        self.write(Insert { new, actor }).await
    }
}

struct Insert {
    new: NewClient,
    actor: Actor,
}

impl Operation for Insert {
    type Answer = (Client, Revision);

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<Self::Answer, Fault> {
        register_within(tx, &self.new, &self.actor).await
    }
}

/// Registers a client in a transaction that does more than that.
pub(crate) async fn register_within(tx: &mut Tx<'_>, new: &NewClient, actor: &Actor) -> std::result::Result<(Client, Revision), Fault> {
    let owner = new.client.organisation;
    if let Some(most) = new.uninvited_max
        && count_uninvited(&mut tx.link, owner).await? >= most
    {
        let words = format!("{most} clients have registered themselves already, which is as many as may: remove some");
        return Err(StoreError::Conflict(words).into());
    }
    issue_within(tx, anchor(new, actor)?, actor).await?;
    let revision = tx.changed(actor.at, Changed::Client(new.client.id));
    let client = Client { created_at: actor.at, changed_at: actor.at, version: 1, revision, ..new.client.clone() };
    let row = ClientRow::sealed(&client, tx.marks())?;
    if insert(&mut tx.link, &row).await? == 0 {
        return Err(StoreError::Exists("a client of this id").into());
    }
    let details = json!({ "client_id": row.client_id, "name": row.name, "source": row.source, "state": row.state });
    tx.audit(actor, Some(owner), "client.register", &row.id, details);
    Ok((client, revision))
}

/// The client's anchor: it opens no API, holds the secret where there is one, and dies only when it is revoked.
fn anchor(new: &NewClient, actor: &Actor) -> std::result::Result<NewToken, Fault> {
    let client = &new.client;
    let id = client.id.to_string();
    let bad = |_| StoreError::Conflict(format!("`{id}` is no subject"));
    let policy = Policy {
        organisation: client.organisation,
        project: None,
        kind: TokenKind::Cls,
        format: TokenFormat::Opaque,
        client_id: Some(client.client_id.as_str().into()),
        parent: None,
        audiences: Vec::new(),
        scopes: ScopeSet::default(),
        networks: Networks::default(),
        routes: Vec::new(),
        allowances: Allowances::default(),
        binding: None,
        exchanged: false,
        signed_by: None,
        authentication: None,
    };
    let (digest, hint) = new.secret.clone().map_or((None, String::new()), |secret| (Some(secret.digest), secret.hint));
    Ok(NewToken {
        id: client.id.anchor(),
        name: client.name.clone(),
        subject: Subject::parse(&id).map_err(bad)?,
        policy,
        project_name: None,
        digest,
        hint,
        not_before: None,
        expires_at: None,
        metadata: "{}".to_owned(),
        issued_at: actor.at,
    })
}

async fn insert(link: &mut Link<'_>, row: &ClientRow) -> std::result::Result<u64, sqlx::Error> {
    execute!(
        link,
        INSERT,
        row.id.as_str(),
        row.client_id.as_str(),
        row.organisation.as_str(),
        row.name.as_str(),
        row.state.as_str(),
        row.source.as_str(),
        row.registration.as_str(),
        row.policy.as_str(),
        row.pending.as_deref(),
        row.reason.as_deref(),
        row.registration_digest.as_deref(),
        row.created_at,
        row.changed_at,
        row.version,
        row.revision,
        row.mark.as_slice(),
    )
}
