//! The address that a request comes from: the peer's, or what trusted proxies say of it.
//!
//! Must never believe a hop that a client could have written. The rules:
//! - A peer that is not a trusted proxy is the client; its headers are not looked at.
//! - Behind a trusted proxy the hops of `X-Forwarded-For` (or `Forwarded`, RFC 7239) are walked from right to left. The first
//!   that is no trusted proxy is the client. When all of them are trusted, the left-most is.
//! - A hop that names no address (garbage, `unknown`, an obfuscated name, an empty element) ends the walk, and so do more
//!   hops than the limit: the address is unknown then, which no token with networks passes.
//! - A trusted proxy that says nothing leaves the address unknown; it is not its own client.
//! - When both headers came they must name the same client, or the address is unknown: a proxy sets one of them and lets the
//!   other, which the client wrote, through.

use http::{HeaderMap, HeaderName, header};
use ipnet::IpNet;
use jeton_core::{fault::Invalid, limits, network};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

mod forwarded;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// The networks whose word about a client is taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Box<[IpNet]>);

impl TrustedProxies {
    /// Reads networks such as `10.0.0.0/8`, or single addresses.
    pub fn parse<T: AsRef<str>>(list: &[T]) -> Result<Self, Invalid> {
        if list.len() > limits::TRUSTED_PROXIES_MAX {
            return Err(Invalid::new(format!("must hold at most {} networks", limits::TRUSTED_PROXIES_MAX)));
        }
        list.iter().map(|text| network::parse_network(text.as_ref())).collect::<Result<_, _>>().map(Self)
    }
    /// From networks that are read already.
    pub fn from_networks(networks: Vec<IpNet>) -> Self {
        Self(networks.into())
    }
    /// Whether `address` is a trusted proxy.
    pub fn trusts(&self, address: IpAddr) -> bool {
        let address = network::canonical(address);
        self.0.iter().any(|net| net.contains(&address))
    }
    /// Whether nobody is trusted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// The client's address by the rules above; `None` when it cannot be known.
    pub fn client_address(&self, peer: IpAddr, headers: &HeaderMap) -> Option<IpAddr> {
        if self.trusts(peer) { self.told_address(headers) } else { Some(network::canonical(peer)) }
    }
    /// What the headers say, for a peer that is known to be trusted.
    fn told_address(&self, headers: &HeaderMap) -> Option<IpAddr> {
        let short = headers.contains_key(X_FORWARDED_FOR);
        let long = headers.contains_key(header::FORWARDED);
        match (short, long) {
            (false, false) => None,
            (true, false) => self.walk(plain_hops(headers)),
            (false, true) => self.walk(forwarded_hops(headers)?),
            (true, true) => {
                let one = self.walk(plain_hops(headers))?;
                let other = self.walk(forwarded_hops(headers)?)?;
                (one == other).then_some(one)
            }
        }
    }
    /// Whether the client's own connection is encrypted, as the headers of a trusted peer say: `X-Forwarded-Proto`, or the `proto`
    /// of the client's hop in `Forwarded`. `None` where they say nothing, or contradict each other.
    pub(crate) fn told_secure(&self, headers: &HeaderMap) -> Option<bool> {
        let told = match plain_proto(headers) {
            None => return self.forwarded_proto(headers),
            Some(told) => told?,
        };
        let other = if headers.contains_key(header::FORWARDED) { self.forwarded_proto(headers) } else { None };
        other.is_none_or(|other| other == told).then_some(told)
    }
    fn forwarded_proto(&self, headers: &HeaderMap) -> Option<bool> {
        let mut outermost = None;
        for hop in forwarded::hops(headers)?.into_iter().rev().take(limits::FORWARDED_HOPS_MAX) {
            outermost = hop.secure;
            if !self.trusts(hop.address?) {
                break;
            }
        }
        outermost
    }
    /// Takes hops from the right; `None` stands for one that names no address.
    fn walk(&self, hops: impl Iterator<Item = Option<IpAddr>>) -> Option<IpAddr> {
        let mut leftmost = None;
        for (at, hop) in hops.enumerate() {
            let hop = network::canonical(hop?);
            if !self.trusts(hop) {
                return Some(hop);
            }
            if at >= limits::FORWARDED_HOPS_MAX {
                return None;
            }
            leftmost = Some(hop);
        }
        leftmost
    }
}

/// The addresses of all `Forwarded` fields, from the right.
fn forwarded_hops(headers: &HeaderMap) -> Option<impl Iterator<Item = Option<IpAddr>>> {
    Some(forwarded::hops(headers)?.into_iter().rev().map(|hop| hop.address))
}

/// What `X-Forwarded-Proto` says; `None` where there is none, and `None` inside where it cannot be read.
fn plain_proto(headers: &HeaderMap) -> Option<Option<bool>> {
    let mut values = headers.get_all(X_FORWARDED_PROTO).iter();
    let first = values.next()?.as_bytes();
    Some(match (first, values.next()) {
        (b"https", None) => Some(true),
        (b"http", None) => Some(false),
        _ => None,
    })
}

/// The hops of all `X-Forwarded-For` fields as one list, from the right.
fn plain_hops(headers: &HeaderMap) -> impl Iterator<Item = Option<IpAddr>> {
    headers.get_all(X_FORWARDED_FOR).into_iter().rev().flat_map(|value| {
        // Only visible ASCII is read; another value is one hop that names no address.
        value.to_str().unwrap_or_default().rsplit(',').map(|hop| node_address(hop.trim_matches([' ', '\t'])))
    })
}

/// Reads `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:80`. Names and zones are no addresses.
fn node_address(node: &str) -> Option<IpAddr> {
    if let Ok(address) = node.parse::<IpAddr>() {
        return Some(address);
    }
    if let Ok(with_port) = node.parse::<SocketAddr>() {
        // A zone (`%eth0`) means something to one machine only.
        return (!node.contains('%')).then_some(with_port.ip());
    }
    node.strip_prefix('[')?.strip_suffix(']')?.parse::<Ipv6Addr>().ok().map(IpAddr::V6)
}

#[cfg(test)]
mod tests;
