//! Apps that wait for a decision: the list, one of them with its differences, and deciding.

mod choices;
pub(super) mod decide;
pub(super) mod list;
pub(super) mod show;

pub use choices::Choices;
