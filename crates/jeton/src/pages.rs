//! Pages for people: the dashboard, signing in, consent, devices, connected apps. Server-rendered, usable without a script, never
//! framed, never cached, never with a secret in an address.

pub mod account;
pub mod asset;
pub mod badge;
pub mod chart;
pub mod confirm;
pub mod consent;
pub mod csrf;
pub mod device;
pub mod error;
pub mod filled;
pub mod form;
pub mod form_post;
pub mod frame;
pub mod home;
pub mod instant;
pub mod logout;
pub mod navigation;
pub mod operate;
#[cfg(test)]
mod parts;
pub mod policy;
pub mod return_to;
pub mod routes;
pub mod select_account;
pub mod sign_in;
pub mod sign_out;
pub mod visitor;
pub mod words;

pub use frame::{Frame, render};
pub use routes::Routes;

use crate::authority::Shared;
use axum::{
    Router,
    routing::{any, get, post},
};

/// What people look at and send forms to.
pub fn routes() -> Routes {
    Routes::default()
        .action("/", get(|| async { frame::see_other("/dashboard") }))
        .action("/assets/{name}", get(asset::show_asset))
        .page("/dashboard", get(home::show_home))
        .action("/dashboard/{*rest}", any(home::show_nothing))
        .page("/sign-in", get(sign_in::show_sign_in).post(sign_in::sign_in))
        .page("/sign-out", get(sign_out::show_sign_out).post(sign_out::sign_out))
        .page("/device", get(device::show_device).post(device::answer_device))
        .with(account::routes())
        .with(operate::routes())
        .action("/oauth/consent", post(consent::answer::answer_consent))
        .action("/oauth/logout", get(logout::show_logout).post(logout::post_logout))
}

/// The router of the pages.
pub fn router() -> Router<Shared> {
    routes().into_router()
}
