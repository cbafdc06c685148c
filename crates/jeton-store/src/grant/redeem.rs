//! Redeeming a code, once (RFC 6749, section 4.1.2).
//!
//! A code that another client presents stays as it is: it was not used, since it is worth nothing to that client, and whoever
//! could end it by presenting it would lock its rightful client out. The second use by its own client ends the grant of the
//! first: one of the two had stolen it.

use super::{PlannedGrant, Redeemed, Redemption, revoke};
use crate::{
    audit::Actor,
    code,
    error::Result,
    fault::Fault,
    link::execute,
    writer::{Operation, Tx},
};
use jeton_core::{cut::Issued, id::ClientId, kind::TokenKind, oauth::authorization::Authorization};

/// Why a grant that a replayed code stood behind is over.
const REPLAYED: &str = "code_replayed";

pub(super) struct Redeem {
    digest: [u8; 32],
    client: ClientId,
    planned: PlannedGrant,
    actor: Actor,
}

impl Redeem {
    pub(super) fn of(redemption: Redemption, actor: Actor) -> Result<Self> {
        let Redemption { digest, client, grant } = redemption;
        Ok(Self { digest, client, planned: PlannedGrant::of(grant, &actor)?, actor })
    }
}

impl Operation for Redeem {
    type Answer = Redeemed;
    const REFUSES_FIRST: bool = true;
    const ONLY_ISSUES: bool = true;

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<Redeemed, Fault> {
        let now = self.actor.at;
        let own = code::load(&mut tx.link, &tx.shared.marks, &self.digest).await?;
        let Some(mut row) = own.filter(|row| row.client == self.client.to_string()) else { return Ok(Redeemed::Unknown) };
        if row.redeemed_at.is_some() {
            let grant = row.grant()?;
            let ended = match grant {
                Some(grant) => revoke(tx, grant, REPLAYED, &self.actor).await?,
                None => None,
            };
            return Ok(Redeemed::Replayed { grant, revision: ended.unwrap_or_else(|| tx.revision()) });
        }
        if row.expires_at <= now.as_micros() {
            return Ok(Redeemed::Expired);
        }
        if is_cut(tx, &row.stored()?.authorization) {
            return Ok(Redeemed::Expired);
        }
        self.planned.check(tx, now).await?;
        let revision = self.planned.insert(tx, &self.actor).await?;
        row.redeemed_at = Some(now.as_micros());
        row.grant_token = Some(self.planned.id().to_string());
        row.seal(tx.marks());
        execute!(
            &mut tx.link,
            "UPDATE codes SET redeemed_at = $1, grant_token = $2, mark = $3 WHERE digest = $4",
            row.redeemed_at,
            row.grant_token.as_deref(),
            row.mark.as_slice(),
            row.digest.as_slice(),
        )?;
        Ok(Redeemed::Now(revision))
    }
}

/// Whether the person's tokens were cut since the person last proved who it is: then nothing comes any more of what was allowed.
pub(crate) fn is_cut(tx: &Tx<'_>, authorization: &Authorization) -> bool {
    let subject = authorization.user.to_string();
    let (organisation, kind, at) = (authorization.organisation, TokenKind::Grt, authorization.authenticated_at);
    tx.is_cut(&Issued { organisation, kind, subject: &subject, client_id: None, project: None, signed_by: None, at })
}
