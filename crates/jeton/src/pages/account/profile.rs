//! `GET` and `POST /account/profile`: the name and the e-mail address of who is signed in.

use super::{again, fresh};
use crate::{
    account::{self, AccountFault},
    authority::{Authority, Shared},
    pages::{
        csrf, error,
        form::Form,
        frame::{Frame, Page, name_of, render, see_other},
        sign_in,
    },
    session::SignedIn,
};
use askama::Template;
use axum::{extract::State, response::Response};
use http::{HeaderMap, StatusCode, Uri};

#[derive(Template)]
#[template(path = "account/profile.html")]
struct ProfilePage {
    frame: Frame,
    csrf: String,
    name: String,
    email: String,
    fault: Option<(&'static str, String)>,
}

impl Page for ProfilePage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

impl ProfilePage {
    fn is_wrong(&self, field: &str) -> bool {
        self.fault.as_ref().is_some_and(|(own, _)| *own == field)
    }
}

/// `GET /account/profile`.
pub async fn show_profile(State(authority): State<Shared>, uri: Uri, headers: HeaderMap) -> Response {
    let signed_in = match sign_in::demand(&authority, &headers, &uri).await {
        Ok(signed_in) => signed_in,
        Err(answer) => return answer,
    };
    let Ok(user) = authority.store.show_user(signed_in.organisation, signed_in.user).await else { return error::unavailable() };
    let (name, email) = (user.name.as_str().to_owned(), user.email.unwrap_or_default());
    show(&authority, &signed_in, (name, email), None).await
}

async fn show(
    authority: &Authority,
    signed_in: &SignedIn,
    (name, email): (String, String),
    fault: Option<(&'static str, String)>,
) -> Response {
    let Ok(person) = name_of(authority, signed_in).await else { return error::unavailable() };
    let status = if fault.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let frame = Frame::of_person("Name and address", &person).scripted();
    let page = ProfilePage { frame, csrf: csrf::for_session(authority, signed_in), name, email, fault };
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
            Ok(true) => see_other("/account?done=sent"),
            Ok(false) => see_other("/account?done=unsent"),
            Err(_) => error::unavailable(),
        };
    }
    let signed_in = match fresh(&authority, &form).await {
        Ok(signed_in) => signed_in,
        Err(refusal) => return refusal,
    };
    let (name, email) = (form.field("name"), form.field("email"));
    match account::change_profile(&authority, &signed_in, (name, email), form.context).await {
        Ok(true) => see_other("/account?done=sent"),
        Ok(false) => see_other("/account?done=profile"),
        Err(AccountFault::Field(field, rule)) => {
            show(&authority, &signed_in, (name.to_owned(), email.to_owned()), Some((field, format!("This {field} {rule}.")))).await
        }
        Err(AccountFault::Link) => again(),
        Err(_) => error::unavailable(),
    }
}
