//! `client_credentials` (RFC 6749, section 4.4): tokens of a client for itself, below its anchor, without a refresh token.

use super::TokenRequest;
use crate::{
    authority::Authority,
    oauth::{
        OAuthCode, OAuthError,
        tokens::{self, Issued, Parent, Refresh, Wanted},
    },
};
use jeton_core::{
    api::Api,
    name::{Audience, Subject},
    oauth::{
        authorization_request::RequestCode,
        grant_context::GrantContext,
        grant_type::GrantType,
        scope_words,
        target::{self, Reach},
    },
    scope::ScopeSet,
};
use jeton_store::client::{Client, ClientSource};
use std::sync::Arc;

/// Issues a token to the client itself.
pub(super) async fn grant(authority: &Authority, request: &TokenRequest<'_>) -> Result<Issued, OAuthError> {
    let client = &request.client.client;
    if request.client.method.is_public() {
        return Err(OAuthError::new(OAuthCode::UnauthorizedClient, "a public client cannot have tokens for itself"));
    }
    let scopes = asked(request, client)?;
    let resources = resources(request)?;
    let apis = authority.gate.apis_of(client.organisation);
    let (audience, scopes) = aim(authority, client, &scopes, &resources, &apis)?;
    let wanted = Wanted {
        grant_type: GrantType::ClientCredentials,
        client: &request.client,
        subject: Subject::parse(&client.id.to_string()).map_err(|_| OAuthError::unavailable())?,
        parent: Parent::Under { token: client.id.anchor(), ends_at: None, context: GrantContext::default() },
        audiences: vec![audience],
        scopes,
        binding: request.binding()?,
        life_max: None,
        refresh: Refresh::No,
        openid: None,
        act: None,
        issued_token_type: None,
        actor: request.actor(),
    };
    request.spend_proof(authority).await?;
    tokens::issue(authority, wanted).await
}

/// What is asked for; what the client registered where the request names nothing.
fn asked(request: &TokenRequest<'_>, client: &Client) -> Result<ScopeSet, OAuthError> {
    let invalid = |words: String| OAuthError::new(OAuthCode::InvalidScope, words);
    let parse = |text: &str| ScopeSet::parse_spaced(text).map_err(|fault| invalid(format!("`scope` {fault}")));
    let registered = client.registration.scope.as_deref().map(parse).transpose()?;
    let asked = match (request.form.find("scope"), &registered) {
        (Some(text), _) => parse(text)?,
        (None, Some(registered)) => {
            let own = registered.iter().filter(|scope| !scope_words::is_scope_word(scope)).cloned().collect();
            return Ok(ScopeSet::from_scopes(own));
        }
        (None, None) => return Ok(ScopeSet::empty()),
    };
    if let Some(word) = asked.iter().find(|scope| scope_words::is_scope_word(scope)) {
        return Err(invalid(format!("`{word}` is about a person, and nobody signs in here")));
    }
    if registered.is_some_and(|registered| !registered.covers_all(&asked)) {
        return Err(invalid("the client is not registered for all of these scopes".to_owned()));
    }
    Ok(asked)
}

fn resources(request: &TokenRequest<'_>) -> Result<Vec<Audience>, OAuthError> {
    let parse =
        |text: &str| Audience::parse(text).map_err(|fault| OAuthError::new(OAuthCode::InvalidTarget, format!("`resource` {fault}")));
    request.form.all("resource").map(parse).collect()
}

/// The one API that it is for, and those scopes that it knows.
fn aim(
    authority: &Authority,
    client: &Client,
    scopes: &ScopeSet,
    resources: &[Audience],
    apis: &[Arc<Api>],
) -> Result<(Audience, ScopeSet), OAuthError> {
    let reach = Reach {
        organisation: client.organisation,
        audiences: &client.policy.audiences,
        management: &authority.config.issuer,
        // The management interface is for people's apps: a service has tokens of its own kind.
        first_party: false,
        vouched: client.source == ClientSource::Operator || client.policy.vouched_for,
    };
    let chosen = target::choose(scopes, resources, &reach, apis.iter().map(|api| &**api)).map_err(|(code, words)| {
        let code = if code == RequestCode::InvalidTarget { OAuthCode::InvalidTarget } else { OAuthCode::InvalidScope };
        OAuthError::new(code, words)
    })?;
    match <[_; 1]>::try_from(chosen.apis) {
        Ok([one]) => Ok((one.api.audience.clone(), one.scopes)),
        Err(_) => Err(OAuthError::new(OAuthCode::InvalidTarget, "one access token is for one API: name one `resource`")),
    }
}
