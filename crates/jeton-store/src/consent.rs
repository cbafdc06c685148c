//! Consents: what a person allowed a client, for each API. Withdrawing one ends everything that the client holds for the person,
//! in the same transaction.

mod row;
mod withdraw;

use crate::{
    audit::Actor,
    error::StoreError,
    fault::Fault,
    link::execute,
    page::{Page, PageRequest},
    store::{Store, read::read},
    writer::{Operation, Tx},
};
use jeton_core::{
    id::{ClientId, OrganisationId, UserId},
    name::Audience,
    scope::{Scope, ScopeSet},
    timestamp::Timestamp,
};
use row::ConsentRow;
use serde_json::json;
use std::collections::BTreeMap;
pub use withdraw::Withdrawn;

/// Scopes by the audience that they were allowed for; those of OpenID Connect stand under the audience of userinfo.
pub type ConsentedScopes = BTreeMap<Audience, ScopeSet>;

/// A consent as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// Who gave it.
    pub user: UserId,
    /// To which client.
    pub client: ClientId,
    /// For what.
    pub scopes: ConsentedScopes,
    /// When it was first given.
    pub given_at: Timestamp,
    /// When something was last added.
    pub changed_at: Timestamp,
    /// Rises by one with each change.
    pub version: i64,
}

impl Consent {
    /// Whether it covers these scopes of an audience.
    pub fn covers(&self, audience: &Audience, scopes: &ScopeSet) -> bool {
        self.scopes.get(audience).map_or_else(|| scopes.is_empty(), |own| own.covers_all(scopes))
    }
}

impl Store {
    /// What a user allowed a client, where anything.
    pub async fn find_consent(&self, user: UserId, client: ClientId) -> Result<Option<Consent>, StoreError> {
        read!(self, link => row::find(link, self.marks(), user, client))
    }
    /// What a user allowed which clients, by their ids.
    pub async fn list_consents(&self, user: UserId, page: PageRequest) -> Result<Page<Consent>, StoreError> {
        let after = page.after.clone().unwrap_or_default();
        let consents = read!(self, link => row::list(link, self.marks(), user, &after, page.limit()))?;
        Ok(Page::cut(consents, page.limit(), |consent| consent.client.to_string()))
    }
    /// Adds to what a user allows a client; what was allowed before stays.
    pub async fn give_consent(
        &self,
        owner: OrganisationId,
        user: UserId,
        client: ClientId,
        scopes: ConsentedScopes,
        actor: Actor,
    ) -> Result<Consent, StoreError> {
        self.write(Give { owner, user, client, scopes, actor }).await
    }
}

struct Give {
    owner: OrganisationId,
    user: UserId,
    client: ClientId,
    scopes: ConsentedScopes,
    actor: Actor,
}

impl Operation for Give {
    type Answer = Consent;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Consent, Fault> {
        let found = row::find(&mut tx.link, &tx.shared.marks, self.user, self.client).await?;
        let at = self.actor.at;
        let mut consent = found.unwrap_or_else(|| Consent {
            user: self.user,
            client: self.client,
            scopes: BTreeMap::new(),
            given_at: at,
            changed_at: at,
            version: 0,
        });
        for (audience, scopes) in &self.scopes {
            let own = consent.scopes.entry(audience.clone()).or_default();
            let all: Vec<Scope> = own.iter().chain(scopes.iter()).cloned().collect();
            *own = ScopeSet::from_scopes(all);
        }
        consent.changed_at = at;
        consent.version += 1;
        let row = ConsentRow::sealed(&consent, tx.marks())?;
        execute!(
            &mut tx.link,
            row::PUT,
            row.id.as_str(),
            row.account.as_str(),
            row.client.as_str(),
            row.scopes.as_str(),
            row.given_at,
            row.changed_at,
            row.version,
            row.mark.as_slice(),
        )?;
        let details = json!({ "client": self.client, "scopes": self.scopes });
        tx.audit(&self.actor, Some(self.owner), "consent.give", &self.user.to_string(), details);
        Ok(consent)
    }
}
