//! Organisations.

mod found;

use crate::{
    audit::Actor,
    error::StoreError,
    fault::{Fault, unique},
    link::{Link, execute, fetch_all, fetch_optional},
    marks::{Marks, tampered},
    page::same_version,
    row::row,
    store::{Store, read::read},
    writer::{Operation, Tx},
};
pub use found::Founding;
use jeton_core::{id::OrganisationId, mark::MarkedFields, name::Name, timestamp::Timestamp};
use serde_json::json;

/// An organisation as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organisation {
    /// Its id.
    pub id: OrganisationId,
    /// Its name.
    pub name: Name,
    /// When it was made.
    pub created_at: Timestamp,
    /// Rises by one with each edit; whatever is given for a new one becomes 1.
    pub version: i64,
}

row! {
    #[derive(Clone)]
    struct OrganisationRow {
        id: String,
        name: String,
        created_at: i64,
        version: i64,
        mark: Vec<u8>,
    }
}

const INSERT: &str = "INSERT INTO organisations (id, name, created_at, version, mark) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
const SHOW: &str = "SELECT id, name, created_at, version, mark FROM organisations WHERE id = $1";
const LIST: &str = "SELECT id, name, created_at, version, mark FROM organisations ORDER BY created_at, id";
const RENAME: &str = "UPDATE organisations SET name = $1, version = $2, mark = $3 WHERE id = $4 AND version = $5";

impl OrganisationRow {
    fn of(organisation: &Organisation) -> Self {
        Self {
            id: organisation.id.to_string(),
            name: organisation.name.as_str().to_owned(),
            created_at: organisation.created_at.as_micros(),
            version: organisation.version,
            mark: Vec::new(),
        }
    }
    fn fields(&self) -> MarkedFields {
        MarkedFields::of("organisations").text(&self.id).text(&self.name).number(self.created_at).number(self.version)
    }
    fn read(self, marks: &Marks) -> Result<Organisation, Fault> {
        marks.check("organisations", &self.id, &self.fields(), &self.mark)?;
        let bad = || tampered("organisations", &self.id, "it cannot be read");
        Ok(Organisation {
            id: OrganisationId::parse(&self.id).map_err(|_| bad())?,
            name: Name::parse(&self.name).map_err(|_| bad())?,
            created_at: Timestamp::from_micros(self.created_at),
            version: self.version,
        })
    }
}

impl Store {
    /// Adds an organisation.
    pub async fn insert_organisation(&self, new: Organisation, actor: Actor) -> Result<Organisation, StoreError> {
        self.write(Insert { new, actor }).await
    }
    /// All organisations, the first one first.
    pub async fn list_organisations(&self) -> Result<Vec<Organisation>, StoreError> {
        read!(self, link => list(link, self.marks()))
    }
    /// Shows an organisation.
    pub async fn show_organisation(&self, id: OrganisationId) -> Result<Organisation, StoreError> {
        read!(self, link => show(link, self.marks(), id))
    }
    /// Renames an organisation that is still at `version`.
    pub async fn rename_organisation(
        &self,
        id: OrganisationId,
        version: i64,
        name: Name,
        actor: Actor,
    ) -> Result<Organisation, StoreError> {
        self.write(Rename { id, version, name, actor }).await
    }
}

async fn list(link: &mut Link<'_>, marks: &Marks) -> Result<Vec<Organisation>, Fault> {
    fetch_all!(link, OrganisationRow, LIST)?.into_iter().map(|row| row.read(marks)).collect()
}

async fn show(link: &mut Link<'_>, marks: &Marks, id: OrganisationId) -> Result<Organisation, Fault> {
    let row = fetch_optional!(link, OrganisationRow, SHOW, id.to_string())?;
    row.ok_or(StoreError::NotFound("organisation"))?.read(marks)
}

struct Insert {
    new: Organisation,
    actor: Actor,
}

impl Operation for Insert {
    type Answer = Organisation;
    const REFUSES_FIRST: bool = true;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Organisation, Fault> {
        let new = Organisation { version: 1, ..self.new.clone() };
        let row = OrganisationRow::of(&new);
        let mark = tx.marks().mark(&row.fields());
        let inserted = execute!(&mut tx.link, INSERT, row.id.as_str(), row.name.as_str(), row.created_at, row.version, mark)?;
        if inserted == 0 {
            return Err(StoreError::Exists("an organisation of this name").into());
        }
        tx.audit(&self.actor, Some(new.id), "organisation.add", &row.id, json!({ "name": row.name }));
        Ok(new)
    }
}

struct Rename {
    id: OrganisationId,
    version: i64,
    name: Name,
    actor: Actor,
}

impl Operation for Rename {
    type Answer = Organisation;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Organisation, Fault> {
        let mut found = show(&mut tx.link, &tx.shared.marks, self.id).await?;
        same_version(found.version, self.version)?;
        found.name = self.name.clone();
        found.version += 1;
        let row = OrganisationRow::of(&found);
        let mark = tx.marks().mark(&row.fields());
        let updated = execute!(&mut tx.link, RENAME, row.name.as_str(), row.version, mark, row.id.as_str(), self.version);
        unique(updated, "an organisation of this name")?;
        tx.audit(&self.actor, Some(self.id), "organisation.edit", &row.id, json!({ "name": row.name }));
        Ok(found)
    }
}
