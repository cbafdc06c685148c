//! `/v1/clients`: one file per route.

pub mod approve;
pub mod edit;
pub mod list;
pub mod register;
pub mod reject;
pub mod remove;
pub mod resume;
pub mod rotate_secret;
pub mod show;
pub mod suspend;
