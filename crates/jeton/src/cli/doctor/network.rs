//! Listeners and the issuer's address: free to be taken, or taken by this very authority, and reachable under its name.

use super::Finding;
use crate::config::Config;
use std::{net::SocketAddr, time::Duration};
use tokio::net::TcpListener;

const DEADLINE: Duration = Duration::from_secs(2);

/// Looks at all of them.
pub(super) async fn look(config: &Config) -> Vec<Finding> {
    let runs = is_alive(config.ops_listen).await;
    let mut findings = vec![listener("listen", config.listen, runs).await, listener("ops_listen", config.ops_listen, runs).await];
    if runs {
        findings.push(issuer(&config.issuer).await);
    }
    findings
}

async fn listener(check: &'static str, address: SocketAddr, runs: bool) -> Finding {
    match TcpListener::bind(address).await {
        Ok(_) => Finding::ok(check, format!("{address} is free")),
        Err(fault) if fault.kind() == std::io::ErrorKind::AddrInUse => {
            if runs {
                Finding::ok(check, format!("{address} is taken by a running authority"))
            } else {
                Finding::warn(
                    check,
                    format!("{address} is taken by another program"),
                    format!("end that program, or set `{check}` to another address"),
                )
            }
        }
        Err(fault) => Finding::fail(
            check,
            format!("{address} cannot be listened at: {fault}"),
            format!("set `{check}` to an address of this machine"),
        ),
    }
}

/// Whether an authority's health answers there.
async fn is_alive(health: SocketAddr) -> bool {
    answer(&format!("http://{health}/livez")).await.is_ok()
}

/// Others fetch the keys of JWTs from the issuer's address.
async fn issuer(issuer: &str) -> Finding {
    const CHECK: &str = "issuer";
    match answer(&format!("{issuer}/oauth/jwks")).await {
        Ok(()) => Finding::ok(CHECK, format!("the key set is there at {issuer}")),
        Err(why) => Finding::warn(
            CHECK,
            format!("the authority runs, but its key set cannot be fetched from {issuer}: {why}"),
            "check the name, the certificate and the proxy in front, or set `issuer` to the address that others use",
        ),
    }
}

/// Why an address does not answer as it should.
async fn answer(url: &str) -> Result<(), String> {
    let client = reqwest::Client::builder().no_proxy().timeout(DEADLINE).build().map_err(|fault| fault.to_string())?;
    let answered = client.get(url).send().await.map_err(|fault| crate::client::innermost(&fault))?;
    if answered.status().is_success() { Ok(()) } else { Err(format!("it answers {}", answered.status())) }
}
