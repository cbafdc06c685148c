//! Which addresses may be called: looked at after resolution, and the connection goes to what was looked at and nowhere else.

use jeton_core::special_use::is_public;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::{
    error::Error,
    net::{IpAddr, SocketAddr},
};

/// What is said of an address that may not be called.
pub(super) const NOT_PUBLIC: &str = "its host has no public address";

/// Which addresses may be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Addresses {
    /// Public ones alone.
    Public,
    /// Public ones, and this machine: for development.
    PublicAndLoopback,
}

impl Addresses {
    /// Whether this one may be called.
    pub fn allow(self, address: IpAddr) -> bool {
        is_public(address) || (self == Self::PublicAndLoopback && address.is_loopback())
    }
}

/// Resolves names, and gives only addresses that may be called.
pub(super) struct Checked(pub(super) Addresses);

/// No address of a name may be called.
#[derive(Debug, thiserror::Error)]
#[error("{NOT_PUBLIC}")]
struct Refused;

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let allowed = self.0;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let kept: Vec<SocketAddr> = found.filter(|address| allowed.allow(address.ip())).collect();
            if kept.is_empty() {
                return Err(Refused.into());
            }
            Ok(Box::new(kept.into_iter()) as Addrs)
        })
    }
}

/// Whether a call failed because the address may not be called.
pub(super) fn was_refused(fault: &(dyn Error + 'static)) -> bool {
    let mut next = Some(fault);
    while let Some(fault) = next {
        if fault.is::<Refused>() {
            return true;
        }
        next = fault.source();
    }
    false
}
