//! What the operations of one transaction looked up, so that a group that issues for the same project, account or parent asks
//! once. Nobody else can change it meanwhile: the transaction holds the lock of every writer.
//!
//! Forgotten with every operation that may change any of it. Holds only what was found and carries its mark.

use super::tx::Tx;
use crate::{
    fault::Fault,
    project::Project,
    token::{TokenRow, load, load_many},
    user::User,
};
use jeton_core::id::{ProjectId, TokenId, UserId};
use std::collections::{BTreeSet, HashMap};

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct LookedUp {
    pub(crate) projects: HashMap<ProjectId, Project>,
    pub(crate) users: HashMap<UserId, User>,
    pub(crate) tokens: HashMap<TokenId, TokenRow>,
}

impl LookedUp {
    pub(super) fn forget(&mut self) {
        let Self { projects, users, tokens } = self;
        projects.clear();
        users.clear();
        tokens.clear();
    }
}

impl Tx<'_> {
    /// Reads the rows that a group will look at by one statement. What is not found, or does not carry its mark, is left to the operation
    /// that asks for it.
    pub(super) async fn look_ahead(&mut self, ids: BTreeSet<TokenId>) -> Result<(), Fault> {
        if ids.len() < 2 {
            return Ok(());
        }
        for mut row in load_many(&mut self.link, &ids).await? {
            if let (Ok(id), Ok(())) = (TokenId::parse(&row.id), row.check(&self.shared.marks)) {
                self.looked_up.tokens.insert(id, row);
            }
        }
        Ok(())
    }
    /// A token's row, looked up once in a transaction.
    pub(crate) async fn token(&mut self, id: TokenId) -> Result<Option<&TokenRow>, Fault> {
        if !self.looked_up.tokens.contains_key(&id) {
            self.insert_if_waiting(id).await?;
            if let Some(row) = load(&mut self.link, &self.shared.marks, id).await? {
                self.looked_up.tokens.insert(id, row);
            }
        }
        Ok(self.looked_up.tokens.get(&id))
    }
}
