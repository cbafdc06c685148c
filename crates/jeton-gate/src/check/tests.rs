//! The check against a source that can be slow, broken or hostile.

mod bindings;
mod cuts;
mod decisions;
mod flood;
mod hot_path;
mod jwts;
mod leases;
mod races;
mod revisions;
mod shared_limits;
mod staleness;
