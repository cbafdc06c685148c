//! `GET` and `POST /setup`: the first owner's name, and a password or a passkey.

use crate::{
    authority::{Authority, Shared},
    newcomer::{NewcomerFault, find_link, set_up_owner},
    pages::{
        error,
        form::Form,
        frame::{Frame, Page, render, see_other},
        link::{
            gone,
            newcomer::{self, NewcomerForm},
            secret_of, taken_out, used,
        },
    },
};
use askama::Template;
use axum::{extract::State, response::Response};
use http::{HeaderMap, StatusCode, Uri, header};
use jeton_store::account_link::LinkKind;

#[derive(Template)]
#[template(path = "setup/owner.html")]
struct OwnerPage {
    frame: Frame,
    form: NewcomerForm,
}

impl Page for OwnerPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

const AGAIN: &str = "On the server, `jeton init --owner` prints another one, as long as no owner can sign in.";

/// `GET /setup`.
pub async fn show_owner(State(authority): State<Shared>, uri: Uri, headers: HeaderMap) -> Response {
    match taken_out(&uri) {
        Some(response) => response,
        None => show(&authority, &headers, None).await,
    }
}

async fn show(authority: &Authority, headers: &HeaderMap, typed: Option<(&Form, (&'static str, String))>) -> Response {
    match authority.store.has_owner_with_way_in().await {
        Ok(false) => {}
        Ok(true) => return used(see_other("/dashboard")),
        Err(_) => return error::unavailable(),
    }
    let Some(secret) = secret_of(headers) else { return gone(AGAIN) };
    let link = match find_link(authority, &secret, LinkKind::Setup).await {
        Ok(Some(link)) => link,
        Ok(None) => return gone(AGAIN),
        Err(_) => return error::unavailable(),
    };
    let status = if typed.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let mut form = NewcomerForm::of(authority, "/setup", (&secret, &link), headers, typed);
    let set_cookie = form.set_cookie.take();
    let mut response = render(status, &OwnerPage { frame: Frame::new("Set up").scripted(), form }, &[]);
    if let Some(cookie) = set_cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// `POST /setup`.
pub async fn take_owner(State(authority): State<Shared>, form: Form) -> Response {
    if !form.is_of_browser(&authority) {
        return error::stale_form();
    }
    let Some(secret) = secret_of(&form.headers) else { return gone(AGAIN) };
    let filled_in = match newcomer::read(&form) {
        Ok(filled_in) => filled_in,
        Err(fault) => return show(&authority, &form.headers, Some((&form, fault))).await,
    };
    match set_up_owner(&authority, &secret, filled_in, &form.headers, form.context).await {
        Ok(started) => {
            let mut response = used(see_other("/setup/api"));
            response.headers_mut().append(header::SET_COOKIE, started.set_cookie);
            response.headers_mut().append(header::SET_COOKIE, started.known_browser);
            response
        }
        Err(NewcomerFault::Link) => gone(AGAIN),
        Err(fault) => match newcomer::shown(&fault) {
            Some(fault) => show(&authority, &form.headers, Some((&form, fault))).await,
            None => error::unavailable(),
        },
    }
}
