//! What objects look like in answers. Never a secret, never a digest.

pub mod api;
pub mod audit;
pub mod client;
pub mod key;
pub mod list;
pub mod overview;
pub mod people;
pub mod policy;
pub mod revocation;
pub mod revoking;
pub mod token;
pub mod usage;

pub use list::List;
