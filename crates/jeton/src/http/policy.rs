//! `/v1/policy`: what an organisation lays down, one file per route.

pub mod preview;
pub mod set;
pub mod show;
