//! `/gate/check` of opaque tokens that are in memory, against a bare server's empty 200.

use crate::{
    installation::{Database, Installation, check_request},
    load,
    pairs::{self, Side},
    process::Server,
    report::Line,
    rows::many,
};
use anyhow::Result;
use std::rc::Rc;

/// How many different tokens are sent.
pub const TOKENS: usize = many(10_000, 500);

/// Measures the row.
pub async fn measure() -> Result<Vec<Line>> {
    let installation = Installation::prepare(&Database::Sqlite, None)?;
    let node = installation.start("0")?;
    installation.declare_api(&node).await?;
    let issued = installation.issue(&node, "opaque", TOKENS).await?;
    let requests: Rc<Vec<Vec<u8>>> = Rc::new(issued.iter().map(|(text, _)| check_request(text)).collect());
    load::run_once(node.server.address, 32, requests.clone(), 200).await?;
    let bare = Server::bare("empty")?;
    let own = Side::new(&node.server, requests.clone());
    pairs::compare("check: opaque in memory / bare empty 200", own, Side::new(&bare, requests), 0.92).await
}
