//! Client secrets: the text of the client's anchor among the tokens, in the header or in the body.

use super::{Doubt, Presented};
use crate::{authority::Authority, oauth::OAuthError};
use http::header;
use jeton_core::{denial::Denial, id::TokenId, kind::TokenKind};
use jeton_gate::{check::Question, credential::Credential};

/// Whose secret this is; `None` where it is nobody's.
pub(super) async fn holder(authority: &Authority, presented: Presented<'_>, secret: &str) -> Result<Option<TokenId>, Doubt> {
    let question = Question {
        client_ip: presented.context.client_ip,
        user_agent: presented.headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()),
        ..Question::new(Credential::from_text(secret))
    };
    match authority.gate.prove_secret(&question, TokenKind::Cls).await {
        Ok(proven) => Ok(Some(proven.token)),
        Err(Denial::Unavailable(_)) => Err(Doubt::Other(OAuthError::unavailable())),
        // These are told of a whole secret only: who presents it has proved to have it.
        Err(Denial::Expired { .. } | Denial::RotatedOut) => Err(Doubt::Proved("the client secret is over: use the newest one".to_owned())),
        Err(Denial::Suspended | Denial::Revoked) => Err(Doubt::Proved("the client is suspended or removed".to_owned())),
        Err(_) => Ok(None),
    }
}
