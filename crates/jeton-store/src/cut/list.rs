//! Lists of cuts, the newest first.

use super::row::CutRow;
use crate::{
    error::{Result, StoreError},
    fault::Fault,
    link::{Link, fetch_all},
    marks::Marks,
    page::{Page, PageRequest},
    store::{Store, read::read},
};
use jeton_core::{cut::Cut, id::OrganisationId};

const LIST: &str = "SELECT id, organisation, kind, value, until, at, actor, reason, comment, revision, mark FROM cuts \
                    WHERE organisation = $1 AND revision < $2 ORDER BY revision DESC LIMIT $3";

impl Store {
    /// An organisation's cuts, the newest first.
    pub async fn list_cuts(&self, owner: OrganisationId, page: &PageRequest) -> Result<Page<Cut>> {
        let after = page.after.as_deref().map(|text| text.parse::<i64>().map_err(|_| StoreError::BadCursor)).transpose()?;
        let cuts = read!(self, link => fetch(link, self.marks(), owner, after.unwrap_or(i64::MAX), page.limit()))?;
        Ok(Page::cut(cuts, page.limit(), |cut| cut.revision.to_string()))
    }
}

async fn fetch(
    link: &mut Link<'_>,
    marks: &Marks,
    owner: OrganisationId,
    after: i64,
    limit: usize,
) -> std::result::Result<Vec<Cut>, Fault> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let rows = fetch_all!(link, CutRow, LIST, owner.to_string(), after, limit)?;
    rows.into_iter().map(|row| row.read(marks)).collect()
}
