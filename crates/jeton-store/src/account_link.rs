//! Links about accounts that are good for once: to choose another password, to verify an address, to accept an invitation, to set up
//! the first owner. Stored is the SHA-256 of what stands in the link, each row under its mark.
//!
//! Looking at a link never uses it up: that happens in the transaction that does what it is for.

mod insert;
mod row;
mod spend;

pub use spend::{FirstWay, InvitedUser, SetUpOwner};

use crate::{
    error::{Result, StoreError},
    page::{Page, PageRequest},
    store::{Store, read::read},
    user::Role,
};
use jeton_core::{
    id::{LinkId, OrganisationId, UserId},
    timestamp::Timestamp,
};

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkKind {
    /// To choose another password.
    Reset,
    /// To show that an e-mail address is read.
    VerifyEmail,
    /// To make an account of one's own.
    Invitation,
    /// To make the first owner's account one's own.
    Setup,
}

/// A link as stored. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountLink {
    /// Its id.
    pub id: LinkId,
    /// What it is for.
    pub kind: LinkKind,
    /// The organisation that it is about.
    pub organisation: OrganisationId,
    /// The account that it is about; an invitation has none yet.
    pub user: Option<UserId>,
    /// The address that it is about.
    pub email: Option<String>,
    /// The role that an invitation gives.
    pub role: Option<Role>,
    /// Whether it was sent to that address alone: then whoever has it reads that address.
    pub by_mail: bool,
    /// Who had it issued, as the audit names them.
    pub issued_by: String,
    /// When it was issued.
    pub created_at: Timestamp,
    /// Until when it is good.
    pub expires_at: Timestamp,
    /// When it was used, or withdrawn.
    pub used_at: Option<Timestamp>,
}

impl LinkKind {
    /// The kind's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reset => "reset",
            Self::VerifyEmail => "verify_email",
            Self::Invitation => "invitation",
            Self::Setup => "setup",
        }
    }
    fn parse(text: &str) -> Option<Self> {
        [Self::Reset, Self::VerifyEmail, Self::Invitation, Self::Setup].into_iter().find(|kind| kind.as_str() == text)
    }
}

impl AccountLink {
    /// Whether it can still be used.
    pub fn is_good_at(&self, now: Timestamp) -> bool {
        self.used_at.is_none() && now < self.expires_at
    }
}

impl Store {
    /// The link of this kind behind a secret, where it is still good.
    pub async fn find_link_at(&self, digest: [u8; 32], kind: LinkKind, now: Timestamp) -> Result<Option<AccountLink>> {
        let found = read!(self, link => row::find(link, self.marks(), &digest, kind))?;
        Ok(found.filter(|own| own.is_good_at(now)))
    }
    /// The invitations of an organisation that wait, the newest first.
    pub async fn list_invitations_at(&self, owner: OrganisationId, now: Timestamp, page: PageRequest) -> Result<Page<AccountLink>> {
        let after = page.after.as_deref().map(row::Cursor::parse).transpose()?.unwrap_or_else(row::Cursor::before_first);
        let rows = read!(self, link => row::waiting(link, self.marks(), owner, &after, now, page.limit()))?;
        Ok(Page::cut(rows, page.limit(), row::Cursor::of))
    }
    /// One invitation of an organisation.
    pub async fn show_invitation(&self, owner: OrganisationId, id: LinkId) -> Result<AccountLink> {
        let found = read!(self, link => row::load(link, self.marks(), owner, id))?;
        found.filter(|own| own.kind == LinkKind::Invitation).ok_or(StoreError::NotFound("invitation"))
    }
}
