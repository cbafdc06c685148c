//! Rows of issued tokens, of refresh families and of their secrets that were replaced, which wait for the end of their transaction, so that
//! one statement writes those of a whole group.
//!
//! Never hides a row from an operation that reads such rows: before each of those, what waits is inserted.

use super::tx::Tx;
use crate::{
    error::StoreError,
    fault::Fault,
    refresh::{SpentRow, insert_spent},
    token::{TokenRow, insert, insert_many, replace_secrets},
};
use jeton_core::id::TokenId;

/// How many of each kind of row wait.
pub(super) type Lengths = (usize, usize, usize);

/// What waits.
#[derive(Debug)]
pub(crate) struct Waiting {
    rows: Vec<TokenRow>,
    spent: Vec<SpentRow>,
    /// Families whose secret was replaced, one version later than they lie in the table.
    replaced: Vec<TokenRow>,
    /// Each operation inserts its own row, so that an id that is taken refuses only this one.
    one_by_one: bool,
}

impl Waiting {
    pub(super) const fn new(one_by_one: bool) -> Self {
        Self { rows: Vec::new(), spent: Vec::new(), replaced: Vec::new(), one_by_one }
    }
    /// How many of each wait.
    pub(super) const fn lengths(&self) -> Lengths {
        (self.rows.len(), self.spent.len(), self.replaced.len())
    }
    pub(super) fn forget_since(&mut self, (rows, spent, replaced): Lengths) {
        self.rows.truncate(rows);
        self.spent.truncate(spent);
        self.replaced.truncate(replaced);
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
    /// Notes a refresh token that was replaced, at the latest at the end of the transaction.
    pub(crate) async fn insert_spent(&mut self, row: SpentRow) -> Result<(), Fault> {
        if self.waiting.one_by_one {
            return insert_spent(&mut self.link, &[row]).await;
        }
        self.waiting.spent.push(row);
        Ok(())
    }
    /// Writes a sealed row whose secret was replaced, at the latest at the end of the transaction. `row` is one version later than it was
    /// read.
    pub(crate) async fn replace_secret(&mut self, row: TokenRow) -> Result<(), Fault> {
        if self.waiting.one_by_one {
            return replace_secrets(&mut self.link, &[row]).await;
        }
        // One statement changes a row once.
        if self.waiting.replaced.iter().any(|other| other.id == row.id) {
            self.insert_waiting().await?;
        }
        self.waiting.replaced.push(row);
        Ok(())
    }
    /// Writes what waits.
    pub(crate) async fn insert_waiting(&mut self) -> Result<(), Fault> {
        let (rows, spent) = (std::mem::take(&mut self.waiting.rows), std::mem::take(&mut self.waiting.spent));
        let replaced = std::mem::take(&mut self.waiting.replaced);
        if !rows.is_empty() {
            insert_many(&mut self.link, &rows).await?;
        }
        if !replaced.is_empty() {
            replace_secrets(&mut self.link, &replaced).await?;
        }
        if spent.is_empty() { Ok(()) } else { insert_spent(&mut self.link, &spent).await }
    }
    /// The same where the row of this token is among it.
    pub(crate) async fn insert_if_waiting(&mut self, id: TokenId) -> Result<(), Fault> {
        if self.waiting.rows.iter().chain(&self.waiting.replaced).any(|row| row.id == id.digits()) {
            self.insert_waiting().await
        } else {
            Ok(())
        }
    }
}
