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
    let visitor = match fresh(&authority, &form).await {
        Ok(visitor) => visitor,
        Err(refusal) => return refusal,
    };
    let wrong = |words: &str| Some(Fault { part: "password", words: words.to_owned() });
    if form.field("password") != form.field("again") {
        return security::show(&authority, visitor, wrong("The two new passwords are not the same.")).await;
    }
    let change = PasswordChange {
        old: Password::new(form.field("old")),
        new: Password::new(form.field("password")),
        end_others: form.fields.find("end_others").is_some(),
    };
    match account::change_password(&authority, &visitor.signed_in, change, form.context).await {
        Ok(()) => see_other("/account/security?done=password-changed"),
        Err(AccountFault::Field("old", rule)) => security::show(&authority, visitor, wrong(&format!("What you typed {rule}."))).await,
        Err(AccountFault::Field(_, rule)) => security::show(&authority, visitor, wrong(&format!("The new password {rule}."))).await,
        Err(AccountFault::TooMany(wait)) => error::too_many(wait),
        Err(AccountFault::Link) => again(),
        Err(AccountFault::Busy(_) | AccountFault::Store(_)) => error::unavailable(),
    }
}
