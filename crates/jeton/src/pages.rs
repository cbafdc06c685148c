//! Pages for people: the dashboard, signing in, consent, devices, connected apps. Server-rendered, usable without a script, never
//! framed, never cached, never with a secret in an address.

pub mod account;
pub mod app;
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
pub mod inspect;
pub mod instant;
pub mod link;
pub mod logout;
pub mod navigation;
pub mod operate;
#[cfg(test)]
mod parts;
pub mod people;
pub mod policy;
pub mod return_to;
pub mod routes;
pub mod select_account;
pub mod setup;
pub mod sign_in;
pub mod sign_out;
pub mod token;
pub mod upload;
pub mod visitor;
pub mod words;

pub use frame::{Frame, render};
pub use routes::Routes;

use crate::authority::Shared;
use axum::{
    Router,
    routing::{get, post},
};

/// What people look at and send forms to.
pub fn routes() -> Routes {
    Routes::default()
        .action("/", get(|| async { frame::see_other("/dashboard") }))
        .action("/assets/{name}", asset::service())
        .with(home::routes())
        .with(inspect::routes())
        .page("/sign-in", get(sign_in::show_sign_in).post(sign_in::sign_in))
        .action("/sign-in/code", post(sign_in::code::enter_code))
        .action("/sign-in/passkey", post(sign_in::with_passkey::take_passkey))
        .page("/sign-out", get(sign_out::show_sign_out).post(sign_out::sign_out))
        .page("/device", get(device::show_device).post(device::answer_device))
        .with(account::routes())
        .with(operate::routes())
        .with(app::routes())
        .with(token::routes())
        .with(link::routes())
        .with(people::routes())
        .with(setup::routes())
        .action("/oauth/consent", post(consent::answer::answer_consent))
        .action("/oauth/logout", get(logout::show_logout).post(logout::post_logout))
}

/// The router of the pages.
pub fn router() -> Router<Shared> {
    routes().into_router()
}
