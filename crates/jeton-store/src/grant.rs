//! Grants: what one subject let one client do, with the tokens that are issued under it, in one transaction. Whoever revokes a
//! grant revokes all of it.
//!
//! Never issues tokens for a code twice, and never leaves alive what came of a code that is presented a second time.

mod issue;
mod plan;
mod redeem;
mod revoke;

pub(crate) use plan::PlannedGrant;
pub(crate) use redeem::is_cut;
pub(crate) use revoke::revoke;

use crate::{audit::Actor, error::Result, store::Store, token::NewToken};
use jeton_core::{
    change::Revision,
    id::{ClientId, TokenId},
};

/// A grant about to be made, and the tokens of its first answer. Their parent is the grant, and none outlives it.
#[derive(Clone, Debug)]
pub struct NewGrant {
    /// The grant: of kind `grt`, without a digest, below the client's anchor.
    pub grant: NewToken,
    /// What is issued under it at once.
    pub tokens: Vec<NewToken>,
}

/// A code that is about to be redeemed. Everything that can be said of the request was found in order before.
#[derive(Clone, Debug)]
pub struct Redemption {
    /// SHA-256 of the code's text.
    pub digest: [u8; 32],
    /// The client that presents it.
    pub client: ClientId,
    /// What it becomes.
    pub grant: NewGrant,
}

/// What became of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redeemed {
    /// It became the grant, known everywhere that reads the change log up to this place.
    Now(Revision),
    /// It was used before: the grant of then is revoked.
    Replayed {
        /// The grant of the first use, where there still is one.
        grant: Option<TokenId>,
        /// The place of its revocation.
        revision: Revision,
    },
    /// There is no such code of this client. A code of another client stays as it is.
    Unknown,
    /// It was not used in time.
    Expired,
}

impl Store {
    /// Issues a grant with its first tokens, all or nothing.
    pub async fn issue_grant(&self, new: NewGrant, actor: Actor) -> Result<Revision> {
        self.write(issue::IssueGrant { planned: PlannedGrant::of(new, &actor)?, actor }).await
    }
    /// Makes a grant of a code: the first of all that try gets it, every other one ends it.
    pub async fn redeem_code(&self, redemption: Redemption, actor: Actor) -> Result<Redeemed> {
        self.write(redeem::Redeem::of(redemption, actor)?).await
    }
    /// A code was presented again by its client: ends what came of it, without making anything of it. `None` when there is
    /// nothing to end.
    pub async fn revoke_grant(&self, grant: TokenId, reason: &'static str, actor: Actor) -> Result<Option<Revision>> {
        self.write(revoke::RevokeGrant { grant, reason, actor }).await
    }
}
