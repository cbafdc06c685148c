//! Projects: what API keys belong to.

use crate::{
    audit::Actor,
    cut::in_use,
    error::StoreError,
    fault::{Fault, unique},
    link::{Link, execute, fetch_all, fetch_optional},
    marks::{Marks, tampered},
    page::{Page, PageRequest, same_version},
    row::row,
    store::{Store, read::read},
    writer::{Operation, Tx},
};
use jeton_core::{
    id::{OrganisationId, ProjectId},
    mark::MarkedFields,
    name::Name,
    timestamp::Timestamp,
};
use serde_json::json;

/// A project as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// Its id.
    pub id: ProjectId,
    /// The organisation that it belongs to.
    pub organisation: OrganisationId,
    /// Its name; one of a kind in the organisation.
    pub name: Name,
    /// When it was made.
    pub created_at: Timestamp,
    /// Rises by one with each edit; whatever is given for a new one becomes 1.
    pub version: i64,
}

row! {
    struct ProjectRow {
        id: String,
        organisation: String,
        name: String,
        created_at: i64,
        version: i64,
        mark: Vec<u8>,
    }
}

const INSERT: &str =
    "INSERT INTO projects (id, organisation, name, created_at, version, mark) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
const SHOW: &str = "SELECT id, organisation, name, created_at, version, mark FROM projects WHERE id = $1 AND organisation = $2";
const LIST: &str = "SELECT id, organisation, name, created_at, version, mark FROM projects WHERE organisation = $1 AND name > $2 \
                    ORDER BY name LIMIT $3";
const EDIT: &str = "UPDATE projects SET name = $1, version = $2, mark = $3 WHERE id = $4 AND version = $5";
const USED: &str = concat!("SELECT COUNT(*) FROM tokens t WHERE t.project = $1 AND ", in_use!());
const REMOVE: &str = "DELETE FROM projects WHERE id = $1";

impl ProjectRow {
    fn of(project: &Project) -> Self {
        Self {
            id: project.id.to_string(),
            organisation: project.organisation.to_string(),
            name: project.name.as_str().to_owned(),
            created_at: project.created_at.as_micros(),
            version: project.version,
            mark: Vec::new(),
        }
    }
    fn fields(&self) -> MarkedFields {
        MarkedFields::of("projects").text(&self.id).text(&self.organisation).text(&self.name).number(self.created_at).number(self.version)
    }
    fn read(self, marks: &Marks) -> Result<Project, Fault> {
        marks.check("projects", &self.id, &self.fields(), &self.mark)?;
        let bad = || tampered("projects", &self.id, "it cannot be read");
        Ok(Project {
            id: ProjectId::parse(&self.id).map_err(|_| bad())?,
            organisation: OrganisationId::parse(&self.organisation).map_err(|_| bad())?,
            name: Name::parse(&self.name).map_err(|_| bad())?,
            created_at: Timestamp::from_micros(self.created_at),
            version: self.version,
        })
    }
}

impl Store {
    /// Adds a project.
    pub async fn insert_project(&self, new: Project, actor: Actor) -> Result<Project, StoreError> {
        self.write(Insert { new, actor }).await
    }
    /// Shows a project of an organisation.
    pub async fn show_project(&self, owner: OrganisationId, id: ProjectId) -> Result<Project, StoreError> {
        read!(self, link => load_owned(link, self.marks(), owner, id))
    }
    /// Lists an organisation's projects by name.
    pub async fn list_projects(&self, owner: OrganisationId, page: PageRequest) -> Result<Page<Project>, StoreError> {
        let after = page.after.clone().unwrap_or_default();
        let projects = read!(self, link => list(link, self.marks(), owner, after.clone(), page.limit()))?;
        Ok(Page::cut(projects, page.limit(), |project| project.name.as_str().to_owned()))
    }
    /// Renames a project that is still at `version`.
    pub async fn edit_project(
        &self,
        owner: OrganisationId,
        id: ProjectId,
        version: i64,
        name: Name,
        actor: Actor,
    ) -> Result<Project, StoreError> {
        self.write(Edit { owner, id, version, name, actor }).await
    }
    /// Removes a project that no token belongs to any more.
    pub async fn remove_project(&self, owner: OrganisationId, id: ProjectId, actor: Actor) -> Result<(), StoreError> {
        self.write(Remove { owner, id, actor }).await
    }
}

/// Loads a project of one organisation, its mark checked; another organisation's is not found.
pub(crate) async fn load_owned(link: &mut Link<'_>, marks: &Marks, owner: OrganisationId, id: ProjectId) -> Result<Project, Fault> {
    let row = fetch_optional!(link, ProjectRow, SHOW, id.to_string(), owner.to_string())?;
    row.ok_or(StoreError::NotFound("project"))?.read(marks)
}

async fn list(link: &mut Link<'_>, marks: &Marks, owner: OrganisationId, after: String, limit: usize) -> Result<Vec<Project>, Fault> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    fetch_all!(link, ProjectRow, LIST, owner.to_string(), after, limit)?.into_iter().map(|row| row.read(marks)).collect()
}

/// Adds a project.
pub(crate) struct Insert {
    pub(crate) new: Project,
    pub(crate) actor: Actor,
}

impl Operation for Insert {
    type Answer = Project;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Project, Fault> {
        let new = Project { version: 1, ..self.new.clone() };
        let row = ProjectRow::of(&new);
        let mark = tx.marks().mark(&row.fields());
        let inserted = execute!(
            &mut tx.link,
            INSERT,
            row.id.as_str(),
            row.organisation.as_str(),
            row.name.as_str(),
            row.created_at,
            row.version,
            mark
        )?;
        if inserted == 0 {
            return Err(StoreError::Exists("a project of this name").into());
        }
        tx.audit(&self.actor, Some(new.organisation), "project.add", &row.id, json!({ "name": row.name }));
        Ok(new)
    }
}

struct Edit {
    owner: OrganisationId,
    id: ProjectId,
    version: i64,
    name: Name,
    actor: Actor,
}

impl Operation for Edit {
    type Answer = Project;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Project, Fault> {
        let mut found = load_owned(&mut tx.link, &tx.shared.marks, self.owner, self.id).await?;
        same_version(found.version, self.version)?;
        found.name = self.name.clone();
        found.version += 1;
        let row = ProjectRow::of(&found);
        let mark = tx.marks().mark(&row.fields());
        let updated = execute!(&mut tx.link, EDIT, row.name.as_str(), row.version, mark, row.id.as_str(), self.version);
        unique(updated, "a project of this name")?;
        tx.audit(&self.actor, Some(self.owner), "project.edit", &row.id, json!({ "name": row.name }));
        Ok(found)
    }
}

struct Remove {
    owner: OrganisationId,
    id: ProjectId,
    actor: Actor,
}

impl Operation for Remove {
    type Answer = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        let found = load_owned(&mut tx.link, &tx.shared.marks, self.owner, self.id).await?;
        let used = fetch_optional!(&mut tx.link, (i64,), USED, self.id.to_string())?.map_or(0, |(used,)| used);
        if used > 0 {
            return Err(StoreError::Conflict(format!("{used} tokens that are not revoked belong to the project: revoke them first")).into());
        }
        execute!(&mut tx.link, REMOVE, self.id.to_string())?;
        tx.audit(&self.actor, Some(self.owner), "project.remove", &self.id.to_string(), json!({ "name": found.name }));
        Ok(())
    }
}
