//! `/v1/invitations`: one file per route.

pub mod invite;
pub mod list;
pub mod withdraw;
