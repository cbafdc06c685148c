//! Tokens by client credentials, durable on SQLite, against two other authorization servers.

use crate::{
    contest::{self, CONNECTIONS, Side},
    lanes::Same,
    report::Line,
};
use anyhow::Result;

/// Measures the row.
pub async fn measure() -> Result<Vec<Line>> {
    let contestants = [contest::jeton().await?, contest::oidc_provider()?, contest::glewlwyd()?];
    let sides = contestants.into_iter().map(|contestant| {
        let request = contestant.token_request();
        let lanes = (0..CONNECTIONS).map(|_| Same { request: request.clone(), holds: "\"access_token\"" }).collect();
        Side { contestant, lanes }
    });
    contest::compare("client credentials", sides.collect(), None, Some(5.0)).await
}
