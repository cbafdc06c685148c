//! `POST /sign-in/passkey`: what the browser's passkey answered. Needs a script to come about.

use super::{signed_in, wrong};
use crate::{
    authority::Shared,
    pages::{error, form::Form, return_to::ReturnTo},
    sign_in::{self, SignInFault},
};
use axum::{extract::State, response::Response};
use http::StatusCode;

/// `POST /sign-in/passkey`.
pub async fn take_passkey(State(authority): State<Shared>, form: Form) -> Response {
    if !form.is_of_browser(&authority) {
        return error::stale_form();
    }
    let Some(return_to) = ReturnTo::parse(form.field("return_to")) else {
        return error::bad_form(StatusCode::BAD_REQUEST, "it does not say where to go on");
    };
    let answer = (form.field("state"), form.field("credential"));
    match sign_in::with_passkey::finish(&authority, answer, &form.headers, form.context).await {
        Ok(started) => signed_in(started, &return_to),
        Err(SignInFault::Wrong) => wrong(&authority, &form, return_to, "", "The passkey was not taken. Try again, or sign in by password."),
        Err(SignInFault::TooMany(wait)) => error::too_many(wait),
        Err(SignInFault::Busy(_) | SignInFault::Store(_)) => error::unavailable(),
    }
}
