//! Apps that wait for a decision: the list, one of them with its differences, and deciding.

pub(super) mod decide;
pub(super) mod list;
pub(super) mod show;
