//! `/v1/apis`: one file per route.

pub mod add;
pub mod edit;
pub mod list;
pub mod remove;
pub mod show;
