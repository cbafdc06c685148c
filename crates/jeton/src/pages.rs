//! Pages for people: signing in, consent, devices, connected apps. Server-rendered, usable without a script, never framed, never
//! cached, never with a secret in an address.

pub mod account;
pub mod asset;
pub mod consent;
pub mod csrf;
pub mod device;
pub mod error;
pub mod form;
pub mod form_post;
pub mod frame;
pub mod instant;
pub mod link;
pub mod logout;
pub mod policy;
pub mod return_to;
pub mod sign_in;
pub mod sign_out;

pub use frame::{Frame, render};

use crate::authority::Shared;
use axum::{
    Router,
    routing::{get, post},
};

/// The routes of the pages.
pub fn router() -> Router<Shared> {
    Router::new()
        .route("/assets/{name}", get(asset::show_asset))
        .route("/sign-in", get(sign_in::show_sign_in).post(sign_in::sign_in))
        .route("/sign-in/code", post(sign_in::code::enter_code))
        .route("/sign-in/passkey", post(sign_in::with_passkey::take_passkey))
        .route("/sign-out", get(sign_out::show_sign_out).post(sign_out::sign_out))
        .route("/device", get(device::show_device).post(device::answer_device))
        .route("/account", get(account::overview::show_account))
        .route("/account/profile", get(account::profile::show_profile).post(account::profile::save_profile))
        .route("/account/security", get(account::security::show_security))
        .route("/account/password", post(account::password::change_password))
        .route("/account/passkeys", post(account::passkeys::change_passkeys))
        .route("/account/totp", get(account::totp::show_totp).post(account::totp::confirm_totp))
        .route("/account/totp/remove", post(account::totp::remove_totp))
        .route("/account/recovery-codes", post(account::totp::renew_codes))
        .route("/account/apps", get(account::apps::show_apps).post(account::apps::disconnect))
        .route("/account/sessions", get(account::sessions::show_sessions).post(account::sessions::end_sessions))
        .route("/account/reset", get(link::reset::show_reset).post(link::reset::reset))
        .route("/account/verify-email", get(link::verify_email::show_verify_email).post(link::verify_email::verify_email))
        .route("/account/invitation", get(link::invitation::show_invitation).post(link::invitation::accept))
        .route("/oauth/consent", post(consent::answer::answer_consent))
        .route("/oauth/logout", get(logout::show_logout).post(logout::post_logout))
}
