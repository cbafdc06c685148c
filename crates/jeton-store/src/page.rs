//! Pages of lists: a cursor over an index, never an offset.

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
