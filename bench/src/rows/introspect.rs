//! Introspection of tokens by client credentials, against two other authorization servers.

use crate::{
    contest::{self, CONNECTIONS, Side},
    lanes::{Same, form_request},
    report::Line,
};
use anyhow::Result;

/// Measures the row. Each connection asks about a token of its own.
pub async fn measure() -> Result<Vec<Line>> {
    let mut sides = Vec::new();
    for contestant in [contest::jeton().await?, contest::oidc_provider()?, contest::glewlwyd()?] {
        let mut lanes = Vec::new();
        for _ in 0..CONNECTIONS {
            let form = format!("token={}", contestant.issue().await?);
            let request = form_request(contestant.introspection, &contestant.basic, &form);
            lanes.push(Same { request, holds: "\"active\":true" });
        }
        sides.push(Side { contestant, lanes });
    }
    contest::compare("introspection", sides, None, Some(15.0)).await
}
