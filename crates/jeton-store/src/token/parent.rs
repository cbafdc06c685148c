//! The parent of a token that is about to be issued or edited: checked again in the transaction, where nothing can change it.

use super::row::TokenRow;
use crate::{error::StoreError, fault::Fault, project::Project, user::User, writer::Tx};
use jeton_core::{
    facts::TokenState,
    id::{OrganisationId, ProjectId, TokenId, UserId},
    limits,
    name::Name,
    policy::Policy,
    timestamp::Timestamp,
};

/// Checks that the parent and all that it was derived from are alive, that it is of the same organisation, and that the child
/// ends no later.
pub(crate) async fn check(tx: &mut Tx<'_>, policy: &Policy, expires_at: Option<Timestamp>, now: Timestamp) -> Result<(), Fault> {
    let mut next = policy.parent;
    let mut depth = 1;
    while let Some(id) = next {
        depth += 1;
        if depth > limits::DERIVATION_DEPTH_MAX {
            return Err(conflict(id, "has been derived too often already"));
        }
        let parent = tx.token(id).await?.filter(|row| row.organisation == policy.organisation.to_string());
        let parent = parent.ok_or(StoreError::NotFound("parent token"))?;
        alive(parent, id, now)?;
        if let Some(end) = parent.expires_at
            && expires_at.is_none_or(|own| own.as_micros() > end)
        {
            return Err(conflict(id, "ends before the token that is derived from it would"));
        }
        next = parent.parse_parent()?;
    }
    Ok(())
}

fn alive(parent: &TokenRow, id: TokenId, now: Timestamp) -> Result<(), Fault> {
    match parent.parse_state()? {
        TokenState::Revoked => return Err(conflict(id, "is revoked")),
        TokenState::Suspended => return Err(conflict(id, "is suspended")),
        TokenState::Active => {}
    }
    if parent.expires_at.is_some_and(|end| end <= now.as_micros()) {
        return Err(conflict(id, "has expired"));
    }
    Ok(())
}

fn conflict(id: TokenId, what: &str) -> Fault {
    StoreError::Conflict(format!("the parent `{id}` {what}")).into()
}

/// Checks that the project that the token belongs to is still there, under its name where that is given, and that the user whom
/// it speaks for is not shut out.
pub(super) async fn check_holder(tx: &mut Tx<'_>, policy: &Policy, subject: &str, project_name: Option<&Name>) -> Result<(), Fault> {
    if let Some(id) = policy.project {
        let project = project(tx, policy.organisation, id).await?;
        if project_name.is_some_and(|name| *name != project.name) {
            return Err(StoreError::NotFound("project").into());
        }
    }
    if let Ok(id) = UserId::parse(subject) {
        let user = user(tx, policy.organisation, id).await?;
        if user.disabled {
            return Err(StoreError::Conflict(format!("the account `{}` is disabled", user.id)).into());
        }
    }
    Ok(())
}

/// A project of an organisation, looked up once in a transaction.
async fn project<'t>(tx: &'t mut Tx<'_>, owner: OrganisationId, id: ProjectId) -> Result<&'t Project, Fault> {
    if tx.looked_up.projects.get(&id).is_none_or(|found| found.organisation != owner) {
        let found = crate::project::load_owned(&mut tx.link, &tx.shared.marks, owner, id).await?;
        tx.looked_up.projects.insert(id, found);
    }
    Ok(tx.looked_up.projects.get(&id).ok_or(StoreError::NotFound("project"))?)
}

/// A user of an organisation, looked up once in a transaction.
async fn user<'t>(tx: &'t mut Tx<'_>, owner: OrganisationId, id: UserId) -> Result<&'t User, Fault> {
    if tx.looked_up.users.get(&id).is_none_or(|found| found.organisation != owner) {
        let found = crate::user::load_owned(&mut tx.link, &tx.shared.marks, owner, id).await?;
        tx.looked_up.users.insert(id, found);
    }
    Ok(tx.looked_up.users.get(&id).ok_or(StoreError::NotFound("user"))?)
}
