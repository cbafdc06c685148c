//! Refresh families: one row whose secret is replaced at each refresh. The secrets of before are kept as hashes, so that one that
//! comes back is known: within the grace time for a repetition, later for a theft.
//!
//! Never issues twice for one secret, never refuses an honest repetition, and never keeps a family alive whose old secret turned
//! up where it should not be.

mod find;
mod rotate;
mod spent;

pub(crate) use spent::{SpentRow, insert_spent};

use crate::{
    audit::Actor,
    error::Result,
    store::{Store, read::read},
    token::{NewToken, Planned, TokenDetail},
};
use jeton_core::{change::Revision, id::TokenId, timestamp::Timestamp, token_text::TokenDigest};

/// A family with its grant, as a refresh begins.
#[derive(Clone, Debug)]
pub struct FoundFamily {
    /// The family's row. Its generation counts the secrets.
    pub family: TokenDetail,
    /// The grant that it hangs on.
    pub grant: TokenDetail,
    /// What is known of the presented secret, where it was replaced.
    pub spent: Option<SpentSecret>,
}

/// A secret that was replaced.
#[derive(Clone, Debug)]
pub struct SpentSecret {
    /// When.
    pub at: Timestamp,
    /// Who replaced it, and the sealed answer that he was given, while that is kept.
    pub answer: Option<([u8; 32], Vec<u8>)>,
}

/// A refresh about to be made.
#[derive(Clone, Debug)]
pub struct NewRefresh {
    /// The family.
    pub family: TokenId,
    /// The digest of what was presented.
    pub presented: TokenDigest,
    /// The digest of the secret that takes its place.
    pub digest: TokenDigest,
    /// The last four characters of that.
    pub hint: String,
    /// Until when it is good; never beyond the grant.
    pub expires_at: Timestamp,
    /// The access token that is issued, below the grant.
    pub access: NewToken,
    /// The whole answer, sealed by the caller: it holds secrets.
    pub sealed_answer: Vec<u8>,
    /// Who presents it: a hash over the client and the key that it proved. Only the same one gets the answer again.
    pub holder: [u8; 32],
    /// A secret that was replaced before this instant is not repeated, but stolen.
    pub grace_since: Timestamp,
}

/// What a refresh came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refreshed {
    /// The secret was replaced now.
    Now(Revision),
    /// It was replaced before, by the same holder and not long ago: this is the sealed answer of then.
    Again {
        /// What was kept.
        sealed_answer: Vec<u8>,
        /// A place at which the answer of then holds.
        revision: Revision,
    },
    /// It was replaced before, long ago or by somebody else: the grant is revoked.
    Theft {
        /// The grant.
        grant: TokenId,
        /// The place of its revocation.
        revision: Revision,
    },
    /// It never was a secret of this family.
    Unknown,
    /// The family is over.
    Dead,
}

impl Store {
    /// The family of this id with its grant, and what is known of the presented secret.
    pub async fn find_refresh(&self, family: TokenId, presented: TokenDigest) -> Result<Option<FoundFamily>> {
        read!(self, link => find::find(link, self.marks(), family, &presented))
    }
    /// Replaces the secret of a family and issues an access token, once for each secret.
    pub async fn refresh(&self, new: NewRefresh, actor: Actor) -> Result<Refreshed> {
        let access = Planned::of(new.access.clone(), &actor)?;
        self.write(rotate::Refresh { new, access, actor }).await
    }
}
