//! Withdrawing a consent: it goes, and with it everything that hangs on the client's anchor for this person. What hangs on that
//! in turn dies with it.

use crate::{
    audit::Actor,
    error::StoreError,
    fault::Fault,
    link::{execute, fetch_all},
    marks::tampered,
    store::Store,
    token::{self, Transition},
    writer::{Operation, Tx},
};
use jeton_core::{
    change::Revision,
    facts::TokenState,
    id::{ClientId, OrganisationId, TokenId, UserId},
};
use serde_json::json;

const REMOVE: &str = "DELETE FROM consents WHERE account = $1 AND client = $2";
/// Grants hang on their client's anchor and have the person as their subject. Found by the index of parents.
const GRANTS: &str = "SELECT id FROM tokens WHERE parent = $1 AND organisation = $2 AND subject = $3 AND state <> 'revoked' ORDER BY id";

/// Why the grants are revoked.
const REASON: &str = "consent_withdrawn";

/// What a withdrawal came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withdrawn {
    /// Grants that were revoked.
    pub grants: u64,
    /// The newest place in the change log after it.
    pub revision: Revision,
}

impl Store {
    /// Takes back all that a user allowed a client: no consent is left, and no token.
    pub async fn withdraw_consent(
        &self,
        owner: OrganisationId,
        user: UserId,
        client: ClientId,
        actor: Actor,
    ) -> Result<Withdrawn, StoreError> {
        self.write(Withdraw { owner, user, client, actor }).await
    }
}

struct Withdraw {
    owner: OrganisationId,
    user: UserId,
    client: ClientId,
    actor: Actor,
}

impl Operation for Withdraw {
    type Answer = Withdrawn;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Withdrawn, Fault> {
        let (user, client) = (self.user.to_string(), self.client.to_string());
        execute!(&mut tx.link, REMOVE, user.as_str(), client.as_str())?;
        let anchor = self.client.anchor().to_string();
        let ids = fetch_all!(&mut tx.link, (String,), GRANTS, anchor, self.owner.to_string(), user.as_str())?;
        let transition = Transition { to: TokenState::Revoked, reason: Some(REASON.to_owned()), comment: None };
        let mut grants = 0;
        for (id,) in ids {
            let id = TokenId::parse(&id).map_err(|_| tampered("tokens", &id, "its id is none"))?;
            if let Some(mut row) = token::load(&mut tx.link, &tx.shared.marks, id).await? {
                token::move_to(tx, &mut row, &transition, &self.actor).await?;
                grants += 1;
            }
        }
        let details = json!({ "client": client, "grants_revoked": grants });
        tx.audit(&self.actor, Some(self.owner), "consent.withdraw", &user, details);
        Ok(Withdrawn { grants, revision: tx.revision() })
    }
}
