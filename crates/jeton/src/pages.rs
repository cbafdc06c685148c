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
pub mod logout;
pub mod policy;
pub mod return_to;
pub mod select_account;
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
        .route("/sign-out", get(sign_out::show_sign_out).post(sign_out::sign_out))
        .route("/device", get(device::show_device).post(device::answer_device))
        .route("/account", get(account::show_account))
        .route("/account/apps", get(account::apps::show_apps).post(account::apps::disconnect))
        .route("/account/sessions", get(account::sessions::show_sessions).post(account::sessions::end_sessions))
        .route("/oauth/consent", post(consent::answer::answer_consent))
        .route("/oauth/logout", get(logout::show_logout).post(logout::post_logout))
}
