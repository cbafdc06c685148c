//! The endpoints of the authorization server, one file each. Their errors are OAuth's own JSON; pages are in [`crate::pages`].

pub mod register;

use crate::authority::Shared;
use axum::{
    Router,
    routing::{get, post},
};

/// The routes of the authorization server that are not described by the management interface's document.
pub fn router() -> Router<Shared> {
    Router::new().route("/oauth/register", post(register::register).fallback(register::not_allowed)).route(
        "/oauth/register/{client_id}",
        get(register::show).put(register::update).delete(register::remove).fallback(register::not_allowed),
    )
}
