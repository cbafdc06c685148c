//! A person's own apps, and everything about one app for whoever may look at it: registering, what waits for approval, settings for its
//! developer, secrets, changes, the end. Decides nothing: the use cases look whose it is.

pub mod card;
pub mod detail;
pub mod differences;
pub mod edit;
pub mod fields;
pub mod logo;
pub mod mine;
pub mod remove;
pub mod secret;
pub mod settings;

use super::{Routes, error, visitor::Visitor};
use axum::{
    response::Response,
    routing::{get, post},
};
pub use card::AppCard;
pub use differences::{Difference, between};
use jeton_core::id::ClientId;
pub use secret::OVERLAPS;

/// What is below `/dashboard/apps` for one app and for the own ones, and the pictures of apps.
pub fn routes() -> Routes {
    Routes::default()
        .page("/dashboard/apps/mine", get(mine::show_mine))
        .page("/dashboard/apps/new", get(edit::show_new).post(edit::register_app))
        .page("/dashboard/apps/{id}", get(detail::show_app))
        .page("/dashboard/apps/{id}/edit", get(edit::show_edit).post(edit::edit_app))
        .action("/dashboard/apps/{id}/withdraw", post(edit::withdraw_change))
        .page("/dashboard/apps/{id}/secret", get(secret::ask_secret).post(secret::make_secret))
        .page("/dashboard/apps/{id}/remove", get(remove::ask_remove).post(remove::remove_app))
        .action("/assets/logos/{name}", get(logo::show_logo))
}

/// The id in an address; another text is an address where nothing is.
#[expect(clippy::result_large_err, reason = "the refusal is given as it is, once")]
fn id_of(visitor: &Visitor, text: &str) -> Result<ClientId, Response> {
    ClientId::parse(text).map_err(|_| error::not_found(visitor))
}
