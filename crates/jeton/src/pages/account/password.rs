//! `POST /account/password`: another password for who is signed in.

use super::{
    again, fresh,
    security::{self, Fault},
};
use crate::{
    account::{self, AccountFault, PasswordChange},
    authority::Shared,
    pages::{error, form::Form, frame::see_other},
    password::Password,
};
use axum::{extract::State, response::Response};

/// `POST /account/password`.
pub async fn change_password(State(authority): State<Shared>, form: Form) -> Response {
    let signed_in = match fresh(&authority, &form).await {
        Ok(signed_in) => signed_in,
        Err(refusal) => return refusal,
    };
    let wrong = |words: &str| Some(Fault { part: "password", words: words.to_owned() });
    if form.field("password") != form.field("again") {
        return security::show(&authority, &signed_in, wrong("The two new passwords are not the same."), None).await;
    }
    let change = PasswordChange {
        old: Password::new(form.field("old")),
        new: Password::new(form.field("password")),
        end_others: form.fields.find("end_others").is_some(),
    };
    match account::change_password(&authority, &signed_in, change, form.context).await {
        Ok(()) => see_other("/account/security?done=password"),
        Err(AccountFault::Field("old", rule)) => {
            security::show(&authority, &signed_in, wrong(&format!("What you typed {rule}.")), None).await
        }
        Err(AccountFault::Field(_, rule)) => {
            security::show(&authority, &signed_in, wrong(&format!("The new password {rule}.")), None).await
        }
        Err(AccountFault::TooMany(wait)) => error::too_many(wait),
        Err(AccountFault::Link) => again(),
        Err(AccountFault::Busy(_) | AccountFault::Store(_)) => error::unavailable(),
    }
}
