//! The endpoints of the authorization server, one file each. Their errors are OAuth's own JSON; pages are in [`crate::pages`].

use crate::authority::Shared;
use axum::Router;

/// The routes of the authorization server that are not described by the management interface's document.
pub fn router() -> Router<Shared> {
    Router::new()
}
