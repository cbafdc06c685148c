//! An organisation with all that makes it usable: a project, an owner and the owner's token, in one transaction. Never a part of it.

use super::Organisation;
use crate::{
    audit::Actor,
    error::StoreError,
    fault::Fault,
    project::{self, Project},
    store::Store,
    token::{Issue, Issued, NewToken},
    user::{self, User},
    writer::{Operation, Tx},
};
use jeton_core::change::Revision;

/// What is founded together.
#[derive(Clone, Debug)]
pub struct Founding {
    /// The organisation.
    pub organisation: Organisation,
    /// Its first project.
    pub project: Project,
    /// Its first user.
    pub owner: User,
    /// That user's token.
    pub token: NewToken,
}

impl Store {
    /// Adds all of it, or nothing; gives the organisation and the place of its token in the change log.
    pub async fn found_organisation(&self, new: Founding, actor: Actor) -> Result<(Organisation, Revision), StoreError> {
        let token = Issue::of(new.token, None, actor.clone())?;
        let organisation = super::Insert { new: new.organisation, actor: actor.clone() };
        let project = project::Insert { new: new.project, actor: actor.clone() };
        let owner = user::Insert { new: new.owner, actor };
        self.write(Found { organisation, project, owner, token }).await
    }
}

struct Found {
    organisation: super::Insert,
    project: project::Insert,
    owner: user::Insert,
    token: Issue,
}

impl Operation for Found {
    type Answer = (Organisation, Revision);

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Self::Answer, Fault> {
        let organisation = self.organisation.apply(tx).await?;
        self.project.apply(tx).await?;
        self.owner.apply(tx).await?;
        match self.token.apply(tx).await? {
            Issued::Now(revision) => Ok((organisation, revision)),
            Issued::Before { .. } => Err(StoreError::KeyReused.into()),
        }
    }
}
