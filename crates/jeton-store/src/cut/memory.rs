//! The cuts as this process knows them: every row of a token that is read is held against them. Only ever grows, whatever the
//! database says: a cut that somebody removed there counts here still.

use super::row::CutRow;
use crate::{
    change::{as_column, from_column},
    fault::Fault,
    link::{Link, fetch_all, fetch_one},
    marks::Marks,
    store::{Store, read::read},
};
use jeton_core::cut::{Cut, Cuts};
use parking_lot::RwLock;
use std::sync::Arc;

/// The cuts that are known.
#[derive(Debug, Default)]
pub(crate) struct CutMemory(RwLock<Arc<Cuts>>);

impl CutMemory {
    /// All of them.
    pub(crate) fn known(&self) -> Arc<Cuts> {
        Arc::clone(&self.0.read())
    }
    /// Takes in cuts that are committed.
    pub(crate) fn take_in<'c>(&self, cuts: impl IntoIterator<Item = &'c Cut>) {
        let mut cuts = cuts.into_iter().peekable();
        if cuts.peek().is_some() {
            let mut known = self.0.write();
            let set = Arc::make_mut(&mut known);
            cuts.for_each(|cut| set.add(cut));
        }
    }
}

const SINCE: &str = "SELECT id, organisation, kind, value, until, at, actor, reason, comment, revision, mark FROM cuts WHERE revision > $1 ORDER BY revision";

/// Makes sure that every cut is known that is committed now.
pub(crate) async fn refresh(link: &mut Link<'_>, marks: &Marks) -> Result<(), Fault> {
    let (newest,) = fetch_one!(link, (Option<i64>,), "SELECT MAX(revision) FROM cuts")?;
    reach(link, marks, newest).await
}

/// Whether every cut is known up to the place of the newest.
pub(crate) fn is_known(marks: &Marks, newest: Option<i64>) -> bool {
    newest.is_none_or(|newest| from_column(newest) <= marks.cuts.known().newest())
}

/// Makes sure that every cut is known up to the place of the newest.
pub(crate) async fn reach(link: &mut Link<'_>, marks: &Marks, newest: Option<i64>) -> Result<(), Fault> {
    if is_known(marks, newest) {
        return Ok(());
    }
    let rows = fetch_all!(link, CutRow, SINCE, as_column(marks.cuts.known().newest()))?;
    let cuts = rows.into_iter().map(|row| row.read(marks)).collect::<Result<Vec<_>, _>>()?;
    marks.cuts.take_in(&cuts);
    Ok(())
}

impl Store {
    /// Takes in the cuts that other processes made.
    pub async fn refresh_cuts(&self) -> crate::error::Result<()> {
        read!(self, link => refresh(link, self.marks()))
    }
}
