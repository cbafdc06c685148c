//! A start with a million tokens stored: from starting the process to its first right answer.

use crate::{
    installation::{Database, Installation, check_request, until_ok},
    report::{Goal, Line},
    rows::decide,
};
use anyhow::{Context, Result};
use jeton_core::{
    id::TokenId,
    kind::TokenKind,
    master_key::KeyRing,
    name::{Name, Subject},
    policy::Policy,
    timestamp::Timestamp,
    token_text::PlainToken,
};
use jeton_store::{OpenOptions, Store, audit::Actor, token::NewToken};
use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

/// Tokens stored.
const TOKENS: usize = 1_000_000;
/// Tokens to a transaction.
const BATCH: usize = 1_000;
/// Starts that are measured.
const RUNS: usize = 5;

/// Measures the row.
pub async fn measure() -> Result<Vec<Line>> {
    let installation = Installation::prepare(&Database::Sqlite, None)?;
    let text = {
        let node = installation.start("0")?;
        installation.declare_api(&node).await?;
        let issued = installation.issue(&node, "opaque", 1).await?;
        issued.into_iter().next().context("a token")?.0
    };
    let filled = Instant::now();
    fill(installation.path()).await?;
    let filled = filled.elapsed();
    let mut seconds = Vec::new();
    for _ in 0..RUNS {
        let begun = Instant::now();
        let node = installation.start("0")?;
        until_ok(node.server.address, &check_request(&text), Duration::from_secs(120)).await?;
        seconds.push(begun.elapsed().as_secs_f64());
    }
    let note = format!(
        "to the first 200 of /gate/check; on one core; the store was filled at {:.0} tokens/s",
        TOKENS as f64 / filled.as_secs_f64()
    );
    Ok(vec![Line::of_runs("start with 1 M tokens stored, SQLite", seconds, "s", Some(Goal::AtMost(1.0)), note)])
}

/// Fills the store from outside while no node runs, many tokens to a transaction.
async fn fill(folder: &Path) -> Result<()> {
    let data = folder.join("jeton-data");
    let ring = KeyRing::parse(&std::fs::read_to_string(data.join("master.key"))?)?;
    let options = OpenOptions {
        url: format!("sqlite://{}", data.join("jeton.db").display()),
        ring: Arc::new(ring),
        outside: data.join("outside"),
        deadline: Duration::from_secs(120),
    };
    let store = Store::open(options).await?;
    let organisation = store.list_organisations().await?.first().context("an organisation")?.id;
    let policy = Policy { organisation, ..decide::policy().as_ref().clone() };
    for _ in 0..TOKENS / BATCH {
        let tokens = (0..BATCH).map(|_| fresh(&policy)).collect::<Result<Vec<_>>>()?;
        store
            .issue_tokens(tokens, Actor { who: "cli".into(), request: None, client_ip: None, at: Timestamp::from_seconds(1_750_000_000) })
            .await?;
    }
    Ok(())
}

/// A token that is stored and never presented.
fn fresh(policy: &Policy) -> Result<NewToken> {
    let id = TokenId::from_random(rand::random());
    let text = PlainToken::from_random(None, TokenKind::Key, id, &rand::random());
    Ok(NewToken {
        id,
        name: Name::parse("bench")?,
        subject: Subject::parse(&format!("svc_{}", id.digits()))?,
        policy: policy.clone(),
        project_name: None,
        digest: Some(text.digest()),
        hint: text.hint().to_owned(),
        not_before: None,
        expires_at: None,
        metadata: "{}".to_owned(),
        issued_at: Timestamp::from_seconds(1_750_000_000),
    })
}
