//! Rows of issued tokens that wait for the end of their transaction, so that one statement inserts those of a whole group.
//!
//! Never hides a token from an operation that reads tokens: before each of those, what waits is inserted.

use super::tx::Tx;
use crate::{
    error::StoreError,
    fault::Fault,
    token::{TokenRow, insert, insert_many},
};
use jeton_core::id::TokenId;

/// What waits.
#[derive(Debug)]
pub(crate) struct Waiting {
    rows: Vec<TokenRow>,
    /// Each operation inserts its own row, so that an id that is taken refuses only this one.
    one_by_one: bool,
}

impl Waiting {
    pub(super) const fn new(one_by_one: bool) -> Self {
        Self { rows: Vec::new(), one_by_one }
    }
    pub(super) const fn len(&self) -> usize {
        self.rows.len()
    }
    pub(super) fn forget_since(&mut self, place: usize) {
        self.rows.truncate(place);
    }
}

impl Tx<'_> {
    /// Inserts a sealed row, at the latest at the end of the transaction. An id that is taken makes the group run again with
    /// each operation by itself, and then this one is refused.
    pub(crate) async fn insert_token(&mut self, row: TokenRow) -> Result<(), Fault> {
        if !self.waiting.one_by_one {
            self.waiting.rows.push(row);
            return Ok(());
        }
        if insert(&mut self.link, &row).await? { Ok(()) } else { Err(StoreError::Exists("a token with this id").into()) }
    }
    /// Inserts what waits.
    pub(crate) async fn insert_waiting(&mut self) -> Result<(), Fault> {
        if self.waiting.rows.is_empty() {
            return Ok(());
        }
        let rows = std::mem::take(&mut self.waiting.rows);
        insert_many(&mut self.link, &rows).await
    }
    /// The same where the row of this token is among it.
    pub(crate) async fn insert_if_waiting(&mut self, id: TokenId) -> Result<(), Fault> {
        if self.waiting.rows.iter().any(|row| row.id == id.digits()) { self.insert_waiting().await } else { Ok(()) }
    }
}
