//! `GET` and `POST /sign-out`: asks, then ends the session of this browser.

use super::{
    csrf, error,
    form::Form,
    frame::{Frame, Page, name_of, render},
};
use crate::{authority::Shared, session};
use askama::Template;
use axum::{extract::State, response::Response};
use http::{HeaderMap, StatusCode, header};

#[derive(Template)]
#[template(path = "sign_out.html")]
pub(super) struct SignOutPage<'a> {
    pub(super) frame: Frame,
    pub(super) person: &'a str,
    pub(super) csrf: String,
    /// Where the form goes: `/sign-out`, or `/oauth/logout` with what an app asked for.
    pub(super) action: &'a str,
    pub(super) fields: Vec<(&'static str, String)>,
    pub(super) client_name: Option<&'a str>,
}

impl Page for SignOutPage<'_> {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

#[derive(Template)]
#[template(path = "signed_out.html")]
struct SignedOutPage {
    frame: Frame,
}

impl Page for SignedOutPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

/// The page that says that nobody is signed in; the cookie goes with it.
pub fn signed_out() -> Response {
    let mut response = render(StatusCode::OK, &SignedOutPage { frame: Frame::new("Signed out") }, &[]);
    response.headers_mut().append(header::SET_COOKIE, session::cookie::clear_session());
    response
}

/// `GET /sign-out`.
pub async fn show_sign_out(State(authority): State<Shared>, headers: HeaderMap) -> Response {
    let signed_in = match session::whoever(&authority, &headers).await {
        Ok(Some(signed_in)) => signed_in,
        Ok(None) => return signed_out(),
        Err(_) => return error::unavailable(),
    };
    let Ok(person) = name_of(&authority, &signed_in).await else { return error::unavailable() };
    let page = SignOutPage {
        frame: Frame::of_person("Sign out", &person),
        person: &person,
        csrf: csrf::for_session(&authority, &signed_in),
        action: "/sign-out",
        fields: Vec::new(),
        client_name: None,
    };
    render(StatusCode::OK, &page, &[])
}

/// `POST /sign-out`.
pub async fn sign_out(State(authority): State<Shared>, form: Form) -> Response {
    if matches!(session::whoever(&authority, &form.headers).await, Ok(None)) {
        return signed_out();
    }
    let signed_in = match form.whoever(&authority).await {
        Ok(signed_in) => signed_in,
        Err(refusal) => return refusal,
    };
    match session::end(&authority, &signed_in, signed_in.session, form.context).await {
        Ok(_) => signed_out(),
        Err(_) => error::unavailable(),
    }
}
