//! An API's row, and loading it. The row's place is compared with the change log, so that an old row put back is noticed.

use super::StoredApi;
use crate::{
    error::StoreError,
    fault::Fault,
    link::{Link, fetch_all, fetch_optional},
    marks::{Marks, tampered},
    row::row,
};
use jeton_core::{
    api::Api,
    id::{ApiId, OrganisationId},
    mark::MarkedFields,
    timestamp::Timestamp,
};

row! {
    /// An API as it lies in the table, with what the change log knows of it.
    pub(super) struct ApiRow {
        pub(super) id: String,
        pub(super) organisation: String,
        pub(super) audience: String,
        pub(super) name: String,
        pub(super) body: String,
        pub(super) created_at: i64,
        pub(super) version: i64,
        pub(super) revision: i64,
        pub(super) mark: Vec<u8>,
        newest: Option<i64>,
        oldest: Option<i64>,
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT a.id, a.organisation, a.audience, a.name, a.body, a.created_at, a.version, a.revision, a.mark, ",
            "(SELECT MAX(c.revision) FROM changes c WHERE c.id = a.id) AS newest, (SELECT MIN(c.revision) FROM changes c) AS oldest ",
            "FROM apis a ",
            $rest
        )
    };
}

const SHOW: &str = select!("WHERE a.id = $1 AND a.organisation = $2");
const ANY: &str = select!("WHERE a.id = $1");
const LIST: &str = select!("WHERE a.organisation = $1 AND a.id > $2 ORDER BY a.id LIMIT $3");
const ALL: &str = select!("ORDER BY a.id");

impl ApiRow {
    /// The row of an API at a place in the change log, marked.
    pub(super) fn sealed(stored: &StoredApi, revision: i64, marks: &Marks) -> Result<Self, Fault> {
        let api = &stored.api;
        let body = serde_json::to_string(api).map_err(|error| Fault::Engine(sqlx::Error::Encode(Box::new(error))))?;
        let mut row = Self {
            id: api.id.to_string(),
            organisation: api.organisation.to_string(),
            audience: api.audience.as_str().to_owned(),
            name: api.name.as_str().to_owned(),
            body,
            created_at: stored.created_at.as_micros(),
            version: stored.version,
            revision,
            mark: Vec::new(),
            newest: None,
            oldest: None,
        };
        row.mark = marks.mark(&row.fields());
        Ok(row)
    }
    fn fields(&self) -> MarkedFields {
        MarkedFields::of("apis")
            .text(&self.id)
            .text(&self.organisation)
            .text(&self.audience)
            .text(&self.name)
            .text(&self.body)
            .number(self.created_at)
            .number(self.version)
            .number(self.revision)
    }
    fn read(self, marks: &Marks) -> Result<StoredApi, Fault> {
        marks.check("apis", &self.id, &self.fields(), &self.mark)?;
        marks.floors.check_api(&self.id, self.revision)?;
        let newest_of_all = match (self.newest, self.oldest) {
            (Some(newest), _) => self.revision == newest,
            (None, Some(oldest)) => self.revision < oldest,
            (None, None) => true,
        };
        if !newest_of_all {
            return Err(tampered("apis", &self.id, "it is not the newest that the change log knows of"));
        }
        let api: Api = serde_json::from_str(&self.body).map_err(|error| tampered("apis", &self.id, &error.to_string()))?;
        Ok(StoredApi { api, created_at: Timestamp::from_micros(self.created_at), version: self.version })
    }
}

/// Loads an API of one organisation, its mark checked; another organisation's is not found.
pub(super) async fn load_owned(link: &mut Link<'_>, marks: &Marks, owner: OrganisationId, id: ApiId) -> Result<StoredApi, Fault> {
    let row = fetch_optional!(link, ApiRow, SHOW, id.to_string(), owner.to_string())?;
    row.ok_or(StoreError::NotFound("API"))?.read(marks)
}

/// Loads an API of any organisation with its place in the change log, its mark checked.
pub(super) async fn load_any(link: &mut Link<'_>, marks: &Marks, id: ApiId) -> Result<Option<(StoredApi, i64)>, Fault> {
    let Some(row) = fetch_optional!(link, ApiRow, ANY, id.to_string())? else { return Ok(None) };
    let revision = row.revision;
    Ok(Some((row.read(marks)?, revision)))
}

/// One more than `limit` APIs by id.
pub(super) async fn list(
    link: &mut Link<'_>,
    marks: &Marks,
    owner: OrganisationId,
    after: String,
    limit: usize,
) -> Result<Vec<StoredApi>, Fault> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    fetch_all!(link, ApiRow, LIST, owner.to_string(), after, limit)?.into_iter().map(|row| row.read(marks)).collect()
}

/// All of them.
pub(super) async fn catalogue(link: &mut Link<'_>, marks: &Marks) -> Result<Vec<Api>, Fault> {
    fetch_all!(link, ApiRow, ALL)?.into_iter().map(|row| row.read(marks).map(|stored| stored.api)).collect()
}
