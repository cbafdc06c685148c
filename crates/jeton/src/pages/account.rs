//! `/account`: what a person sees of the own account: who it is, the ways to sign in, the connected apps, the sessions. Nobody else's.

pub mod apps;
pub mod overview;
pub mod passkeys;
pub mod password;
pub mod profile;
pub mod security;
pub mod sessions;
pub mod totp;

use super::{Routes, form::Form, frame::see_other, return_to::ReturnTo, visitor::Visitor};
use crate::authority::Authority;
use axum::{
    response::Response,
    routing::{get, post},
};

/// What is below `/account` for who is signed in.
pub fn routes() -> Routes {
    Routes::default()
        .page("/account", get(overview::show_account))
        .page("/account/profile", get(profile::show_profile).post(profile::save_profile))
        .page("/account/security", get(security::show_security))
        .action("/account/password", post(password::change_password))
        .action("/account/passkeys", post(passkeys::change_passkeys))
        .page("/account/totp", get(totp::show_totp).post(totp::confirm_totp))
        .page("/account/totp/remove", get(totp::ask_to_remove).post(totp::remove_totp))
        .page("/account/recovery-codes", get(totp::ask_to_renew).post(totp::renew_codes))
        .page("/account/apps", get(apps::show_apps).post(apps::disconnect))
        .page("/account/sessions", get(sessions::show_sessions).post(sessions::end_sessions))
}

/// Who sent a form that changes the ways to sign in: somebody who proved a short while ago who it is. Otherwise the way to do that again,
/// and back to the page.
pub(super) async fn fresh(authority: &Authority, form: &Form) -> Result<Visitor, Response> {
    let visitor = form.person(authority).await?;
    match visitor.signed_in.is_fresh_at(authority.now()) {
        true => Ok(visitor),
        false => Err(again()),
    }
}

/// The same for who sets up a second factor, and may be held back until there is one.
pub(super) async fn fresh_to_enrol(authority: &Authority, form: &Form) -> Result<Visitor, Response> {
    let visitor = form.enrolling(authority).await?;
    match visitor.signed_in.is_fresh_at(authority.now()) {
        true => Ok(visitor),
        false => Err(again()),
    }
}

/// Where somebody goes on who has set up a second factor: where he was on the way to, or to the page of security.
fn way_on(return_to: Option<&str>) -> ReturnTo {
    return_to.and_then(ReturnTo::parse).unwrap_or_else(ReturnTo::security)
}

/// To sign in again, and back to the page of security.
pub(super) fn again() -> Response {
    see_other("/sign-in?again=1&return_to=%2Faccount%2Fsecurity")
}
