//! Cuts: one row that ends every token of a scope which was issued up to an instant. Rows of tokens are not touched: whoever reads
//! one is told that it is revoked ([`crate::token`]).
//!
//! A cut is known before it is answered, is in the journal before it is committed, and never reaches less far than it did.

mod count;
mod list;
mod make;
mod memory;
mod row;

pub(crate) use make::put_back;
pub(crate) use memory::{CutMemory, is_known, reach, refresh};
pub(crate) use row::{covered, in_use};

use crate::{audit::Actor, error::Result, session::EndedSession, store::Store};
use jeton_core::{
    change::Revision,
    cut::{Cut, CutScope},
    id::TokenId,
    timestamp::Timestamp,
};

/// A cut about to be made.
#[derive(Clone, Debug)]
pub struct NewCut {
    /// What it ends.
    pub scope: CutScope,
    /// Issued before this instant; `None` for everything that was issued up to now.
    pub issued_before: Option<Timestamp>,
    /// Why, as a word such as `leaked`.
    pub reason: Option<String>,
    /// More words.
    pub comment: Option<String>,
    /// A token that must not be ended: a cut that would is a conflict.
    pub spared: Option<TokenId>,
}

/// What a cut came to.
#[derive(Clone, Debug)]
pub struct MadeCut {
    /// The cut, as it is now: an earlier one of the same scope may reach further.
    pub cut: Cut,
    /// The sessions that ended with it.
    pub sessions: Vec<EndedSession>,
}

impl MadeCut {
    /// Its place in the change log.
    pub const fn revision(&self) -> Revision {
        self.cut.revision
    }
}

impl Store {
    /// Ends everything in a scope that was issued up to an instant. What is issued after it, lives: the order of commits decides.
    pub async fn make_cut(&self, new: NewCut, actor: Actor) -> Result<MadeCut> {
        self.write(make::Make { new, actor }).await
    }
}
