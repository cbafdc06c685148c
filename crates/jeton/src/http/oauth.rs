//! The endpoints of the authorization server, one file each. Their errors are OAuth's own JSON; pages are in [`crate::pages`].

pub mod authorize;
pub mod cors;
pub mod device_authorization;
pub mod form;
pub mod introspect;
pub mod metadata;
pub mod par;
pub mod register;
pub mod revoke;
pub mod status;
pub mod token;
pub mod userinfo;

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
        .route(introspect::PATH, post(introspect::introspect_token))
        .route(revoke::PATH, post(revoke::revoke_token))
        .route(device_authorization::PATH, post(device_authorization::authorize_device))
        .route(userinfo::PATH, get(userinfo::show_userinfo).post(userinfo::show_userinfo))
        .route(status::PATH, get(status::show_status_list))
        .route(status::AGGREGATION_PATH, get(status::show_status_lists))
        .route("/oauth/register", post(register::register).fallback(register::not_allowed))
        .route(
            "/oauth/register/{client_id}",
            get(register::show).put(register::update).delete(register::remove).fallback(register::not_allowed),
        )
        .merge(metadata::router())
}
