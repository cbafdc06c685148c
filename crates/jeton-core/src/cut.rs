//! Cuts: tokens taken back by what they have in common and when they were issued, however many they are. One row ends a million.
//!
//! A cut is final: what was issued up to its instant stays dead, and only what is issued after it lives. Nothing here ever makes a
//! cut smaller.

mod scope;
mod set;

pub use scope::{BadCut, CutScope, CutWhat};
pub use set::{Cuts, Ended, Issued};

use crate::{change::Revision, timestamp::Timestamp};

/// A cut: everything in its scope that was issued up to an instant is revoked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// What it ends.
    pub scope: CutScope,
    /// Issued then or before.
    pub until: Timestamp,
    /// When it was made, or made later than it was.
    pub at: Timestamp,
    /// By whom.
    pub actor: String,
    /// Why, as a word.
    pub reason: Option<String>,
    /// More words.
    pub comment: Option<String>,
    /// Its place in the change log.
    pub revision: Revision,
}
