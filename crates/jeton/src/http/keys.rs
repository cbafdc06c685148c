//! `/v1/keys`: one file per route.

pub mod list;
pub mod rotate;
