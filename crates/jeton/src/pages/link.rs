//! Pages that a one-time link opens: another password, an invitation, an address to confirm, the first owner.
//!
//! Opening one uses nothing up. The secret goes from the address into a cookie at once, so that it stays in no history and goes out in no
//! referrer; only the form of the page uses it.

pub mod invitation;
pub mod newcomer;
pub mod reset;
pub mod verify_email;

use super::{Routes, error, frame::see_other};
use crate::{links::LinkSecret, session::cookie};
use axum::{response::Response, routing::get};
use http::{HeaderMap, StatusCode, Uri, header};
use jeton_core::oauth::parameters::Parameters;

/// Where links lead. Without one most of them show nothing.
pub fn routes() -> Routes {
    Routes::default()
        .page("/account/reset", get(reset::show_reset).post(reset::reset))
        .action("/account/verify-email", get(verify_email::show_verify_email).post(verify_email::verify_email))
        .action("/account/invitation", get(invitation::show_invitation).post(invitation::accept))
}

/// Takes the secret out of the address: the same page without it, and a cookie that holds it.
pub(super) fn taken_out(uri: &Uri) -> Option<Response> {
    let query = Parameters::parse(uri.query()?.as_bytes()).ok()?;
    let secret = query.find("link").and_then(LinkSecret::parse);
    let mut response = see_other(uri.path());
    if let Some(secret) = secret {
        response.headers_mut().append(header::SET_COOKIE, cookie::set(cookie::LINK, secret.expose()));
    }
    query.find("link").is_some().then_some(response)
}

/// The secret that the browser was given.
pub(super) fn secret_of(headers: &HeaderMap) -> Option<LinkSecret> {
    cookie::value(headers, cookie::LINK).and_then(LinkSecret::parse)
}

/// The link was used, is over, or never was.
pub(super) fn gone(fix: &str) -> Response {
    let what = "It was used before, its time is over, or a newer one took its place.";
    let told = error::Told { heading: "This link is not good any more", what, fix, ..error::Told::default() };
    let mut response = error::page(StatusCode::GONE, &told);
    response.headers_mut().append(header::SET_COOKIE, cookie::clear_link());
    response
}

/// The link is used up: its cookie goes.
pub(super) fn used(mut response: Response) -> Response {
    response.headers_mut().append(header::SET_COOKIE, cookie::clear_link());
    response
}
