//! Networks, single and as the JSON of a token.

use jeton_core::network::{Networks, parse_network};

/// What parses prints to the same, holds its own first address, and never both allows and excepts.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(network) = parse_network(text) {
        assert_eq!(parse_network(&network.to_string()), Ok(network));
        let one = Networks::parse(&[text], &[] as &[&str]).expect("networks");
        assert!(one.permits(Some(network.addr())) && !one.permits(None));
        // An IPv4 address that comes mapped into IPv6 is IPv4: such as the last one of `::/80`, which that does not hold.
        let last = network.broadcast();
        assert_eq!(one.permits(Some(last)), last.to_canonical().is_ipv4() == network.addr().is_ipv4(), "{last}");
        assert!(!Networks::parse(&[text], &[text]).expect("networks").permits(Some(network.addr())));
    }
    if let Ok(networks) = serde_json::from_str::<Networks>(text) {
        let printed = serde_json::to_string(&networks).expect("prints");
        assert_eq!(serde_json::from_str::<Networks>(&printed).ok().as_ref(), Some(&networks));
        assert!(networks.except().iter().all(|hole| !networks.permits(Some(hole.addr()))));
    }
}
