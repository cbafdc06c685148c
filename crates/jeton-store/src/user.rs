//! People's accounts. How they sign in is in [`crate::password`] and [`crate::session`]; here they own tokens.

mod row;
mod write;

use crate::{
    error::StoreError,
    page::{Page, PageRequest},
    store::{Store, read::read},
};
pub use jeton_core::role::Role;
use jeton_core::{id::OrganisationId, id::UserId, name::Name, timestamp::Timestamp};
pub(crate) use row::{load, load_owned, named};
pub(crate) use write::{Edit, Insert};

/// A user as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The id; also the subject of the user's tokens.
    pub id: UserId,
    /// The organisation that the account belongs to.
    pub organisation: OrganisationId,
    /// The name to sign in with; one of a kind in the organisation.
    pub name: Name,
    /// The e-mail address, where one is known.
    pub email: Option<String>,
    /// What the user may do.
    pub role: Role,
    /// Whether the account is shut. The tokens of a shut account are suspended.
    pub disabled: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// Rises by one with each edit; whatever is given for a new one becomes 1.
    pub version: i64,
}

/// An edit about to be made: what is `Some` replaces.
#[derive(Clone, Debug, Default)]
pub struct UserEdit {
    /// A new name.
    pub name: Option<Name>,
    /// A new e-mail address, or none.
    pub email: Option<Option<String>>,
    /// A new role.
    pub role: Option<Role>,
    /// Shuts the account, which suspends its tokens, or opens it again, which resumes none.
    pub disabled: Option<bool>,
}

/// Which users are wanted: those that fit all that is `Some`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserFilter {
    /// Of this role.
    pub role: Option<Role>,
    /// Whose account is shut, or is not.
    pub disabled: Option<bool>,
    /// Whose name or e-mail address holds this text, whatever its case.
    pub text: Option<String>,
}

/// What an edit came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserEdited {
    /// The account as it is now.
    pub user: User,
    /// How many tokens were suspended with it.
    pub suspended: u64,
    /// The sessions that were ended with it.
    pub ended: Vec<crate::session::EndedSession>,
    /// The newest place in the change log after it.
    pub revision: jeton_core::change::Revision,
}

impl Store {
    /// Shows a user of an organisation.
    pub async fn show_user(&self, owner: OrganisationId, id: UserId) -> Result<User, StoreError> {
        read!(self, link => load_owned(link, self.marks(), owner, id))
    }
    /// When what is told of a user changed last: the account was made, edited, or its address was shown to be read.
    pub async fn user_changed_at(&self, user: &User) -> Result<Timestamp, StoreError> {
        let changed = read!(self, link => row::changed_at(link, user.id))?;
        Ok(changed.unwrap_or(user.created_at))
    }
    /// Lists those of an organisation's users that fit, by name.
    pub async fn filter_users(&self, owner: OrganisationId, filter: &UserFilter, page: PageRequest) -> Result<Page<User>, StoreError> {
        let after = page.after.clone().unwrap_or_default();
        let users = read!(self, link => row::filter(link, self.marks(), owner, filter, after.clone(), page.limit()))?;
        Ok(Page::cut(users, page.limit(), |user| user.name.as_str().to_owned()))
    }
    /// Lists an organisation's users by name.
    pub async fn list_users(&self, owner: OrganisationId, page: PageRequest) -> Result<Page<User>, StoreError> {
        let after = page.after.clone().unwrap_or_default();
        let users = read!(self, link => row::list(link, self.marks(), owner, after.clone(), page.limit()))?;
        Ok(Page::cut(users, page.limit(), |user| user.name.as_str().to_owned()))
    }
}
