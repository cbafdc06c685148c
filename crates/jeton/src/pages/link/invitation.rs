//! `GET` and `POST /account/invitation`: somebody makes an account.

use super::{
    gone,
    newcomer::{self, NewcomerForm},
    secret_of, taken_out, used,
};
use crate::{
    authority::{Authority, Shared},
    newcomer::{NewcomerFault, accept_invitation, find_link},
    pages::{
        error,
        form::Form,
        frame::{Frame, Page, render},
        return_to::ReturnTo,
        sign_in,
    },
};
use askama::Template;
use axum::{extract::State, response::Response};
use http::{HeaderMap, StatusCode, Uri, header};
use jeton_store::account_link::LinkKind;

#[derive(Template)]
#[template(path = "link/invitation.html")]
struct InvitationPage {
    frame: Frame,
    role: &'static str,
    host: String,
    form: NewcomerForm,
}

impl Page for InvitationPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

const AGAIN: &str = "Ask who invited you for another one. If you have an account already, sign in.";

/// `GET /account/invitation`.
pub async fn show_invitation(State(authority): State<Shared>, uri: Uri, headers: HeaderMap) -> Response {
    match taken_out(&uri) {
        Some(response) => response,
        None => show(&authority, &headers, None).await,
    }
}

async fn show(authority: &Authority, headers: &HeaderMap, typed: Option<(&Form, (&'static str, String))>) -> Response {
    let Some(secret) = secret_of(headers) else { return gone(AGAIN) };
    let link = match find_link(authority, &secret, LinkKind::Invitation).await {
        Ok(Some(link)) => link,
        Ok(None) => return gone(AGAIN),
        Err(_) => return error::unavailable(),
    };
    let status = if typed.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let mut form = NewcomerForm::of(authority, "/account/invitation", (&secret, &link), headers, typed);
    let (set_cookie, role) = (form.set_cookie.take(), link.role.map_or("", jeton_store::user::Role::as_str));
    let host = url::Url::parse(&authority.config.issuer).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
    let page = InvitationPage { frame: Frame::new("Your account").scripted(), role, host, form };
    let mut response = render(status, &page, &[]);
    if let Some(cookie) = set_cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// `POST /account/invitation`.
pub async fn accept(State(authority): State<Shared>, form: Form) -> Response {
    if !form.is_of_browser(&authority) {
        return error::stale_form();
    }
    let Some(secret) = secret_of(&form.headers) else { return gone(AGAIN) };
    let filled_in = match newcomer::read(&form) {
        Ok(filled_in) => filled_in,
        Err(fault) => return show(&authority, &form.headers, Some((&form, fault))).await,
    };
    match accept_invitation(&authority, &secret, filled_in, &form.headers, form.context).await {
        Ok(started) => used(sign_in::signed_in(started, &ReturnTo::dashboard())),
        Err(NewcomerFault::Link) => gone(AGAIN),
        Err(fault) => match newcomer::shown(&fault) {
            Some(fault) => show(&authority, &form.headers, Some((&form, fault))).await,
            None => error::unavailable(),
        },
    }
}
