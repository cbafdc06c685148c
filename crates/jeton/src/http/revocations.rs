//! `/v1/revocations`: one file per route.

pub mod list;
pub mod revoke;
