//! Tokens: issue, find, list, rotate, suspend, resume, revoke, edit. The secret never comes here, only its digest.

mod edit;
mod entitled;
mod filter;
mod find;
mod ids;
mod insert;
mod issue;
mod list;
mod packed;
mod parent;
mod replace;
mod revoke_many;
mod rotate;
mod row;
mod sums;
mod transition;

pub use entitled::{EntitledPlace, UncheckedPage};
pub use filter::{Expiry, NetworksWanted, Part, TokenFilter};
pub(crate) use insert::{insert, insert_many, update};
pub(crate) use issue::{Issue, Planned, issue_within};
pub use list::issued_at_of;
pub(crate) use list::line_of;
pub(crate) use parent::check as check_chain;
pub(crate) use replace::replace_secrets;
pub(crate) use revoke_many::RevokeBatch;
pub(crate) use rotate::end_overlap;
pub(crate) use row::{TokenRow, columns, digest_of, load, load_many, load_owned};
pub use sums::TokenSums;
pub(crate) use transition::move_to;

use jeton_core::{
    change::Revision,
    facts::{TokenRecord, TokenState},
    id::{OrganisationId, TokenId},
    name::{Name, Subject},
    policy::Policy,
    timestamp::Timestamp,
    token_text::TokenDigest,
};

/// A token about to be issued. Its policy names the parent where it is derived; the parent is checked again, alive and not
/// shorter-lived, in the transaction that issues the child.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// Its id.
    pub id: TokenId,
    /// For people.
    pub name: Name,
    /// Whom it speaks for.
    pub subject: Subject,
    /// What it may do.
    pub policy: Policy,
    /// The name that its project must have, where the caller chose the project by its name and may remember an older one.
    pub project_name: Option<Name>,
    /// SHA-256 of the whole text; `None` for a JWT, which is proved by its signature.
    pub digest: Option<TokenDigest>,
    /// The last four characters; empty for a JWT.
    pub hint: String,
    /// From when on.
    pub not_before: Option<Timestamp>,
    /// Until when.
    pub expires_at: Option<Timestamp>,
    /// Free for the owner: a JSON object of strings.
    pub metadata: String,
    /// When it is issued.
    pub issued_at: Timestamp,
}

/// A key that makes a repeated issue give the first answer again.
#[derive(Clone, Debug)]
pub struct Idempotency {
    /// Whose key: the management token's id, or the user's.
    pub owner: String,
    /// The key that the caller chose.
    pub key: String,
    /// SHA-256 of the request.
    pub request: [u8; 32],
    /// The answer, sealed by the caller (it holds the secret), kept for a day.
    pub sealed_answer: Vec<u8>,
}

/// What an issue came to.
#[derive(Clone, Debug)]
pub enum Issued {
    /// It was issued now.
    Now(Revision),
    /// The idempotency key was used before for the same request: this is the sealed answer of then.
    Before {
        /// What was kept.
        sealed_answer: Vec<u8>,
    },
}

/// What a verifier is given: the token and the place in the change log that this is true at, or later.
#[derive(Clone, Debug)]
pub struct Found {
    /// The token; `None` when there is none of this id.
    pub record: Option<TokenRecord>,
    /// Read before the row, so that a change that is not in the row has a later place.
    pub as_of: Revision,
}

/// A token as its owner sees it.
#[derive(Clone, Debug)]
pub struct TokenDetail {
    /// What verifiers know of it.
    pub record: TokenRecord,
    /// For people.
    pub name: Name,
    /// The last four characters of the newest secret.
    pub hint: String,
    /// Free for the owner.
    pub metadata: String,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// By whom.
    pub issued_by: String,
    /// Why it is in its state, where somebody said so.
    pub reason: Option<String>,
    /// More words on that.
    pub comment: Option<String>,
    /// When its state, secret or rules were last changed.
    pub changed_at: Timestamp,
    /// How many secrets it has had.
    pub generation: i64,
    /// Rises by one with each change: what `If-Match` compares.
    pub version: i64,
    /// Its last use, where there was one.
    pub last_use: Option<crate::usage::LastUse>,
    /// The silence of the old secret that ends an overlap that is running, where one does.
    pub quiet_seconds: Option<u32>,
}

/// A rotation about to be made.
#[derive(Clone, Debug)]
pub struct Rotation {
    /// The new secret's digest.
    pub digest: TokenDigest,
    /// Its last four characters.
    pub hint: String,
    /// Until when the old secret lives: now for "at once".
    pub previous_until: Timestamp,
    /// End an overlap that is still running; without it a second rotation during an overlap is a conflict.
    pub end_running_overlap: bool,
    /// End the overlap before that once the old secret was silent for so long.
    pub quiet_seconds: Option<u32>,
}

/// A change of state about to be made.
#[derive(Clone, Debug)]
pub struct Transition {
    /// To which state: `Suspended`, `Active` (resume) or `Revoked`. Revoking twice is no error and changes nothing.
    pub to: TokenState,
    /// Why, as a word such as `leaked`.
    pub reason: Option<String>,
    /// More words.
    pub comment: Option<String>,
}

/// An edit about to be made: what is `Some` replaces.
#[derive(Clone, Debug, Default)]
pub struct TokenEdit {
    /// A new name.
    pub name: Option<Name>,
    /// New metadata.
    pub metadata: Option<String>,
    /// A new policy; organisation, kind, format and parent stay.
    pub policy: Option<Policy>,
    /// A new end; never later for a derived token than its parent's.
    pub expires_at: Option<Option<Timestamp>>,
}

/// Whose tokens: every operation names the organisation, and another organisation's token is not found.
pub type Owner = OrganisationId;
