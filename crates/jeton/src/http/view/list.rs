//! A page of a list, and how one is asked for.

use crate::problem::{Problem, ProblemCode};
use jeton_core::limits;
use jeton_store::page::{Page, PageRequest};
use serde::{Deserialize, Serialize};

/// A page of a list.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct List<T> {
    /// The entries.
    pub items: Vec<T>,
    /// The cursor of the next page; `null` on the last.
    pub next: Option<String>,
}

impl<T> List<T> {
    /// A page of the store's, each entry shown by `show`.
    pub fn of<S>(page: Page<S>, show: impl FnMut(S) -> T) -> Self {
        Self { items: page.items.into_iter().map(show).collect(), next: page.next }
    }
}

/// Which part of a list is wanted.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// The `next` of the page before.
    pub cursor: Option<String>,
    /// Entries on the page: 1 to 500, 50 by default.
    pub limit: Option<u32>,
}

/// Longest cursor that is read.
const CURSOR_MAX: usize = 512;

/// The part of a list that a query asks for.
pub fn page_request(cursor: Option<String>, limit: Option<u32>) -> Result<PageRequest, Problem> {
    let bad = |field: &str, rule: String| Problem::new(ProblemCode::BadQuery, format!("`{field}` {rule}")).at(field);
    let is_one = |cursor: &String| (1..=CURSOR_MAX).contains(&cursor.len()) && cursor.bytes().all(|byte| byte.is_ascii_graphic());
    if !cursor.as_ref().is_none_or(is_one) {
        return Err(bad("cursor", "must be the `next` of the page before".into()));
    }
    let limit = limit.map_or(limits::PAGE_DEFAULT, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    if !(1..=limits::PAGE_MAX).contains(&limit) {
        return Err(bad("limit", format!("must be 1 to {}", limits::PAGE_MAX)));
    }
    Ok(PageRequest { after: cursor, limit })
}
