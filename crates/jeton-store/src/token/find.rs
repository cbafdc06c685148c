//! A verifier's look-up, and an owner's view of one token.

use super::{
    Found, Owner, TokenDetail, TokenRow,
    row::{columns, load_owned},
};
use crate::{
    change, cut,
    error::Result,
    fault::Fault,
    link::{Link, fetch_optional},
    marks::{Marks, tampered},
    row::from_row,
    store::{Store, read::read},
};
use jeton_core::{change::Revision, id::TokenId};
use serde::Deserialize;
use sqlx::Row;

/// A token's row with what the change log says, all from one moment.
#[derive(Debug, Deserialize)]
pub(super) struct FoundRow {
    pub(super) token: TokenRow,
    newest: Option<i64>,
    oldest: Option<i64>,
    head: i64,
    /// The place of the newest cut.
    pub(super) cut: Option<i64>,
}

from_row!(FoundRow, row => Self {
    token: sqlx::FromRow::from_row(row)?,
    newest: row.try_get("newest")?,
    oldest: row.try_get("oldest")?,
    head: row.try_get("head")?,
    cut: row.try_get("cut")?,
});

/// What the change log says of a token, as a literal: in the order of [`FoundRow`], and under these names.
macro_rules! of_the_log {
    ($newest:literal, $oldest:literal, $head:literal, $cut:literal) => {
        concat!(
            "(SELECT MAX(c.revision) FROM changes c WHERE c.id = t.id)",
            $newest,
            ", (SELECT MIN(c.revision) FROM changes c)",
            $oldest,
            ", (SELECT h.revision FROM heads h WHERE h.one = 1)",
            $head,
            ", (SELECT MAX(x.revision) FROM cuts x)",
            $cut
        )
    };
}
pub(super) use of_the_log;

/// The columns of [`FoundRow`], as a literal that statements are put together from.
macro_rules! found_columns {
    () => {
        concat!(columns!(), ", ", of_the_log!(" AS newest", " AS oldest", " AS head", " AS cut"))
    };
}
pub(super) use found_columns;

impl FoundRow {
    /// Checks the mark, and that the row is the newest that the change log knows of. Cuts must be known up to [`FoundRow::cut`].
    pub(super) fn check(&mut self, marks: &Marks) -> std::result::Result<(), Fault> {
        self.token.check(marks)?;
        let place = self.token.revision;
        let newest_of_all = match (self.newest, self.oldest) {
            (Some(newest), _) => place == newest,
            (None, Some(oldest)) => place < oldest,
            (None, None) => true,
        };
        if newest_of_all && place <= self.head {
            return Ok(());
        }
        Err(tampered("tokens", &self.token.id, "it is not the newest that the change log knows of"))
    }
}

const FIND: &str = concat!("SELECT ", found_columns!(), " FROM tokens t WHERE t.id = $1");

impl Store {
    /// Looks a token up for a verifier. The row's mark is checked, and that the row is the newest that the change log knows of;
    /// `as_of` is a place that the answer is at least as new as.
    pub async fn find_token(&self, id: TokenId) -> Result<Found> {
        // Known before the look-up: what comes later than this may be missing from "there is none".
        let before = self.shared().known_head();
        let found = read!(self, link => find(link, self.marks(), id, before))?;
        self.shared().saw_head(found.as_of);
        Ok(found)
    }
    /// Shows a token to its organisation.
    pub async fn show_token(&self, owner: Owner, id: TokenId) -> Result<TokenDetail> {
        let mut detail = read!(self, link => show(link, self.marks(), owner, id))?;
        detail.last_use = self.last_use(id).await?;
        if detail.record.secrets.previous.is_some() {
            let noted = self.silent_rotation(id).await?.filter(|noted| noted.ended_at.is_none() && noted.generation == detail.generation);
            detail.quiet_seconds = noted.map(|noted| noted.quiet_seconds);
        }
        Ok(detail)
    }
}

async fn find(link: &mut Link<'_>, marks: &Marks, id: TokenId, before: Revision) -> std::result::Result<Found, Fault> {
    let Some(mut row) = fetch_optional!(link, FoundRow, FIND, id.digits())? else {
        return Ok(Found { record: None, as_of: before });
    };
    cut::reach(link, marks, row.cut).await?;
    row.check(marks)?;
    Ok(Found { record: Some(row.token.record()?), as_of: change::from_column(row.head) })
}

async fn show(link: &mut Link<'_>, marks: &Marks, owner: Owner, id: TokenId) -> std::result::Result<TokenDetail, Fault> {
    cut::refresh(link, marks).await?;
    load_owned(link, marks, owner, id).await?.detail()
}
