//! Pages of lists: a cursor over an index, never an offset.

use crate::error::{Result, StoreError};
use jeton_core::limits;

/// Which part of a list is wanted.
#[derive(Clone, Debug, Default)]
pub struct PageRequest {
    /// The cursor that the page before ended with; `None` for the first.
    pub after: Option<String>,
    /// At most this many entries.
    pub limit: usize,
}

/// One part of a list.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The entries.
    pub items: Vec<T>,
    /// The cursor of the next page; `None` on the last.
    pub next: Option<String>,
}

impl PageRequest {
    /// How many entries, within what is allowed; the default where none are asked for.
    pub(crate) fn limit(&self) -> usize {
        if self.limit == 0 { limits::PAGE_DEFAULT } else { self.limit.min(limits::PAGE_MAX) }
    }
}

impl<T> Page<T> {
    /// A page out of one row more than was asked for: the surplus one only tells that there is a next page.
    pub(crate) fn cut(mut items: Vec<T>, limit: usize, cursor: impl Fn(&T) -> String) -> Self {
        let more = items.len() > limit;
        items.truncate(limit);
        let next = if more { items.last().map(cursor) } else { None };
        Self { items, next }
    }
}

/// Refuses an edit of something that was changed since it was read.
pub(crate) fn same_version(found: i64, expected: i64) -> Result<()> {
    if found == expected {
        return Ok(());
    }
    Err(StoreError::Outdated { found })
}
