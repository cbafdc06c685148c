//! What a rate limit costs: `/gate/check` of tokens that have one, against tokens of the same server that have none.

use crate::{
    installation::{AUDIENCE, Database, Installation, check_request},
    load,
    pairs::{self, Side},
    report::Line,
    rows::check::TOKENS,
};
use anyhow::Result;
use serde_json::json;
use std::rc::Rc;

/// Measures the row. The rate is one that no load of the row comes near.
pub async fn measure() -> Result<Vec<Line>> {
    let installation = Installation::prepare(&Database::Sqlite, None)?;
    let node = installation.start("0")?;
    installation.declare_api(&node).await?;
    let rates = json!({"rates": [{"requests": 1_000_000, "per_seconds": 1}]});
    let order = json!({"kind": "key", "name": "bench", "audience": [AUDIENCE], "scopes": ["orders:read"], "limits": rates});
    let order = load::request("POST", "/v1/tokens", Some(&installation.owner), &order.to_string());
    let limited = installation.issue_as(&node, order, TOKENS).await?;
    let unlimited = installation.issue(&node, "opaque", TOKENS).await?;
    let mut sides = Vec::new();
    for issued in [limited, unlimited] {
        let requests: Rc<Vec<Vec<u8>>> = Rc::new(issued.iter().map(|(text, _)| check_request(text)).collect());
        load::run_once(node.server.address, pairs::CONNECTIONS, requests.clone(), 200).await?;
        sides.push(requests);
    }
    let mut sides = sides.into_iter().map(|requests| Side::new(&node.server, requests));
    let (Some(limited), Some(unlimited)) = (sides.next(), sides.next()) else { anyhow::bail!("two sides") };
    pairs::compare("check: with a rate limit / without", limited, unlimited, 0.95).await
}
