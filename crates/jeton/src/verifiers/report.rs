//! Who reports: this process itself, a gate elsewhere, a follower of the change log. A report is checked before it counts: nobody
//! has taken in what was never written.

use super::member::{Kind, Sign};
use crate::{
    authority::Authority,
    config::Config,
    problem::{Problem, ProblemCode},
};
use jeton_core::{change::Revision, fault::Invalid, id::TokenId};
use std::net::SocketAddr;

/// Where this machine's name stands.
const HOST_NAME: &str = "/proc/sys/kernel/hostname";

/// This process's own gate, as a verifier. Its id is new at each start: what an earlier process of the same name held is not known.
pub fn own_sign(address: SocketAddr, config: &Config) -> Sign {
    let host = std::fs::read_to_string(HOST_NAME).unwrap_or_default();
    Sign {
        id: format!("{:016x}", rand::random::<u64>()).into(),
        name: format!("authority@{}:{}", host.trim(), address.port()).into(),
        kind: Kind::Authority,
        organisation: None,
        audiences: Vec::new(),
        trusts_for: Some(config.gate.max_staleness()),
        revision: Revision::default(),
    }
}

/// A program that follows the change log by asking for what comes after `revision`. It says nothing of how long it trusts what it
/// knows.
pub fn follower(id: TokenId, revision: Revision) -> Sign {
    Sign {
        id: id.digits().into(),
        name: id.digits().into(),
        kind: Kind::Follower,
        organisation: None,
        audiences: Vec::new(),
        trusts_for: None,
        revision,
    }
}

/// Takes in what a verifier says of itself.
pub async fn acknowledge(authority: &Authority, sign: Sign) -> Result<(), Problem> {
    if sign.revision > authority.store.known_head() && sign.revision > authority.store.head().await? {
        return Err(Problem::field("revision", &Invalid::new("lies beyond the end of the change log: begin again with what is there now")));
    }
    if authority.verifiers.heard(sign) {
        return Ok(());
    }
    Err(Problem::new(ProblemCode::Unavailable, "so many verifiers are known that there is no room for another one"))
}
