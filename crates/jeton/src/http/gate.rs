//! `/v1/gate/…`: what gates elsewhere ask of this authority. Guarded by `gate:follow`; larger answers are compressed for whoever takes that.

pub mod changes;
pub mod leases;
pub mod leave;
pub mod records;
pub mod snapshot;
pub mod usage;

use crate::authority::Shared;
use tower_http::{
    CompressionLevel,
    compression::{CompressionLayer, predicate::SizeAbove},
};
use utoipa_axum::{router::OpenApiRouter, routes};

/// Smaller answers, in bytes, go as they are: they fit a packet anyway, and nearly all of what a gate is told is one change.
const WORTH_COMPRESSING: u64 = 1024;

/// The routes, described.
pub(super) fn described() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(changes::follow_as_gate))
        .routes(routes!(snapshot::show_snapshot))
        .routes(routes!(records::look_up_for_gate))
        .routes(routes!(usage::report_use))
        .routes(routes!(leases::lease_as_gate))
        .routes(routes!(leave::leave_as_gate))
        .layer(CompressionLayer::new().gzip(true).quality(CompressionLevel::Fastest).compress_when(SizeAbove::new(WORTH_COMPRESSING)))
}
