//! `POST /account/passkeys`: adds, names and removes passkeys of who is signed in.

use super::{
    fresh,
    security::{self, Fault},
};
use crate::{
    account,
    authority::{Authority, Shared},
    mail::Notice,
    pages::{error, form::Form, frame::see_other},
    passkeys::{self, PasskeyFault, PasskeyName},
    session::SignedIn,
};
use axum::{extract::State, response::Response};
use http::StatusCode;
use jeton_core::id::PasskeyId;
use jeton_store::{StoreError, audit::Actor};

/// `POST /account/passkeys`: `action` is `add`, `rename` or `remove`.
pub async fn change_passkeys(State(authority): State<Shared>, form: Form) -> Response {
    let signed_in = match fresh(&authority, &form).await {
        Ok(signed_in) => signed_in,
        Err(refusal) => return refusal,
    };
    let actor = signed_in.actor(authority.now(), form.context);
    let Ok(name) = PasskeyName::parse(form.field("name")) else {
        let words = "The name has at most 100 characters, none of them a control character.".to_owned();
        return security::show(&authority, &signed_in, Some(Fault { part: "passkeys", words }), None).await;
    };
    if form.field("action") == "add" {
        return add(&authority, &signed_in, &form, name, actor).await;
    }
    let Ok(id) = PasskeyId::parse(form.field("passkey")) else {
        return error::bad_form(StatusCode::BAD_REQUEST, "it does not name a passkey");
    };
    let (done, went) = match form.field("action") {
        "rename" => ("renamed", passkeys::rename(&authority, &signed_in, id, name, actor).await),
        "remove" => ("removed", passkeys::remove(&authority, &signed_in, id, actor).await),
        _ => return error::bad_form(StatusCode::BAD_REQUEST, "it does not say what to do"),
    };
    match went {
        Ok(()) => see_other(&format!("/account/security?done={done}")),
        Err(_) => {
            let words = "That passkey is gone already, or is your only way to sign in.".to_owned();
            security::show(&authority, &signed_in, Some(Fault { part: "passkeys", words }), None).await
        }
    }
}

async fn add(authority: &Authority, signed_in: &SignedIn, form: &Form, name: PasskeyName, actor: Actor) -> Response {
    let answer = (form.field("state"), form.field("credential"));
    let words = match passkeys::add(authority, signed_in, answer, name, actor).await {
        Ok(_) => {
            if let Ok(user) = authority.store.show_user(signed_in.organisation, signed_in.user).await {
                account::tell(authority, &user, Notice::PasskeyAdded);
            }
            return see_other("/account/security?done=passkey");
        }
        Err(PasskeyFault::Store(StoreError::Exists(_))) => "This passkey is registered already.",
        Err(PasskeyFault::Store(StoreError::Conflict(_))) => "There are enough passkeys: remove one first.",
        Err(PasskeyFault::Store(_)) => return error::unavailable(),
        Err(PasskeyFault::Stale) => "The page stood for too long. Try again.",
        Err(PasskeyFault::Unavailable | PasskeyFault::Refused | PasskeyFault::Unknown) => "The passkey was not taken. Try again.",
    };
    security::show(authority, signed_in, Some(Fault { part: "passkeys", words: words.to_owned() }), None).await
}
