//! What is told about a person (OpenID Connect Core, section 5.1): what is known here, and the granted scopes cover. Never more.

use super::OAuthError;
use crate::authority::Authority;
use jeton_core::{
    id::{OrganisationId, UserId},
    scope::ScopeSet,
};
use jeton_store::StoreError;
use serde_json::{Map, Value};

/// The standard claims about a user that `scopes` cover; `sub` is not among them.
pub async fn of(
    authority: &Authority,
    organisation: OrganisationId,
    user: UserId,
    scopes: &ScopeSet,
) -> Result<Map<String, Value>, OAuthError> {
    let has = |word: &str| scopes.iter().any(|scope| scope.as_str() == word);
    let mut claims = Map::new();
    if !has("profile") && !has("email") {
        return Ok(claims);
    }
    let user = match authority.store.show_user(organisation, user).await {
        Ok(user) => user,
        Err(StoreError::NotFound(_)) => return Ok(claims),
        Err(error) => return Err(error.into()),
    };
    if has("profile") {
        claims.insert("name".into(), user.name.as_str().into());
        claims.insert("preferred_username".into(), user.name.as_str().into());
        claims.insert("updated_at".into(), authority.store.user_changed_at(&user).await?.as_seconds().into());
    }
    if let Some(email) = user.email.as_deref().filter(|_| has("email")) {
        claims.insert("email".into(), email.into());
        // Whoever added the account vouched for the address; that it is read, only a link that was sent there shows.
        claims.insert("email_verified".into(), authority.store.is_email_verified(&user).await?.into());
    }
    Ok(claims)
}
