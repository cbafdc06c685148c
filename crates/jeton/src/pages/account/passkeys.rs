//! `POST /account/passkeys`: adds, names and removes passkeys of who is signed in.

use super::{
    fresh, fresh_to_enrol,
    security::{self, Fault},
    way_on,
};
use crate::{
    account,
    authority::{Authority, Shared},
    mail::Notice,
    pages::{error, form::Form, frame::see_other, visitor::Visitor},
    passkeys::{self, PasskeyFault, PasskeyName},
    second_factor::{self, Factor},
};
use axum::{extract::State, response::Response};
use http::StatusCode;
use jeton_core::id::PasskeyId;
use jeton_store::{StoreError, audit::Actor};

/// `POST /account/passkeys`: `action` is `add`, `rename` or `remove`.
pub async fn change_passkeys(State(authority): State<Shared>, form: Form) -> Response {
    let is_added = form.field("action") == "add";
    let sender = if is_added { fresh_to_enrol(&authority, &form).await } else { fresh(&authority, &form).await };
    let visitor = match sender {
        Ok(visitor) => visitor,
        Err(refusal) => return refusal,
    };
    let actor = visitor.actor(authority.now());
    let Ok(name) = PasskeyName::parse(form.field("name")) else {
        let words = "The name has at most 100 characters, none of them a control character.".to_owned();
        return security::show(&authority, visitor, Some(Fault { part: "passkeys", words })).await;
    };
    if is_added {
        return add(&authority, visitor, &form, name, actor).await;
    }
    let Ok(id) = PasskeyId::parse(form.field("passkey")) else {
        return error::bad_form(StatusCode::BAD_REQUEST, "it does not name a passkey");
    };
    if form.field("action") == "remove"
        && let Err(problem) = second_factor::check_removal(&authority, &visitor.user, Factor::Passkey).await
    {
        return error::problem(&visitor, &problem);
    }
    let (done, went) = match form.field("action") {
        "rename" => ("saved", passkeys::rename(&authority, &visitor.signed_in, id, name, actor).await),
        "remove" => ("removed", passkeys::remove(&authority, &visitor.signed_in, id, actor).await),
        _ => return error::bad_form(StatusCode::BAD_REQUEST, "it does not say what to do"),
    };
    match went {
        Ok(()) => see_other(&format!("/account/security?done={done}")),
        Err(_) => {
            let words = "That passkey is gone already, or is your only way to sign in.".to_owned();
            security::show(&authority, visitor, Some(Fault { part: "passkeys", words })).await
        }
    }
}

async fn add(authority: &Authority, visitor: Visitor, form: &Form, name: PasskeyName, actor: Actor) -> Response {
    let answer = (form.field("state"), form.field("credential"));
    let words = match passkeys::add(authority, &visitor.signed_in, answer, name, actor).await {
        Ok(_) => {
            account::tell(authority, &visitor.user, Notice::PasskeyAdded);
            return match visitor.is_held_back {
                true => see_other(way_on(form.fields.find("return_to")).as_str()),
                false => see_other("/account/security?done=added"),
            };
        }
        Err(PasskeyFault::Store(StoreError::Exists(_))) => "This passkey is registered already.",
        Err(PasskeyFault::Store(StoreError::Conflict(_))) => "There are enough passkeys: remove one first.",
        Err(PasskeyFault::Store(_)) => return error::unavailable(),
        Err(PasskeyFault::Stale) => "The page stood for too long. Try again.",
        Err(PasskeyFault::Unavailable | PasskeyFault::Refused | PasskeyFault::Unknown) => "The passkey was not taken. Try again.",
    };
    security::show(authority, visitor, Some(Fault { part: "passkeys", words: words.to_owned() })).await
}
