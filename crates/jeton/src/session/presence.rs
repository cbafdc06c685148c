//! Who is there, by the measure of the policy: somebody whose role must sign in with two factors and who did not is held back, whatever
//! the session is and however old. Only the pages where a second factor is set up, and signing out, look past that.

use super::{ACR_MULTI_FACTOR, SignedIn, whoever};
use crate::{authority::Authority, oauth::OAuthError, rules};
use http::HeaderMap;
use jeton_store::StoreError;

/// Who a request comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presence {
    /// Nobody who is signed in.
    Nobody,
    /// Somebody who is signed in, of whom the policy wants more.
    HeldBack(SignedIn, Lack),
    /// Somebody who is signed in.
    Here(SignedIn),
}

/// What the policy wants besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lack {
    /// There is no second factor yet: one has to be set up.
    Factor,
    /// There is one, and the session was begun without it.
    Proof,
}

/// Who is there.
pub async fn presence(authority: &Authority, headers: &HeaderMap) -> Result<Presence, OAuthError> {
    let Some(signed_in) = whoever(authority, headers).await? else { return Ok(Presence::Nobody) };
    Ok(match lack(authority, &signed_in).await? {
        None => Presence::Here(signed_in),
        Some(lack) => Presence::HeldBack(signed_in, lack),
    })
}

/// Who is signed in and held back by nothing.
pub async fn current(authority: &Authority, headers: &HeaderMap) -> Result<Option<SignedIn>, OAuthError> {
    Ok(match presence(authority, headers).await? {
        Presence::Here(signed_in) => Some(signed_in),
        Presence::HeldBack(..) | Presence::Nobody => None,
    })
}

/// What the policy wants of a session that it has not.
async fn lack(authority: &Authority, signed_in: &SignedIn) -> Result<Option<Lack>, StoreError> {
    let rules = rules::of_organisation(authority, signed_in.organisation).await?;
    if signed_in.acr == ACR_MULTI_FACTOR || !rules.want_second_factors() {
        return Ok(None);
    }
    let user = match authority.store.show_user(signed_in.organisation, signed_in.user).await {
        // The session of an account that is gone opens nothing anyway.
        Err(StoreError::NotFound(_)) => return Ok(None),
        user => user?,
    };
    if rules.check_second_factor(user.role).is_ok() {
        return Ok(None);
    }
    let ways = authority.store.ways_in(&user).await?;
    Ok(Some(if ways.has_second_factor() { Lack::Proof } else { Lack::Factor }))
}
