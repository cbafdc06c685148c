//! A user's row, and loading it.

use super::{Role, User, UserFilter};
use crate::{
    error::StoreError,
    fault::Fault,
    link::{Link, fetch_all, fetch_optional},
    marks::{Marks, tampered},
    row::row,
};
use jeton_core::{
    id::{OrganisationId, UserId},
    mark::MarkedFields,
    name::Name,
    timestamp::Timestamp,
};

row! {
    /// A user as it lies in the table.
    pub(super) struct UserRow {
        pub(super) id: String,
        pub(super) organisation: String,
        pub(super) name: String,
        pub(super) email: Option<String>,
        pub(super) role: String,
        pub(super) disabled: i64,
        pub(super) created_at: i64,
        pub(super) version: i64,
        pub(super) mark: Vec<u8>,
    }
}

const SHOW: &str = "SELECT id, organisation, name, email, role, disabled, created_at, version, mark FROM users \
                    WHERE id = $1 AND organisation = $2";
const SHOW_ANY: &str = "SELECT id, organisation, name, email, role, disabled, created_at, version, mark FROM users WHERE id = $1";
const LIST: &str = "SELECT id, organisation, name, email, role, disabled, created_at, version, mark FROM users \
                    WHERE organisation = $1 AND name > $2 ORDER BY name LIMIT $3";
const FILTER: &str = "SELECT id, organisation, name, email, role, disabled, created_at, version, mark FROM users \
                      WHERE organisation = $1 AND name > $2 AND role = COALESCE($3, role) AND disabled = COALESCE($4, disabled) \
                      AND (lower(name) LIKE $5 ESCAPE '!' OR lower(COALESCE(email, '')) LIKE $5 ESCAPE '!') ORDER BY name LIMIT $6";
/// The chain of events knows of every change, and is never swept.
const CHANGED: &str = "SELECT at FROM audit_events WHERE target = $1 \
                       AND action IN ('user.edit', 'user.disable', 'user.enable', 'email.verify') ORDER BY sequence DESC LIMIT 1";
const NAMED: &str = "SELECT id, organisation, name, email, role, disabled, created_at, version, mark FROM users \
                     WHERE name = $1 OR lower(email) = $2 ORDER BY id LIMIT $3";

impl UserRow {
    /// The row of a user, marked.
    pub(super) fn sealed(user: &User, marks: &Marks) -> Self {
        let mut row = Self {
            id: user.id.to_string(),
            organisation: user.organisation.to_string(),
            name: user.name.as_str().to_owned(),
            email: user.email.clone(),
            role: user.role.as_str().to_owned(),
            disabled: i64::from(user.disabled),
            created_at: user.created_at.as_micros(),
            version: user.version,
            mark: Vec::new(),
        };
        row.mark = marks.mark(&row.fields());
        row
    }
    fn fields(&self) -> MarkedFields {
        MarkedFields::of("users")
            .text(&self.id)
            .text(&self.organisation)
            .text(&self.name)
            .maybe_text(self.email.as_deref())
            .text(&self.role)
            .number(self.disabled)
            .number(self.created_at)
            .number(self.version)
    }
    fn read(self, marks: &Marks) -> Result<User, Fault> {
        marks.check("users", &self.id, &self.fields(), &self.mark)?;
        let bad = || tampered("users", &self.id, "it cannot be read");
        Ok(User {
            id: UserId::parse(&self.id).map_err(|_| bad())?,
            organisation: OrganisationId::parse(&self.organisation).map_err(|_| bad())?,
            name: Name::parse(&self.name).map_err(|_| bad())?,
            role: Role::parse(&self.role).ok_or_else(bad)?,
            email: self.email,
            disabled: self.disabled != 0,
            created_at: Timestamp::from_micros(self.created_at),
            version: self.version,
        })
    }
}

/// Loads a user of one organisation, its mark checked; another organisation's is not found.
pub(crate) async fn load_owned(link: &mut Link<'_>, marks: &Marks, owner: OrganisationId, id: UserId) -> Result<User, Fault> {
    let row = fetch_optional!(link, UserRow, SHOW, id.to_string(), owner.to_string())?;
    row.ok_or(StoreError::NotFound("user"))?.read(marks)
}

/// Loads a user of whatever organisation, its mark checked: for whoever proves to be that person.
pub(crate) async fn load(link: &mut Link<'_>, marks: &Marks, id: UserId) -> Result<User, Fault> {
    let row = fetch_optional!(link, UserRow, SHOW_ANY, id.to_string())?;
    row.ok_or(StoreError::NotFound("user"))?.read(marks)
}

/// When a user was changed last; `None` where that never was.
pub(super) async fn changed_at(link: &mut Link<'_>, id: UserId) -> Result<Option<Timestamp>, Fault> {
    let changed = fetch_optional!(link, (i64,), CHANGED, id.to_string())?;
    Ok(changed.map(|(at,)| Timestamp::from_micros(at)))
}

/// One more than `limit` users by name.
pub(super) async fn list(
    link: &mut Link<'_>,
    marks: &Marks,
    owner: OrganisationId,
    after: String,
    limit: usize,
) -> Result<Vec<User>, Fault> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    fetch_all!(link, UserRow, LIST, owner.to_string(), after, limit)?.into_iter().map(|row| row.read(marks)).collect()
}

/// One more than `limit` of the users that fit, by name.
pub(super) async fn filter(
    link: &mut Link<'_>,
    marks: &Marks,
    owner: OrganisationId,
    filter: &UserFilter,
    after: String,
    limit: usize,
) -> Result<Vec<User>, Fault> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let (role, disabled) = (filter.role.map(Role::as_str), filter.disabled.map(i64::from));
    let text = format!("%{}%", literal(filter.text.as_deref().unwrap_or_default()));
    let rows = fetch_all!(link, UserRow, FILTER, owner.to_string(), after.as_str(), role, disabled, text.as_str(), limit)?;
    rows.into_iter().map(|row| row.read(marks)).collect()
}

/// A text that stands for itself in a pattern.
fn literal(text: &str) -> String {
    let escaped = |c: char| if matches!(c, '%' | '_' | '!') { vec!['!', c] } else { vec![c] };
    text.to_lowercase().chars().flat_map(escaped).collect()
}

/// Who may be meant by a name or an e-mail address, whatever the organisation.
pub(crate) async fn named(link: &mut Link<'_>, marks: &Marks, name: &str, limit: usize) -> Result<Vec<User>, Fault> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = fetch_all!(link, UserRow, NAMED, name, name.to_ascii_lowercase(), limit)?;
    rows.into_iter().map(|row| row.read(marks)).collect()
}
