//! Pages for people: signing in, consent, devices, connected apps. Server-rendered, usable without a script, never framed, never
//! cached, never with a secret in an address.

use crate::authority::Shared;
use axum::Router;

/// The routes of the pages.
pub fn router() -> Router<Shared> {
    Router::new()
}
