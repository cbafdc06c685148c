//! Listeners: free to be taken, or taken by this very authority.

use super::Finding;
use crate::config::Config;
use std::{net::SocketAddr, time::Duration};
use tokio::net::TcpListener;

const DEADLINE: Duration = Duration::from_secs(2);

/// Looks at both.
pub(super) async fn look(config: &Config) -> Vec<Finding> {
    vec![listener("listen", config.listen, config.ops_listen).await, listener("ops_listen", config.ops_listen, config.ops_listen).await]
}

async fn listener(check: &'static str, address: SocketAddr, health: SocketAddr) -> Finding {
    match TcpListener::bind(address).await {
        Ok(_) => Finding::ok(check, format!("{address} is free")),
        Err(fault) if fault.kind() == std::io::ErrorKind::AddrInUse => {
            if is_alive(health).await {
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
    let Ok(client) = reqwest::Client::builder().no_proxy().timeout(DEADLINE).build() else { return false };
    let answer = client.get(format!("http://{health}/livez")).send().await;
    answer.is_ok_and(|answer| answer.status().is_success())
}
