//! Clients in the order of their changes, for memories that follow them.

use super::{
    Client,
    row::{ClientRow, select},
};
use crate::{
    change::as_column,
    error::Result,
    fault::Fault,
    link::{Link, fetch_all},
    marks::Marks,
    store::{Store, read::read},
};
use jeton_core::{change::Revision, limits};

const CHANGED: &str = concat!(select!(), "WHERE l.revision > $1 ORDER BY l.revision LIMIT $2");

impl Store {
    /// Clients of all organisations that were changed after a place in the change log, [`limits::STEP_ROWS`] at most; with the place
    /// to go on from. A row that was changed from outside is reported and left out. Those that were removed are not told.
    pub async fn changed_clients(&self, after: Revision) -> Result<(Vec<Client>, Revision)> {
        read!(self, link => changed(link, self.marks(), after))
    }
}

async fn changed(link: &mut Link<'_>, marks: &Marks, after: Revision) -> std::result::Result<(Vec<Client>, Revision), Fault> {
    let rows = fetch_all!(link, ClientRow, CHANGED, as_column(after), limits::STEP_ROWS as i64)?;
    let last = rows.last().map_or(after, ClientRow::revision);
    Ok((rows.into_iter().filter_map(|row| row.read(marks).ok()).collect(), last))
}
