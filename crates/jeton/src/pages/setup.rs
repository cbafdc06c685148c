//! `/setup`: the first owner makes the account that `jeton init` prepared his own, and declares the first API. Its link is good once, and
//! for nothing where an owner can sign in already.

pub mod api;
pub mod owner;

use super::Routes;
use axum::routing::get;

/// What is below `/setup`.
pub fn routes() -> Routes {
    Routes::default()
        .action("/setup", get(owner::show_owner).post(owner::take_owner))
        .page("/setup/api", get(api::show_api).post(api::add_api))
        .page("/setup/done", get(api::show_done))
}
