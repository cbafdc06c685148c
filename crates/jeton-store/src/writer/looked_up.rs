//! What the operations of one transaction looked up, so that a group that issues for the same project, account or parent asks
//! once. Nobody else can change it meanwhile: the transaction holds the lock of every writer.
//!
//! Forgotten with every operation that may change any of it. Holds only what was found and carries its mark.

use crate::{project::Project, token::TokenRow, user::User};
use jeton_core::id::{ProjectId, TokenId, UserId};
use std::collections::HashMap;

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
