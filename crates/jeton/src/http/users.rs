//! `/v1/users`: one file per route.

pub mod add;
pub mod disable;
pub mod edit;
pub mod link;
pub mod list;
pub mod password;
pub mod remove;
pub mod reset_factors;
pub mod show;
pub mod sign_out;
