//! What an authorization still gives at the moment when something is issued for it: less than was allowed, where an operator has since
//! narrowed what the client reaches or asked for, or where the person's role has become a smaller one. Never more.

use super::{OAuthCode, OAuthError, reach, role_scopes, tokens, tokens::aim::Aim};
use crate::authority::Authority;
use jeton_core::{
    id::UserId,
    name::{Audience, Subject},
    oauth::scope_words,
    scope::{Scope, ScopeSet},
};
use jeton_store::client::Client;

/// The aim, as far as it can be had today.
pub async fn today(authority: &Authority, client: &Client, subject: &Subject, aim: Aim) -> Result<Aim, OAuthError> {
    reached(authority, client, &aim.audiences)?;
    let scopes = registered(client, &aim.scopes)?;
    let is_management = aim.audiences.iter().any(|audience| authority.is_management(audience));
    let scopes = if is_management { of_role(authority, client, subject, &scopes).await? } else { scopes };
    Ok(Aim { scopes, ..aim })
}

/// An API that an operator has shut the client out of is not reached by what a person allowed before.
fn reached(authority: &Authority, client: &Client, audiences: &[Audience]) -> Result<(), OAuthError> {
    let confined = reach::of(authority, client, true);
    let apis = audiences.iter().filter(|own| !authority.is_management(own)).filter_map(|own| authority.gate.api(own.as_str()));
    match apis.into_iter().find(|api| !confined.covers(api)) {
        None => Ok(()),
        Some(_) => Err(OAuthError::new(OAuthCode::InvalidTarget, "the client may not have tokens for this API any more")),
    }
}

/// What the client is registered for; everything where its registration names no scopes.
fn registered(client: &Client, scopes: &ScopeSet) -> Result<ScopeSet, OAuthError> {
    let Some(registered) = client.registration.scope.as_deref() else { return Ok(scopes.clone()) };
    let registered = ScopeSet::parse_spaced(registered).map_err(|_| OAuthError::unavailable())?;
    Ok(ScopeSet::from_scopes(scopes.iter().filter(|scope| registered.covers(scope)).cloned().collect()))
}

/// Of the management interface what a new authorization would give: the client may be no app of the installation's own any more, and
/// the person's role may be a smaller one.
async fn of_role(authority: &Authority, client: &Client, subject: &Subject, scopes: &ScopeSet) -> Result<ScopeSet, OAuthError> {
    let over = |words: &str| OAuthError::new(OAuthCode::InvalidGrant, words);
    let user = UserId::parse(subject.as_str()).map_err(|_| over("this is not for a person"))?;
    let user = authority.store.show_user(client.organisation, user).await.map_err(tokens::over)?;
    let (words, of_api): (Vec<Scope>, Vec<Scope>) = scopes.iter().cloned().partition(scope_words::is_scope_word);
    let of_api = ScopeSet::from_scopes(of_api);
    let given = role_scopes::given_by(user.role, &of_api);
    if !client.policy.first_party || (given.is_empty() && !of_api.is_empty()) {
        return Err(over("the app, or the person's role, gives nothing of the management interface any more"));
    }
    Ok(ScopeSet::from_scopes(words.into_iter().chain(given.iter().cloned()).collect()))
}
