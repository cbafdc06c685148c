//! What follows a person's decision on an authorization request.

use crate::{authority::Authority, http::Context, pages::error, session::SignedIn};
use axum::response::Response;
use serde_json::Value;

/// The person allowed it: the app gets a code.
pub async fn allow(authority: &Authority, signed_in: &SignedIn, request: Value, context: Context) -> Response {
    let _ = (authority, signed_in, request, context);
    error::unavailable()
}

/// The person refused: the app is told.
pub async fn deny(authority: &Authority, signed_in: &SignedIn, request: Value, context: Context) -> Response {
    let _ = (authority, signed_in, request, context);
    error::unavailable()
}
