//! For tests: a throw-away PostgreSQL cluster, started from the installed binaries and gone when the test process ends; and a count of
//! what a store is asked.
//!
//! Never part of a build without the feature `testing`, never on an address but loopback, never run as root.

mod cluster;
mod install;
mod place;
mod work;

pub use cluster::Cluster;
pub use place::{Place, execute, try_execute};
pub(crate) use work::count;
pub use work::work_of;
