//! `/account`: what a person sees of the own account. So far the connected apps and the sessions; more comes with the dashboard.

pub mod apps;
pub mod sessions;

use super::{frame::see_other, sign_in};
use crate::authority::Shared;
use axum::{extract::State, response::Response};
use http::{HeaderMap, Uri};

/// `GET /account`.
pub async fn show_account(State(authority): State<Shared>, uri: Uri, headers: HeaderMap) -> Response {
    match sign_in::demand(&authority, &headers, &uri).await {
        Ok(_) => see_other("/account/apps"),
        Err(answer) => answer,
    }
}
