//! `/v1/audit`: one file per route.

pub mod list;
pub mod verify;
