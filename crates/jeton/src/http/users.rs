//! `/v1/users`: one file per route.

pub mod add;
pub mod disable;
pub mod edit;
pub mod list;
pub mod password;
pub mod remove;
pub mod show;
