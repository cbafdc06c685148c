//! A person's own passkeys: adding, naming and removing them. The last way in is never removed.

use super::{
    Challenge, PasskeyFault, Registered, Registrant,
    ceremony::{begin_registration, end_registration},
};
use crate::{
    authority::Authority,
    problem::{Problem, ProblemCode},
    session::SignedIn,
};
use jeton_core::{
    fault::Invalid,
    id::{PasskeyId, UserId},
    name::Name,
};
use jeton_store::{audit::Actor, passkey::Passkey};

/// What somebody calls a passkey.
#[derive(Clone, Debug)]
pub struct PasskeyName(Name);

impl PasskeyName {
    /// Reads it; where it is empty, a plain word.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        Name::parse(if text.is_empty() { "Passkey" } else { text }).map(Self)
    }
}

impl Registered {
    /// The passkey, about to be kept.
    pub fn named(self, user: UserId, name: PasskeyName, actor: &Actor) -> Passkey {
        let id = PasskeyId::from_random(rand::random());
        let Self { credential, body } = self;
        Passkey { id, user, credential, name: name.0, body, created_at: actor.at, used_at: None, version: 1 }
    }
}

/// What the page needs to add a passkey to the account of who is signed in.
pub async fn challenge_to_add(authority: &Authority, signed_in: &SignedIn, name: &str) -> Result<Challenge, PasskeyFault> {
    let known = authority.store.list_passkeys(signed_in.user).await?;
    begin_registration(authority, &signed_in.session.to_string(), &Registrant { user: signed_in.user, name, known: &known })
}

/// Adds the passkey that answered.
pub async fn add(
    authority: &Authority,
    signed_in: &SignedIn,
    (state, answer): (&str, &str),
    name: PasskeyName,
    actor: Actor,
) -> Result<Passkey, PasskeyFault> {
    let registered = end_registration(authority, &signed_in.session.to_string(), signed_in.user, state, answer).await?;
    let new = registered.named(signed_in.user, name, &actor);
    Ok(authority.store.insert_passkey(signed_in.organisation, new, actor).await?)
}

/// What a page needs that lets somebody without a session begin with a passkey: a new account, or the first owner's.
pub fn challenge_for_new(authority: &Authority, browser: &str, user: UserId, name: &str) -> Result<Challenge, PasskeyFault> {
    begin_registration(authority, browser, &Registrant { user, name, known: &[] })
}

/// Ends that.
pub async fn register_new(
    authority: &Authority,
    browser: &str,
    user: UserId,
    (state, answer): (&str, &str),
) -> Result<Registered, PasskeyFault> {
    end_registration(authority, browser, user, state, answer).await
}

/// Gives a passkey of who is signed in another name.
pub async fn rename(authority: &Authority, signed_in: &SignedIn, id: PasskeyId, name: PasskeyName, actor: Actor) -> Result<(), Problem> {
    authority.store.rename_passkey(signed_in.organisation, signed_in.user, id, name.0, actor).await?;
    Ok(())
}

/// Removes a passkey of who is signed in, unless nothing would be left to sign in with.
pub async fn remove(authority: &Authority, signed_in: &SignedIn, id: PasskeyId, actor: Actor) -> Result<(), Problem> {
    let user = authority.store.show_user(signed_in.organisation, signed_in.user).await?;
    let ways = authority.store.ways_in(&user).await?;
    if !ways.password && ways.passkeys <= 1 {
        return Err(Problem::new(ProblemCode::Conflict, "this is your only way to sign in: add another one first"));
    }
    authority.store.remove_passkey(signed_in.organisation, signed_in.user, id, actor).await?;
    Ok(())
}
