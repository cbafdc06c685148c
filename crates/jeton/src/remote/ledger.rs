//! The authority's ledger of limits, for a gate elsewhere. What comes too late counts as not leased.

use super::line::{AskFault, Line};
use crate::gates::leases::LeasesRequest;
use jeton_core::lease::{GivenBack, Lease, LeaseAsk};
use jeton_gate::port::{Answering, LimitLedger, SourceFault};
use std::time::Duration;

/// Leases over the line.
#[derive(Clone, Debug)]
pub struct RemoteLedger {
    /// The line.
    pub line: Line,
    /// How long one question may take.
    pub deadline: Duration,
}

impl LimitLedger for RemoteLedger {
    fn lease(&self, asks: Vec<LeaseAsk>) -> Answering<'_, Result<Vec<Lease>, SourceFault>> {
        Box::pin(async move {
            let request = LeasesRequest { asks, back: Vec::new() };
            self.line.leases(&request, self.deadline).await.map(|got| got.leases).map_err(|fault| unavailable(&fault))
        })
    }
    fn give_back(&self, back: Vec<GivenBack>) -> Answering<'_, Result<(), SourceFault>> {
        Box::pin(async move {
            let request = LeasesRequest { asks: Vec::new(), back };
            self.line.leases(&request, self.deadline).await.map(drop).map_err(|fault| unavailable(&fault))
        })
    }
}

fn unavailable(fault: &AskFault) -> SourceFault {
    tracing::debug!(%fault, "units of limits could not be leased");
    SourceFault::Unavailable
}
