//! Issues what APIs behind the gate get in place of their callers' tokens: short JWTs, signed with the keys of this installation. Never
//! for a token that was not decided on.

use crate::keys::Keys;
use jeton_core::{
    id::RequestId,
    jose::{PlainJwt, UpstreamTokenClaims},
    kind::TokenKind,
    oauth::exchange,
};
use jeton_gate::port::{Answering, SourceFault, UpstreamIssuer, UpstreamOrder};
use jeton_store::Store;
use serde_json::{Map, Value};
use std::sync::Arc;

/// Signs with the keys of this installation.
pub struct KeyedIssuer {
    /// `iss`.
    pub issuer: String,
    /// What signs.
    pub keys: Arc<Keys>,
    /// What tells who acts for a subject.
    pub store: Store,
}

impl UpstreamIssuer for KeyedIssuer {
    fn issue(&self, order: UpstreamOrder) -> Answering<'_, Result<PlainJwt, SourceFault>> {
        Box::pin(async move {
            let actor = self.actor_of(&order).await?;
            let id = RequestId::from_random(rand::random());
            let claims = UpstreamTokenClaims {
                issuer: &self.issuer,
                audience: &order.audience,
                subject: order.token.subject(),
                client_id: order.token.client_id(),
                scopes: order.token.scopes(),
                token: order.token.id(),
                actor: actor.as_ref(),
                issued_at: order.at,
                expires_at: order.expires_at,
                id: id.digits(),
            };
            self.keys.issue_upstream_token_at(&claims, order.at).map_err(|error| {
                tracing::error!(%error, "a token for an upstream cannot be signed");
                SourceFault::Unavailable
            })
        })
    }
}

impl KeyedIssuer {
    /// Who acts for the subject of a token that came of an exchange; only access tokens of OAuth do.
    async fn actor_of(&self, order: &UpstreamOrder) -> Result<Option<Map<String, Value>>, SourceFault> {
        if order.token.kind() != TokenKind::Oat {
            return Ok(None);
        }
        let own = self.store.show_token(order.token.organisation(), order.token.id()).await.map_err(|error| {
            tracing::warn!(%error, "it cannot be looked up who acts for the subject of a token");
            SourceFault::Unavailable
        })?;
        Ok(exchange::actor_of_metadata(&own.metadata))
    }
}
