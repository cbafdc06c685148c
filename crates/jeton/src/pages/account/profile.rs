//! `GET` and `POST /account/profile`: the name and the e-mail address of who is signed in.

use super::{again, fresh};
use crate::{
    account::{self, AccountFault},
    authority::Shared,
    pages::{
        error,
        filled::Filled,
        form::Form,
        frame::{Frame, Page, render, see_other},
        navigation::Place,
        visitor::Visitor,
    },
};
use askama::Template;
use axum::{extract::State, response::Response};
use http::StatusCode;

#[derive(Template)]
#[template(path = "account/profile.html")]
struct ProfilePage {
    frame: Frame,
    csrf: String,
    filled: Filled,
}

impl Page for ProfilePage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

/// `GET /account/profile`.
pub async fn show_profile(visitor: Visitor) -> Response {
    let email = visitor.user.email.clone().unwrap_or_default();
    let filled = Filled::with([("name", visitor.user.name.as_str()), ("email", &email)]);
    show(visitor, filled)
}

fn show(visitor: Visitor, filled: Filled) -> Response {
    let status = if filled.is_refused() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let page = ProfilePage { frame: visitor.frame("Name and address", Place::Account), csrf: visitor.csrf, filled };
    render(status, &page, &[])
}

/// `POST /account/profile`: saves, or with `verify` sends the link that shows that the address is read.
pub async fn save_profile(State(authority): State<Shared>, form: Form) -> Response {
    if form.fields.find("verify").is_some() {
        let signed_in = match form.signed_in(&authority).await {
            Ok(signed_in) => signed_in,
            Err(refusal) => return refusal,
        };
        return match account::verify_email(&authority, &signed_in, form.context).await {
            Ok(true) => see_other("/account?done=mailed"),
            Ok(false) => see_other("/account?done=not-mailed"),
            Err(_) => error::unavailable(),
        };
    }
    let visitor = match fresh(&authority, &form).await {
        Ok(visitor) => visitor,
        Err(refusal) => return refusal,
    };
    let (name, email) = (form.field("name"), form.field("email"));
    match account::change_profile(&authority, &visitor.signed_in, (name, email), form.context).await {
        Ok(true) => see_other("/account?done=mailed"),
        Ok(false) => see_other("/account?done=saved"),
        Err(AccountFault::Field(field, rule)) => show(visitor, Filled::again(&form.fields).faulty(field, rule.to_string())),
        Err(AccountFault::Link) => again(),
        Err(_) => error::unavailable(),
    }
}
