//! `/v1/self`: what a holder can ask and do about the very token that he presents. No scope is needed for it, and none of the
//! token's own rules about routes, addresses or time keeps him from burning it.

pub mod derive;
pub mod revoke;
pub mod show;

use super::{Context, guard};
use crate::{authority::Shared, caller::Caller};
use axum::{extract::FromRequestParts, response::Response};
use http::request::Parts;
use jeton_core::{denial::Denial, id::TokenId};
use jeton_gate::{
    check::{Question, Refused, TokenView},
    credential::{Credential, CredentialRules},
};

/// The holder of a token that may be used now, whatever it is for.
#[derive(Debug)]
pub struct Holder(pub Caller, pub TokenId);

/// The holder of a token in whatever state: he has shown the whole secret.
#[derive(Debug)]
pub struct Presenter(pub Caller, pub TokenId);

impl FromRequestParts<Shared> for Holder {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, authority: &Shared) -> Result<Self, Response> {
        admit(authority, parts, |denial| matches!(denial, Denial::RouteNotAllowed)).await.map(|(caller, id)| Self(caller, id))
    }
}

impl FromRequestParts<Shared> for Presenter {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, authority: &Shared) -> Result<Self, Response> {
        admit(authority, parts, Denial::holder_proved).await.map(|(caller, id)| Self(caller, id))
    }
}

/// Puts the credential to the gate with no demand at all. A refusal that `overlooked` names is no obstacle where the token
/// was recognised by its secret or signature.
async fn admit(authority: &Shared, parts: &Parts, overlooked: impl Fn(&Denial) -> bool) -> Result<(Caller, TokenId), Response> {
    let context = Context::of(&parts.extensions);
    let rules = CredentialRules::default();
    let question =
        Question { client_ip: context.client_ip, ..Question::new(Credential::from_request(&parts.headers, parts.uri.query(), &rules)) };
    let caller = |token: TokenView, expires_at| {
        let id = token.id();
        (Caller::new(token, expires_at, context.client_ip, context.request), id)
    };
    match authority.gate.check(&question).await {
        Ok(passed) => Ok(caller(passed.token, passed.permit.expires_at())),
        Err(Refused { denial, token: Some(token), .. }) if overlooked(&denial) => {
            let expires_at = token.expires_at();
            Ok(caller(*token, expires_at))
        }
        Err(refused) => Err(guard::turned(authority, &refused)),
    }
}
