//! `/v1/verify`: one file per route.

pub mod batch;
pub mod one;
