//! Adding, editing and removing APIs.

use super::{
    StoredApi,
    row::{ApiRow, load_any, load_owned},
};
use crate::{
    audit::Actor,
    change::as_column,
    cut::in_use,
    error::StoreError,
    fault::{Fault, unique},
    link::{Link, execute, fetch_optional},
    outside::Entry,
    page::same_version,
    store::Store,
    token::line_of,
    writer::{Operation, Tx},
};
use jeton_core::{
    api::Api,
    change::{Changed, Revision},
    id::{ApiId, OrganisationId},
    timestamp::Timestamp,
};
use serde_json::json;

const INSERT: &str = "INSERT INTO apis (id, organisation, audience, name, body, created_at, version, revision, mark) \
                      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING";
const EDIT: &str =
    "UPDATE apis SET audience = $1, name = $2, body = $3, version = $4, revision = $5, mark = $6 WHERE id = $7 AND version = $8";
const REMOVE: &str = "DELETE FROM apis WHERE id = $1";
const USED_SQLITE: &str = concat!("SELECT COUNT(*) FROM tokens t WHERE instr(t.audiences, $1) > 0 AND ", in_use!());
const USED_POSTGRES: &str = concat!("SELECT COUNT(*) FROM tokens t WHERE strpos(t.audiences, $1) > 0 AND ", in_use!());

impl Store {
    /// Adds an API. Its audience is one of a kind in all organisations.
    pub async fn insert_api(&self, api: Api, actor: Actor) -> Result<(StoredApi, Revision), StoreError> {
        self.write(Insert { api, actor }).await
    }
    /// Replaces name, scopes and routes of an API that is still at `version`. The audience stays: tokens name it.
    pub async fn edit_api(&self, version: i64, api: Api, actor: Actor) -> Result<(StoredApi, Revision), StoreError> {
        self.write(Edit { version, api, actor }).await
    }
    /// Removes an API that no token is for any more.
    pub async fn remove_api(&self, owner: OrganisationId, id: ApiId, actor: Actor) -> Result<Revision, StoreError> {
        self.write(Remove { owner, id, actor }).await
    }
}

struct Insert {
    api: Api,
    actor: Actor,
}

impl Operation for Insert {
    type Answer = (StoredApi, Revision);

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Self::Answer, Fault> {
        let stored = StoredApi { api: self.api.clone(), created_at: self.actor.at, version: 1 };
        let revision = tx.changed(self.actor.at, Changed::Api(self.api.id));
        let row = ApiRow::sealed(&stored, as_column(revision), tx.marks())?;
        let inserted = execute!(
            &mut tx.link,
            INSERT,
            row.id.as_str(),
            row.organisation.as_str(),
            row.audience.as_str(),
            row.name.as_str(),
            row.body.as_str(),
            row.created_at,
            row.version,
            row.revision,
            row.mark.as_slice(),
        )?;
        if inserted == 0 {
            return Err(StoreError::Exists("an API with this audience").into());
        }
        let details = json!({ "audience": row.audience, "name": row.name });
        tx.audit(&self.actor, Some(self.api.organisation), "api.add", &row.id, details);
        Ok((stored, revision))
    }
}

struct Edit {
    version: i64,
    api: Api,
    actor: Actor,
}

impl Operation for Edit {
    type Answer = (StoredApi, Revision);

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Self::Answer, Fault> {
        let found = load_owned(&mut tx.link, &tx.shared.marks, self.api.organisation, self.api.id).await?;
        same_version(found.version, self.version)?;
        if found.api.audience != self.api.audience {
            let words = "the audience of an API cannot be changed, since tokens name it: add another API";
            return Err(StoreError::Conflict(words.to_owned()).into());
        }
        let stored = StoredApi { api: self.api.clone(), created_at: found.created_at, version: found.version + 1 };
        let revision = tx.changed(self.actor.at, Changed::Api(self.api.id));
        let row = ApiRow::sealed(&stored, as_column(revision), tx.marks())?;
        let updated = update(&mut tx.link, &row, self.version).await;
        unique(updated, "an API with this audience")?;
        tx.journal(Entry::ApiChanged { api: self.api.id, at: self.actor.at });
        tx.audit(&self.actor, Some(self.api.organisation), "api.edit", &row.id, json!({ "name": row.name, "version": row.version }));
        Ok((stored, revision))
    }
}

/// Writes the row of an API that is still at `version`.
async fn update(link: &mut Link<'_>, row: &ApiRow, version: i64) -> Result<u64, sqlx::Error> {
    execute!(
        link,
        EDIT,
        row.audience.as_str(),
        row.name.as_str(),
        row.body.as_str(),
        row.version,
        row.revision,
        row.mark.as_slice(),
        row.id.as_str(),
        version,
    )
}

/// Writes an API anew as it is, where its row is older than `floor`: after a restore, the older one is the true one.
pub(crate) async fn write_anew(tx: &mut Tx<'_>, id: ApiId, floor: Revision, now: Timestamp) -> Result<(), Fault> {
    let (found, place) = match load_any(&mut tx.link, &tx.shared.marks, id).await {
        Ok(Some(found)) => found,
        // Not in the backup; or changed from outside, which is reported and never believed.
        Ok(None) | Err(Fault::Refused(StoreError::Tampered { .. }) | Fault::Contradicted { .. }) => return Ok(()),
        Err(fault) => return Err(fault),
    };
    if place < as_column(floor) {
        let revision = tx.changed(now, Changed::Api(id));
        let was = found.version;
        let row = ApiRow::sealed(&StoredApi { version: was + 1, ..found }, as_column(revision), tx.marks())?;
        update(&mut tx.link, &row, was).await?;
    }
    Ok(())
}

struct Remove {
    owner: OrganisationId,
    id: ApiId,
    actor: Actor,
}

impl Operation for Remove {
    type Answer = Revision;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Revision, Fault> {
        let found = load_owned(&mut tx.link, &tx.shared.marks, self.owner, self.id).await?;
        let question = match &tx.link {
            Link::Sqlite(_) => USED_SQLITE,
            Link::Postgres(_) => USED_POSTGRES,
        };
        let used = fetch_optional!(&mut tx.link, (i64,), question, line_of(&found.api.audience))?.map_or(0, |(used,)| used);
        if used > 0 {
            return Err(StoreError::Conflict(format!("{used} tokens that are not revoked are for this API: revoke them first")).into());
        }
        execute!(&mut tx.link, REMOVE, self.id.to_string())?;
        let revision = tx.changed(self.actor.at, Changed::Api(self.id));
        tx.journal(Entry::ApiChanged { api: self.id, at: self.actor.at });
        tx.audit(&self.actor, Some(self.owner), "api.remove", &self.id.to_string(), json!({ "audience": found.api.audience }));
        Ok(revision)
    }
}
