//! Networks from which a token may be used: some allowed, some excepted.
//!
//! IPv4 addresses that come mapped into IPv6 (`::ffff:192.0.2.1`) are IPv4 here, in lists as in requests.

use crate::{fault::Invalid, limits, scope::printable};
use ipnet::{IpNet, Ipv4Net};
use serde::{Deserialize, Deserializer, Serialize};
use std::net::IpAddr;

/// A token's network rule. Empty allows every address, a known one or not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize)]
pub struct Networks {
    /// Addresses that may; empty stands for all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    allow: Vec<IpNet>,
    /// Addresses that may not, though allowed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    except: Vec<IpNet>,
}

/// An IPv4 address that came mapped into IPv6, as IPv4.
pub fn canonical(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

/// Reads `10.0.0.0/8`, `2001:db8::/32` or a bare address; bits behind the prefix must be zero.
pub fn parse_network(text: &str) -> Result<IpNet, Invalid> {
    let bad = || Invalid::new(format!("must be a network such as `10.0.0.0/8` or `2001:db8::/32` (got `{}`)", printable(text)));
    if text.len() > 64 {
        return Err(bad());
    }
    let network = match text.parse::<IpAddr>() {
        Ok(address) => IpNet::from(address),
        Err(_) => text.parse::<IpNet>().map_err(|_| bad())?,
    };
    if network.trunc() != network {
        return Err(Invalid::new(format!("has bits behind its prefix: did you mean `{}`?", network.trunc())));
    }
    Ok(unmapped(network))
}

/// A network inside `::ffff:0:0/96` as the IPv4 network that it stands for.
fn unmapped(network: IpNet) -> IpNet {
    if let IpNet::V6(v6) = network
        && v6.prefix_len() >= 96
        && let Some(v4) = v6.addr().to_ipv4_mapped()
        && let Ok(v4) = Ipv4Net::new(v4, v6.prefix_len() - 96)
    {
        return IpNet::V4(v4);
    }
    network
}

impl Networks {
    /// Reads the two lists.
    pub fn parse<T: AsRef<str>>(allow: &[T], except: &[T]) -> Result<Self, Invalid> {
        if allow.len() + except.len() > limits::NETWORKS_MAX {
            return Err(Invalid::new(format!("must hold at most {} networks", limits::NETWORKS_MAX)));
        }
        let read = |list: &[T]| -> Result<Vec<IpNet>, Invalid> {
            let mut nets = list.iter().map(|text| parse_network(text.as_ref())).collect::<Result<Vec<_>, _>>()?;
            nets.sort();
            nets.dedup();
            Ok(nets)
        };
        Ok(Self { allow: read(allow)?, except: read(except)? })
    }
    /// Whether there is no rule at all.
    pub fn is_empty(&self) -> bool {
        self.allow.is_empty() && self.except.is_empty()
    }
    /// The allowed networks; empty stands for all.
    pub fn allow(&self) -> &[IpNet] {
        &self.allow
    }
    /// The excepted networks.
    pub fn except(&self) -> &[IpNet] {
        &self.except
    }
    /// Whether a request from `address` passes. An unknown address passes only where there is no rule.
    pub fn permits(&self, address: Option<IpAddr>) -> bool {
        if self.is_empty() {
            return true;
        }
        let Some(address) = address.map(canonical) else { return false };
        let within = |nets: &[IpNet]| nets.iter().any(|net| net.contains(&address));
        (self.allow.is_empty() || within(&self.allow)) && !within(&self.except)
    }
    /// Whether every address that passes here passes `outer` too, as far as the lists show it: each allowed network lies
    /// within one that `outer` allows, and what `outer` excepts is excepted here or touches nothing that is allowed here.
    pub fn is_within(&self, outer: &Self) -> bool {
        let allow_fits = outer.allow.is_empty()
            || (!self.allow.is_empty() && self.allow.iter().all(|net| outer.allow.iter().any(|wide| wide.contains(net))));
        let disjoint = |hole: &IpNet| !self.allow.is_empty() && self.allow.iter().all(|net| !net.contains(hole) && !hole.contains(net));
        allow_fits && outer.except.iter().all(|hole| self.except.iter().any(|own| own.contains(hole)) || disjoint(hole))
    }
}

impl<'de> Deserialize<'de> for Networks {
    /// Reads `{"allow": […], "except": […]}` or the short form `[…]` for `allow` alone.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Lists {
            #[serde(default)]
            allow: Vec<String>,
            #[serde(default)]
            except: Vec<String>,
        }
        struct Either;
        impl<'de> serde::de::Visitor<'de> for Either {
            type Value = Lists;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a list of networks, or an object with the lists `allow` and `except`")
            }
            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, seq: A) -> Result<Lists, A::Error> {
                let allow = Vec::deserialize(serde::de::value::SeqAccessDeserializer::new(seq))?;
                Ok(Lists { allow, except: Vec::new() })
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<Lists, A::Error> {
                Lists::deserialize(serde::de::value::MapAccessDeserializer::new(map))
            }
        }
        let lists = deserializer.deserialize_any(Either)?;
        Self::parse(&lists.allow, &lists.except).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn networks(allow: &[&str], except: &[&str]) -> Networks {
        Networks::parse(allow, except).expect("networks")
    }
    fn from(text: &str) -> Option<IpAddr> {
        text.parse().ok()
    }

    #[test]
    fn allowed_less_excepted() {
        let rule = networks(&["10.0.0.0/8", "2001:db8::/32"], &["10.9.0.0/16"]);
        assert!(rule.permits(from("10.1.2.3")));
        assert!(rule.permits(from("::ffff:10.1.2.3")));
        assert!(rule.permits(from("2001:db8::1")));
        assert!(!rule.permits(from("10.9.0.1")));
        assert!(!rule.permits(from("::ffff:10.9.0.1")));
        assert!(!rule.permits(from("192.0.2.1")));
        assert!(!rule.permits(None));
        assert!(Networks::default().permits(None));
        assert!(networks(&[], &["10.0.0.0/8"]).permits(from("192.0.2.1")));
    }

    #[test]
    fn mapped_networks_are_ipv4() {
        assert_eq!(parse_network("::ffff:10.0.0.0/104"), parse_network("10.0.0.0/8"));
        assert_eq!(parse_network("192.0.2.7"), parse_network("192.0.2.7/32"));
    }

    #[test]
    fn stray_bits_are_refused_with_the_fix() {
        let fault = parse_network("10.1.2.3/8").expect_err("stray bits");
        assert!(fault.rule.contains("10.0.0.0/8"));
        for bad in ["", "10.0.0.0/33", "10.0.0/8", "localhost", "010.0.0.1", "::1/129", "10.0.0.0/-1"] {
            assert!(parse_network(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn narrowing() {
        let outer = networks(&["10.0.0.0/8"], &["10.9.0.0/16"]);
        assert!(networks(&["10.1.0.0/16"], &[]).is_within(&outer));
        assert!(networks(&["10.0.0.0/8"], &["10.9.0.0/16"]).is_within(&outer));
        assert!(!networks(&["10.0.0.0/8"], &[]).is_within(&outer));
        assert!(!networks(&[], &[]).is_within(&outer));
        assert!(!networks(&["10.9.1.0/24"], &[]).is_within(&outer));
        assert!(networks(&[], &[]).is_within(&Networks::default()));
    }
}
