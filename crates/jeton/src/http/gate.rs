//! `/v1/gate/…`: what gates elsewhere ask of this authority. Guarded by `gate:follow`; answers are compressed for whoever takes that.

pub mod changes;
pub mod leases;
pub mod leave;
pub mod records;
pub mod snapshot;
pub mod usage;

use crate::authority::Shared;
use tower_http::compression::CompressionLayer;
use utoipa_axum::{router::OpenApiRouter, routes};

/// The routes, described.
pub(super) fn described() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(changes::follow_as_gate))
        .routes(routes!(snapshot::show_snapshot))
        .routes(routes!(records::look_up_for_gate))
        .routes(routes!(usage::report_use))
        .routes(routes!(leases::lease_as_gate))
        .routes(routes!(leave::leave_as_gate))
        .layer(CompressionLayer::new().gzip(true))
}
