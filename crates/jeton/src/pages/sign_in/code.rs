//! `POST /sign-in/code`: the second step, for accounts with one-time passwords.

use super::{destination, signed_in, wrong};
use crate::{
    authority::{Authority, Shared},
    pages::{
        csrf, error,
        form::Form,
        frame::{Frame, Page, render},
        policy,
        return_to::ReturnTo,
    },
    sign_in::{SignInFault, second_step::Pending},
};
use askama::Template;
use axum::{extract::State, response::Response};
use http::StatusCode;

#[derive(Template)]
#[template(path = "sign_in/code.html")]
struct CodePage<'a> {
    frame: Frame,
    csrf: String,
    state: String,
    return_to: &'a ReturnTo,
    destination: Option<String>,
    fault: Option<&'static str>,
}

impl Page for CodePage<'_> {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

/// The page that asks for the code. `form` is the one before it.
pub(super) fn page(authority: &Authority, form: &Form, pending: &Pending, return_to: &ReturnTo, fault: Option<&'static str>) -> Response {
    let Some(state) = pending.seal(authority, &form.headers) else { return error::unavailable() };
    let redirect_uri = destination(form);
    let page = CodePage {
        frame: Frame::new("Second step"),
        csrf: csrf::for_browser(authority, &form.headers).token,
        state,
        return_to,
        destination: redirect_uri.and_then(policy::origin_of),
        fault,
    };
    let form_action: Vec<&str> = redirect_uri.into_iter().collect();
    render(if fault.is_some() { StatusCode::UNAUTHORIZED } else { StatusCode::OK }, &page, &form_action)
}

/// `POST /sign-in/code`.
pub async fn enter_code(State(authority): State<Shared>, form: Form) -> Response {
    if !form.is_of_browser(&authority) {
        return error::stale_form();
    }
    let Some(return_to) = ReturnTo::parse(form.field("return_to")) else {
        return error::bad_form(StatusCode::BAD_REQUEST, "it does not say where to go on");
    };
    let Some(pending) = Pending::open(&authority, &form.headers, form.field("state")) else {
        return wrong(&authority, &form, return_to, "", "That took too long. Please begin again.");
    };
    match pending.finish(&authority, form.field("code"), &form.headers, form.context).await {
        Ok(started) => signed_in(started, &return_to),
        Err(SignInFault::Wrong) => {
            let words = "The code is wrong, or was used before. Wait for the next one and try again.";
            page(&authority, &form, &pending, &return_to, Some(words))
        }
        Err(SignInFault::TooMany(wait)) => error::too_many(wait),
        Err(SignInFault::Busy(_) | SignInFault::Store(_)) => error::unavailable(),
    }
}
