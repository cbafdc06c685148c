//! The access token: its text and its row.

use super::{Parent, Terms, Wanted, policy, record_of, row};
use crate::{
    authority::Authority,
    oauth::{OAuthError, status_lists},
};
use jeton_core::{
    id::TokenId,
    jose::{AccessTokenClaims, SigningKey, StatusReference, TokenContext},
    kind::{TokenFormat, TokenKind},
    policy::Policy,
    token_text::PlainToken,
};
use jeton_store::token::NewToken;
use serde_json::json;
use zeroize::Zeroizing;

/// An access token that is about to be issued.
pub(super) struct Access {
    pub(super) new: NewToken,
    pub(super) text: Zeroizing<String>,
}

pub(super) async fn make(authority: &Authority, wanted: &Wanted<'_>, terms: &Terms, parent: Option<TokenId>) -> Result<Access, OAuthError> {
    let key = match terms.format {
        TokenFormat::Opaque => None,
        TokenFormat::Jwt => Some(authority.keys.signing_at(wanted.actor.at).map_err(|fault| unsigned(&fault))?),
    };
    let signed_by = key.as_ref().map(|key| key.kid().into());
    let policy = Policy { format: terms.format, signed_by, ..policy(wanted, TokenKind::Oat, parent) };
    let mut new = row(wanted, policy, None, String::new(), Some(terms.access_ends_at), metadata(wanted));
    let text = match key {
        None => {
            let secret = Zeroizing::new(rand::random::<[u8; 32]>());
            let plain = PlainToken::from_random(authority.brand.as_ref(), TokenKind::Oat, new.id, &secret);
            new.digest = Some(plain.digest());
            plain.hint().clone_into(&mut new.hint);
            Zeroizing::new(plain.expose().to_owned())
        }
        Some(key) => Box::pin(signed(authority, wanted, terms, &new, &key)).await?,
    };
    Ok(Access { new, text })
}

fn unsigned(fault: &dyn std::fmt::Display) -> OAuthError {
    tracing::error!(%fault, "an access token could not be signed");
    OAuthError::unavailable()
}

async fn signed(
    authority: &Authority,
    wanted: &Wanted<'_>,
    terms: &Terms,
    new: &NewToken,
    key: &SigningKey,
) -> Result<Zeroizing<String>, OAuthError> {
    // Taken before the row is written: where that fails, the place stays empty, says "valid" of nobody's token, and is never given
    // out again.
    let status = status_lists::reserve(authority, new.id, terms.access_ends_at).await?;
    let claims =
        AccessTokenClaims::of_record(&authority.config.issuer, &record_of(new), wanted.actor.at).ok_or_else(OAuthError::unavailable)?;
    let claims = AccessTokenClaims { context: context(wanted, status), ..claims };
    let plain = key.issue_access_token(&claims).map_err(|fault| unsigned(&fault))?;
    Ok(Zeroizing::new(plain.expose().to_owned()))
}

fn context(wanted: &Wanted<'_>, status: StatusReference) -> TokenContext {
    let (Parent::NewGrant { context, .. } | Parent::Under { context, .. }) = &wanted.parent;
    TokenContext { status: Some(status), actor: wanted.act.clone(), auth_time: context.authenticated_at(), acr: context.acr.clone() }
}

/// Who acts, where introspection finds it.
fn metadata(wanted: &Wanted<'_>) -> String {
    wanted.act.as_ref().map_or_else(|| "{}".to_owned(), |act| json!({ "act": json!(act).to_string() }).to_string())
}
