//! `GET` and `POST /account/reset`: a forgotten password. Without a link the page asks whose it is; with one, for another password.
//!
//! Whether there is such an account shows in nothing.

use super::{gone, secret_of, taken_out, used};
use crate::{
    account::{self, AccountFault},
    authority::{Authority, Shared},
    pages::{
        csrf, error,
        form::Form,
        frame::{Frame, Page, render, see_other},
    },
    password::Password,
};
use askama::Template;
use axum::{extract::State, response::Response};
use http::{HeaderMap, StatusCode, Uri, header};
use jeton_core::limits;
use jeton_store::account_link::LinkKind;

#[derive(Template)]
#[template(path = "link/forgotten.html")]
struct ForgottenPage {
    frame: Frame,
    csrf: String,
    has_mail: bool,
    is_sent: bool,
}

#[derive(Template)]
#[template(path = "link/reset.html")]
struct ResetPage {
    frame: Frame,
    csrf: String,
    /// For password managers.
    name: String,
    fault: Option<String>,
}

impl Page for ForgottenPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

impl Page for ResetPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

const AGAIN: &str = "Ask for a new one: with “Forgot your password?” on the sign-in page, or from who runs this server.";

/// `GET /account/reset`.
pub async fn show_reset(State(authority): State<Shared>, uri: Uri, headers: HeaderMap) -> Response {
    if let Some(response) = taken_out(&uri) {
        return response;
    }
    match secret_of(&headers) {
        Some(_) => choose(&authority, &headers, StatusCode::OK, None).await,
        None => ask(&authority, &headers, false),
    }
}

fn ask(authority: &Authority, headers: &HeaderMap, is_sent: bool) -> Response {
    let token = csrf::for_browser(authority, headers);
    let has_mail = authority.mail.is_there();
    let page = ForgottenPage { frame: Frame::new("Forgotten password"), csrf: token.token, has_mail, is_sent };
    let mut response = render(StatusCode::OK, &page, &[]);
    if let Some(cookie) = token.set_cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

async fn choose(authority: &Authority, headers: &HeaderMap, status: StatusCode, fault: Option<String>) -> Response {
    let Some(secret) = secret_of(headers) else { return gone(AGAIN) };
    let link = match authority.store.find_link_at(secret.digest(), LinkKind::Reset, authority.now()).await {
        Ok(Some(link)) => link,
        Ok(None) => return gone(AGAIN),
        Err(_) => return error::unavailable(),
    };
    let Some(user) = link.user else { return gone(AGAIN) };
    let Ok(user) = authority.store.show_user(link.organisation, user).await else { return gone(AGAIN) };
    let token = csrf::for_browser(authority, headers);
    let name = user.name.as_str().to_owned();
    let page = ResetPage { frame: Frame::new("Choose another password"), csrf: token.token, name, fault };
    let mut response = render(status, &page, &[]);
    if let Some(cookie) = token.set_cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// `POST /account/reset`: `name` asks for a link; with `choose`, `password` uses the one that the browser holds.
pub async fn reset(State(authority): State<Shared>, form: Form) -> Response {
    if !form.is_of_browser(&authority) {
        return error::stale_form();
    }
    if form.field("choose").is_empty() {
        return match account::ask_for_reset(&authority, form.field("name"), form.context) {
            Ok(()) => ask(&authority, &form.headers, true),
            Err(AccountFault::TooMany(_)) => error::too_many(limits::MAIL_WINDOW),
            Err(_) => error::unavailable(),
        };
    }
    let password = form.field("password");
    let Some(secret) = secret_of(&form.headers) else { return gone(AGAIN) };
    if password != form.field("again") {
        return choose(&authority, &form.headers, StatusCode::BAD_REQUEST, Some("The two passwords are not the same.".to_owned())).await;
    }
    match account::reset_password(&authority, &secret, Password::new(password), form.context).await {
        Ok(()) => used(see_other("/sign-in?done=password")),
        Err(AccountFault::Field(_, rule)) => {
            choose(&authority, &form.headers, StatusCode::BAD_REQUEST, Some(format!("This password {rule}."))).await
        }
        Err(AccountFault::Link) => gone(AGAIN),
        Err(_) => error::unavailable(),
    }
}
