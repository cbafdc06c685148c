//! The address that a request comes from, as trusted proxies tell it.

use http::{HeaderMap, HeaderName, HeaderValue};
use jeton_core::network::canonical;
use jeton_gate::client_address::TrustedProxies;
use std::net::{IpAddr, SocketAddr};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The peer, then the trusted networks with commas, then lines `name: value`. An address that no trusted proxy vouched for is
/// never believed, and what a client writes in front of what proxies wrote changes nothing.
pub fn run(data: &[u8]) {
    let mut lines = data.split(|byte| *byte == b'\n');
    let mut text = || std::str::from_utf8(lines.next().unwrap_or_default()).unwrap_or_default();
    let Ok(peer) = text().parse::<IpAddr>() else { return };
    let networks: Vec<&str> = text().split(',').filter(|network| !network.is_empty()).collect();
    let Ok(trusted) = TrustedProxies::parse(&networks) else { return };
    let mut headers = HeaderMap::new();
    for line in lines {
        let Some(at) = line.iter().position(|byte| *byte == b':') else { continue };
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(&line[..at]), HeaderValue::from_bytes(line[at + 1..].trim_ascii())) {
            let _ = headers.try_append(name, value);
        }
    }
    let told = trusted.client_address(peer, &headers);
    if !trusted.trusts(peer) {
        assert_eq!(told, Some(canonical(peer)), "a stranger's word is taken");
        return;
    }
    let Some(address) = told else { return };
    assert_eq!(address, canonical(address), "two spellings of one address");
    let (plain, long) = (headers.contains_key(X_FORWARDED_FOR), headers.contains_key("forwarded"));
    assert!(plain || long, "a proxy that says nothing is no client");
    if plain {
        is_vouched_for(address, &trusted, &headers);
    }
    if !trusted.trusts(address) {
        // One hop more may be one too many; then the address is unknown, which no token with networks passes.
        let forged = trusted.client_address(peer, &forged(&headers));
        assert!(forged.is_none_or(|forged| forged == address), "{forged:?}: what stands in front counts");
    }
}

/// The address stands among the hops, and whoever wrote it down is trusted: all hops behind it are.
fn is_vouched_for(address: IpAddr, trusted: &TrustedProxies, headers: &HeaderMap) {
    let values: Vec<&str> = headers.get_all(X_FORWARDED_FOR).iter().map(|value| value.to_str().unwrap_or("?")).collect();
    let hops: Vec<Option<IpAddr>> = values.join(",").split(',').map(|hop| read(hop.trim_matches([' ', '\t']))).collect();
    let vouched = (0..hops.len()).any(|at| {
        hops[at] == Some(address)
            && hops[at + 1..].iter().all(|hop| hop.is_some_and(|hop| trusted.trusts(hop)))
            && (at == 0 || !trusted.trusts(address))
    });
    assert!(vouched, "{address} of {values:?}");
}

fn read(hop: &str) -> Option<IpAddr> {
    let bare = hop.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let address = hop.parse::<IpAddr>().or_else(|_| hop.parse::<SocketAddr>().map(|with_port| with_port.ip()));
    address.ok().or_else(|| bare.and_then(|bare| bare.parse().ok())).map(canonical)
}

/// The same with another hop in front of the first.
fn forged(headers: &HeaderMap) -> HeaderMap {
    let mut forged = HeaderMap::new();
    for (name, hop) in [("x-forwarded-for", "203.0.113.99"), ("forwarded", "for=203.0.113.99")] {
        for (at, value) in headers.get_all(name).iter().enumerate() {
            let front = if at == 0 { format!("{hop}, ").into_bytes() } else { Vec::new() };
            forged.append(name, HeaderValue::from_bytes(&[&front, value.as_bytes()].concat()).expect("a field"));
        }
    }
    forged
}
