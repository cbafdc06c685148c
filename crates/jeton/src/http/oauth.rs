//! The endpoints of the authorization server, one file each. Their errors are OAuth's own JSON; pages are in [`crate::pages`].

pub mod authorize;
pub mod cors;
pub mod form;
pub mod metadata;
pub mod par;
pub mod token;

use crate::authority::Shared;
use axum::{
    Router,
    routing::{get, post},
};

/// Where tokens are asked for.
pub const TOKEN: &str = "/oauth/token";

/// The routes of the authorization server that are not described by the management interface's document.
pub fn router() -> Router<Shared> {
    Router::new()
        .route(authorize::PATH, get(authorize::show_authorize).post(authorize::post_authorize))
        .route(par::PATH, post(par::push_request))
        .route(TOKEN, post(token::issue))
        .merge(metadata::router())
}
