//! How far a client reaches: which APIs it can have tokens for. Laid down by operators; the client has no say.

use super::{OAuthCode, OAuthError};
use crate::authority::Authority;
use jeton_core::{
    api::Api,
    name::Audience,
    oauth::{
        authorization_request::RequestCode,
        parameters::Parameters,
        target::{self, Reach},
    },
    scope::ScopeSet,
};
use jeton_store::client::{Client, ClientSource};
use std::sync::Arc;

/// An API with the scopes that are asked for of it.
pub type Chosen = (Arc<Api>, ScopeSet);

/// The reach of a client for people (`first_party` clients may then reach the management interface), or for itself.
pub fn of<'r>(authority: &'r Authority, client: &'r Client, for_people: bool) -> Reach<'r> {
    Reach {
        organisation: client.organisation,
        audiences: &client.policy.audiences,
        management: &authority.config.issuer,
        first_party: for_people && client.policy.first_party,
        vouched: client.source == ClientSource::Operator || client.policy.vouched_for,
    }
}

/// The APIs that scopes and resources mean, and the words of OpenID Connect among the scopes.
pub fn choose(
    authority: &Authority,
    client: &Client,
    scopes: &ScopeSet,
    resources: &[Audience],
    for_people: bool,
) -> Result<(Vec<Chosen>, ScopeSet), OAuthError> {
    let mut apis = authority.gate.apis_of(client.organisation);
    if for_people && !apis.iter().any(|api| authority.is_management(&api.audience)) {
        apis.extend(authority.gate.api(&authority.config.issuer));
    }
    let reach = of(authority, client, for_people);
    let found = target::choose(scopes, resources, &reach, apis.iter().map(|api| &**api)).map_err(|(code, words)| told(code, words))?;
    let chosen = found.apis.into_iter().filter_map(|one| Some((Arc::clone(apis.iter().find(|api| api.id == one.api.id)?), one.scopes)));
    Ok((chosen.collect(), found.words))
}

/// The APIs that a request names (RFC 8707).
pub fn resources(form: &Parameters) -> Result<Vec<Audience>, OAuthError> {
    let parse =
        |text: &str| Audience::parse(text).map_err(|fault| OAuthError::new(OAuthCode::InvalidTarget, format!("`resource` {fault}")));
    form.all("resource").map(parse).collect()
}

/// The scopes that a request names; those that the client registered where it names none.
pub fn scopes(client: &Client, form: &Parameters) -> Result<ScopeSet, OAuthError> {
    let invalid = |words: String| OAuthError::new(OAuthCode::InvalidScope, words);
    let parse = |text: &str| ScopeSet::parse_spaced(text).map_err(|fault| invalid(format!("`scope` {fault}")));
    let registered = client.registration.scope.as_deref().map(parse).transpose()?;
    match (form.find("scope"), registered) {
        (Some(text), registered) => {
            let asked = parse(text)?;
            if registered.is_some_and(|registered| !registered.covers_all(&asked)) {
                return Err(invalid("the client is not registered for all of these scopes".to_owned()));
            }
            Ok(asked)
        }
        (None, registered) => Ok(registered.unwrap_or_default()),
    }
}

fn told(code: RequestCode, words: String) -> OAuthError {
    let code = if code == RequestCode::InvalidTarget { OAuthCode::InvalidTarget } else { OAuthCode::InvalidScope };
    OAuthError::new(code, words)
}
