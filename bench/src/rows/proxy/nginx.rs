//! The built-in proxy with checking on, against nginx that passes everything on, and against nginx that asks Jeton about each request.

use super::Rig;
use crate::{
    fronts, load,
    pairs::{self, Side},
    report::Line,
};
use anyhow::Result;
use std::rc::Rc;

/// Measures the row.
pub async fn measure() -> Result<Vec<Line>> {
    let rig = Rig::start("").await?;
    let requests = rig.seen("opaque").await?;
    let own = || Side::new(&rig.node.server, requests.clone());
    let plain = fronts::nginx_plain(rig.upstream.address)?;
    let mut lines = pairs::compare("proxy: checking on / nginx plain", own(), Side::new(&plain.server, requests.clone()), 0.85).await?;
    drop(plain);

    // The same Jeton is asked: nginx and it together have the core that the built-in proxy has to itself.
    let issued = rig.installation.issue(&rig.node, "opaque", super::TOKENS).await?;
    let asking = fronts::nginx_asking(rig.upstream.address, rig.node.server.address)?;
    let calls: super::Requests = Rc::new(issued.iter().map(|(text, _)| call(text)).collect());
    load::run_once(asking.server.address, 32, calls.clone(), 200).await?;
    let other = Side::asking(&asking.server, &rig.node.server, calls);
    lines.extend(pairs::compare("proxy: checking on / nginx auth_request", own(), other, 1.5).await?);
    Ok(lines)
}

/// A call to the API behind nginx.
fn call(token: &str) -> Vec<u8> {
    format!("GET /v1/orders/7 HTTP/1.1\r\nhost: api.example.test\r\nauthorization: Bearer {token}\r\n\r\n").into_bytes()
}
