//! Replacing the secret of a family: the first of all that present it, all others are told the same or end it.

use super::{NewRefresh, Refreshed, SpentSecret, find::is_family, spent};
use crate::{
    audit::Actor,
    change::{as_column, from_column},
    error::StoreError,
    fault::Fault,
    grant,
    outside::Entry,
    token::{Planned, TokenRow, check_chain},
    writer::{Operation, Tx},
};
use jeton_core::{change::Changed, change::Revision, facts::TokenState, id::TokenId, policy::Policy};
use serde_json::json;

/// Why a grant is over whose old refresh token turned up.
const STOLEN: &str = "refresh_token_reused";

pub(super) struct Refresh {
    pub(super) new: NewRefresh,
    pub(super) access: Planned,
    pub(super) actor: Actor,
}

impl Operation for Refresh {
    type Answer = Refreshed;
    const REFUSES_FIRST: bool = true;
    const ONLY_ISSUES: bool = true;

    fn looks_at(&self) -> Vec<TokenId> {
        self.access.policy().parent.into_iter().chain([self.new.family]).collect()
    }
    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Refreshed, Fault> {
        let now = self.actor.at.as_micros();
        let row = tx.token(self.new.family).await?.cloned();
        let Some(row) = row.filter(is_family) else { return Ok(Refreshed::Unknown) };
        if row.parse_state()? != TokenState::Active || row.expires_at.is_some_and(|end| end <= now) {
            return Ok(Refreshed::Dead);
        }
        let policy = row.parse_policy()?;
        if row.record()?.secrets.current.matches(&self.new.presented) {
            return self.replace(tx, row, &policy).await.map(Refreshed::Now);
        }
        // It may have been replaced a moment ago, in this very transaction.
        tx.insert_waiting().await?;
        match spent::find(&mut tx.link, self.new.family, &self.new.presented).await? {
            None => Ok(Refreshed::Unknown),
            Some(spent) => self.again(tx, &row, &policy, spent).await,
        }
    }
}

impl Refresh {
    async fn replace(&self, tx: &mut Tx<'_>, mut row: TokenRow, policy: &Policy) -> Result<Revision, Fault> {
        let (new, at) = (&self.new, self.actor.at);
        if self.access.policy().parent != policy.parent || policy.parent.is_none() {
            return Err(StoreError::Conflict("an access token must hang on the grant of its refresh token".to_owned()).into());
        }
        self.access.check(tx, at).await?;
        check_chain(tx, policy, Some(new.expires_at), at).await?;
        let previous = std::mem::replace(&mut row.digest, new.digest.as_bytes().to_vec());
        // Nothing but this file looks at what a family's secret was before.
        (row.previous_digest, row.previous_until) = (None, None);
        row.hint.clone_from(&new.hint);
        row.expires_at = Some(new.expires_at.as_micros());
        row.generation += 1;
        row.version += 1;
        row.changed_at = at.as_micros();
        row.revision = as_column(tx.changed(at, Changed::Token(new.family)));
        row.seal(tx.marks());
        tx.looked_up.tokens.insert(new.family, row.clone());
        let generation = row.generation;
        tx.replace_secret(row).await?;
        spent::note(tx, new, at).await?;
        let access = self.access.sealed(tx, as_column(tx.revision()).saturating_add(1));
        tx.insert_token(access).await?;
        let revision = tx.changed(at, Changed::Token(self.access.id()));
        // From here on a row of before is refused, should somebody put it back.
        tx.journal(Entry::Rotated {
            token: new.family,
            at,
            generation,
            current: new.digest,
            hint: new.hint.clone(),
            previous: (crate::token::digest_of(&previous)?, at),
        });
        let details = json!({ "generation": generation, "token": self.access.id().digits() });
        tx.audit(&self.actor, Some(policy.organisation), "token.refresh", new.family.digits(), details);
        Ok(revision)
    }
    async fn again(&self, tx: &mut Tx<'_>, row: &TokenRow, policy: &Policy, spent: SpentSecret) -> Result<Refreshed, Fault> {
        if let Some((holder, sealed_answer)) = spent.answer
            && holder == self.new.holder
            && spent.at >= self.new.grace_since
        {
            return Ok(Refreshed::Again { sealed_answer, revision: from_column(row.revision) });
        }
        let Some(grant) = policy.parent else { return Ok(Refreshed::Dead) };
        let details = json!({ "grant": grant.digits(), "client": policy.client_id, "subject": row.subject, "spent_at": spent.at });
        tx.audit(&self.actor, Some(policy.organisation), "refresh.theft", self.new.family.digits(), details);
        let revision = grant::revoke(tx, grant, STOLEN, &self.actor).await?.unwrap_or_else(|| tx.revision());
        Ok(Refreshed::Theft { grant, revision })
    }
}
