//! `GET` and `POST /account/verify-email`: confirms that an address is read.

use super::{gone, secret_of, taken_out, used};
use crate::{
    account::{self, AccountFault},
    authority::Shared,
    pages::{
        csrf, error,
        form::Form,
        frame::{Frame, Page, render},
    },
};
use askama::Template;
use axum::{extract::State, response::Response};
use http::{HeaderMap, StatusCode, Uri, header};
use jeton_store::account_link::LinkKind;

#[derive(Template)]
#[template(path = "link/verify_email.html")]
struct VerifyPage {
    frame: Frame,
    csrf: String,
    email: String,
    is_done: bool,
}

impl Page for VerifyPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

const AGAIN: &str = "Sign in and have a new one sent, on the page of your account.";

/// `GET /account/verify-email`.
pub async fn show_verify_email(State(authority): State<Shared>, uri: Uri, headers: HeaderMap) -> Response {
    if let Some(response) = taken_out(&uri) {
        return response;
    }
    let Some(secret) = secret_of(&headers) else { return gone(AGAIN) };
    let email = match authority.store.find_link_at(secret.digest(), LinkKind::VerifyEmail, authority.now()).await {
        Ok(Some(link)) => link.email.unwrap_or_default(),
        Ok(None) => return gone(AGAIN),
        Err(_) => return error::unavailable(),
    };
    let token = csrf::for_browser(&authority, &headers);
    let page = VerifyPage { frame: Frame::new("Confirm your address"), csrf: token.token, email, is_done: false };
    let mut response = render(StatusCode::OK, &page, &[]);
    if let Some(cookie) = token.set_cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// `POST /account/verify-email`.
pub async fn verify_email(State(authority): State<Shared>, form: Form) -> Response {
    if !form.is_of_browser(&authority) {
        return error::stale_form();
    }
    let Some(secret) = secret_of(&form.headers) else { return gone(AGAIN) };
    match account::confirm_email(&authority, &secret, form.context).await {
        Ok(user) => {
            let email = user.email.unwrap_or_default();
            let page = VerifyPage { frame: Frame::new("Confirmed"), csrf: String::new(), email, is_done: true };
            used(render(StatusCode::OK, &page, &[]))
        }
        Err(AccountFault::Link) => gone(AGAIN),
        Err(_) => error::unavailable(),
    }
}
