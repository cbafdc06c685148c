//! The two ceremonies of WebAuthn between a page and its form: a challenge goes out, the authenticator's answer comes back.
//!
//! Never takes an answer without its challenge, nor a challenge twice.

use super::PasskeyFault;
use crate::{authority::Authority, sealed_form};
use aws_lc_rs::digest;
use jeton_core::{id::UserId, limits};
use jeton_store::{audit::Actor, passkey, user::User};
use serde_json::{Value, json};
use webauthn_rs::prelude::{
    DiscoverableAuthentication, Passkey, PasskeyRegistration, PublicKeyCredential, RegisterPublicKeyCredential, Uuid,
};

/// What a page needs for a ceremony.
#[derive(Clone, Debug)]
pub struct Challenge {
    /// For the script, which hands it to the browser: JSON.
    pub options: String,
    /// For the form.
    pub state: String,
}

/// Whose passkey is registered.
#[derive(Clone, Debug)]
pub struct Registrant<'a> {
    /// The account, also where it is only about to be made.
    pub user: UserId,
    /// What the browser shows.
    pub name: &'a str,
    /// Passkeys that the account has already.
    pub known: &'a [passkey::Passkey],
}

/// A passkey that was registered, and is not kept yet.
#[derive(Clone, Debug)]
pub struct Registered {
    /// What its authenticator calls it.
    pub credential: Vec<u8>,
    /// What is kept of it.
    pub body: String,
}

/// Somebody who answered with a passkey.
#[derive(Clone, Debug)]
pub struct Answered {
    /// Who it is.
    pub user: User,
    /// How that counts (RFC 8176): a key that never leaves its device, or one that is synchronised.
    pub method: &'static str,
}

/// Begins to register a passkey. `place` names the session or browser whose form may bring the answer.
pub(super) fn begin_registration(authority: &Authority, place: &str, who: &Registrant<'_>) -> Result<Challenge, PasskeyFault> {
    let known = who.known.iter().map(|own| own.credential.clone()).collect();
    let started = authority.passkeys.rules()?.start_passkey_registration(handle(who.user), who.name, who.name, Some(known));
    let (options, state) = started.map_err(|_| PasskeyFault::Refused)?;
    let mut options = serde_json::to_value(options).map_err(|_| PasskeyFault::Refused)?;
    // Only a passkey that its device finds by itself can sign somebody in who typed no name.
    if let Some(selection) = options.pointer_mut("/publicKey/authenticatorSelection").and_then(Value::as_object_mut) {
        selection.insert("residentKey".to_owned(), json!("required"));
        selection.insert("requireResidentKey".to_owned(), json!(true));
    }
    let state = sealed_form::seal(authority, &registration(place, who.user), &state).ok_or(PasskeyFault::Refused)?;
    Ok(Challenge { options: options.to_string(), state })
}

/// Ends it with the authenticator's answer.
pub(super) async fn end_registration(
    authority: &Authority,
    place: &str,
    user: UserId,
    state: &str,
    answer: &str,
) -> Result<Registered, PasskeyFault> {
    let life = limits::PASSKEY_CHALLENGE_LIFE;
    let sealed = sealed_form::open::<PasskeyRegistration>(authority, &registration(place, user), state, life);
    let sealed = sealed.ok_or(PasskeyFault::Stale)?;
    let answer: RegisterPublicKeyCredential = read(answer)?;
    let passkey = authority.passkeys.rules()?.finish_passkey_registration(&answer, &sealed.value).map_err(refused)?;
    if !sealed.spend(authority).await? {
        return Err(PasskeyFault::Stale);
    }
    let body = serde_json::to_string(&passkey).map_err(|_| PasskeyFault::Refused)?;
    Ok(Registered { credential: passkey.cred_id().to_vec(), body })
}

/// Begins to sign in whoever has a passkey.
pub(crate) fn begin_authentication(authority: &Authority, place: &str) -> Result<Challenge, PasskeyFault> {
    let started = authority.passkeys.rules()?.start_discoverable_authentication();
    let (options, state) = started.map_err(|_| PasskeyFault::Refused)?;
    let options = serde_json::to_string(&options).map_err(|_| PasskeyFault::Refused)?;
    let state = sealed_form::seal(authority, &authentication(place), &state).ok_or(PasskeyFault::Refused)?;
    Ok(Challenge { options, state })
}

/// Ends it: whose passkey answered.
pub(crate) async fn end_authentication(
    authority: &Authority,
    place: &str,
    state: &str,
    answer: &str,
    actor: Actor,
) -> Result<Answered, PasskeyFault> {
    let life = limits::PASSKEY_CHALLENGE_LIFE;
    let sealed = sealed_form::open::<DiscoverableAuthentication>(authority, &authentication(place), state, life);
    let sealed = sealed.ok_or(PasskeyFault::Stale)?;
    let answer: PublicKeyCredential = read(answer)?;
    let rules = authority.passkeys.rules()?;
    let (handle_of_answer, credential) = rules.identify_discoverable_authentication(&answer).map_err(refused)?;
    let found = authority.store.find_passkey(credential).await?;
    let (stored, user) = found.filter(|(_, user)| handle(user.id) == handle_of_answer).ok_or(PasskeyFault::Unknown)?;
    let mut passkey: Passkey = serde_json::from_str(&stored.body).map_err(|_| PasskeyFault::Refused)?;
    let result = rules.finish_discoverable_authentication_v2(&answer, sealed.value.clone(), &passkey).map_err(refused)?;
    if !result.user_verified() || user.disabled {
        return Err(PasskeyFault::Refused);
    }
    if !sealed.spend(authority).await? {
        return Err(PasskeyFault::Stale);
    }
    passkey.update_credential(&result);
    let body = serde_json::to_string(&passkey).map_err(|_| PasskeyFault::Refused)?;
    authority.store.use_passkey(stored, body, Actor { who: format!("user:{}", user.id), ..actor }).await?;
    Ok(Answered { user, method: if result.backup_eligible() { "swk" } else { "hwk" } })
}

fn read<T: serde::de::DeserializeOwned>(answer: &str) -> Result<T, PasskeyFault> {
    if answer.len() > limits::PASSKEY_ANSWER_MAX {
        return Err(PasskeyFault::Refused);
    }
    serde_json::from_str(answer).map_err(|_| PasskeyFault::Refused)
}

fn refused(fault: webauthn_rs::prelude::WebauthnError) -> PasskeyFault {
    tracing::info!(%fault, "the answer of a passkey was refused");
    PasskeyFault::Refused
}

/// What authenticators know an account by: it tells nothing of the account (WebAuthn, section 14.6.1).
fn handle(user: UserId) -> Uuid {
    let hash = digest::digest(&digest::SHA256, format!("jeton passkey handle {user}").as_bytes());
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(hash.as_ref()).for_each(|(slot, byte)| *slot = *byte);
    Uuid::from_bytes(bytes)
}

fn registration(place: &str, user: UserId) -> String {
    format!("passkey registration:{user}:{place}")
}

fn authentication(place: &str) -> String {
    format!("passkey authentication:{place}")
}
