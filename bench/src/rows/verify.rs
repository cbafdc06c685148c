//! `/v1/verify` against a bare server that parses the same JSON and answers the same JSON, and batches of a hundred.

use crate::{
    installation::{AUDIENCE, Database, Installation},
    load::{self, Connection},
    pairs::{self, Side},
    process::{self, Server},
    report::{Goal, Line},
};
use anyhow::{Result, bail};
use serde_json::{Value, json};
use std::rc::Rc;

fn question(token: &str) -> Value {
    json!({"token": token, "audience": AUDIENCE, "scopes": ["orders:read"], "method": "GET", "path": "/v1/orders/7", "client_ip": "192.0.2.7"})
}

/// Measures the row.
pub async fn measure() -> Result<Vec<Line>> {
    let installation = Installation::prepare(&Database::Sqlite, None)?;
    let node = installation.start("0")?;
    installation.declare_api(&node).await?;
    let issued = installation.issue(&node, "opaque", 10_000).await?;
    let owner = Some(installation.owner.as_str());
    let requests: Rc<Vec<Vec<u8>>> =
        Rc::new(issued.iter().map(|(text, _)| load::request("POST", "/v1/verify", owner, &question(text).to_string())).collect());
    load::run_once(node.server.address, 32, requests.clone(), 200).await?;

    let mut connection = Connection::open(node.server.address).await?;
    let Some(first) = requests.first() else { bail!("no requests") };
    let answer = connection.send(first).await?.json()?;
    if answer["active"] != json!(true) {
        bail!("the token is not active: {answer}");
    }
    let address = process::free_address()?;
    let mut command = process::pinned(&std::env::current_exe()?);
    command.args(["--bare", "json", &address.to_string()]).env("JETON_BENCH_ANSWER", answer.to_string());
    let bare = Server::start(command, address)?;
    let own = Side::new(&node.server, requests.clone());
    let mut lines = pairs::compare("verify: in memory / bare JSON", own, Side::new(&bare, requests), 0.88).await?;

    let batches: Rc<Vec<Vec<u8>>> = Rc::new(
        issued
            .chunks_exact(100)
            .map(|hundred| {
                let questions: Vec<Value> = hundred.iter().map(|(text, _)| question(text)).collect();
                load::request("POST", "/v1/verify/batch", owner, &batch(&questions).to_string())
            })
            .collect(),
    );
    let side = Side::new(&node.server, batches);
    let mut rates = Vec::new();
    for _ in 0..pairs::PAIRS {
        rates.push(100.0 * pairs::run(&side, pairs::TIME).await?.rate);
    }
    lines.push(Line::of_runs(
        "batch of 100, with scope, route and address",
        rates,
        "/s",
        Some(Goal::AtLeast(1_500_000.0)),
        "decisions on one core",
    ));
    Ok(lines)
}

fn batch(questions: &[Value]) -> Value {
    json!({ "items": questions })
}
