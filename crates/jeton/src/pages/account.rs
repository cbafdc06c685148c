//! `/account`: what a person sees of the own account: who it is, the ways to sign in, the connected apps, the sessions. Nobody else's.

pub mod apps;
pub mod overview;
pub mod passkeys;
pub mod password;
pub mod profile;
pub mod security;
pub mod sessions;
pub mod totp;

use super::{form::Form, frame::see_other};
use crate::{authority::Authority, session::SignedIn};
use axum::response::Response;

/// Who sent a form that changes the ways to sign in: somebody who proved a short while ago who it is. Otherwise the way to do that again,
/// and back to the page.
pub(super) async fn fresh(authority: &Authority, form: &Form) -> Result<SignedIn, Response> {
    let signed_in = form.signed_in(authority).await?;
    match signed_in.is_fresh_at(authority.now()) {
        true => Ok(signed_in),
        false => Err(again()),
    }
}

/// To sign in again, and back to the page of security.
pub(super) fn again() -> Response {
    see_other("/sign-in?again=1&return_to=%2Faccount%2Fsecurity")
}
