//! Fills a store from outside while no node runs on it, many tokens to a transaction: what takes an hour over HTTP takes a minute here.

use crate::{installation::Installation, rows::decide};
use anyhow::{Context, Result};
use jeton_core::{
    id::{ProjectId, TokenId},
    kind::TokenKind,
    master_key::KeyRing,
    name::{Name, Subject},
    policy::Policy,
    timestamp::{Span, Timestamp},
    token_text::PlainToken,
};
use jeton_store::{OpenOptions, Store, audit::Actor, token::NewToken};
use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

/// Tokens to a transaction.
const BATCH: usize = 1_000;
/// When the first of them is issued; one comes each millisecond.
const FIRST_AT: Timestamp = Timestamp::from_seconds(1_750_000_000);

/// What filling came to.
pub struct Filled {
    /// How long it took.
    pub took: Duration,
    /// What the store takes on the disk, in bytes.
    pub bytes: u64,
}

/// Puts `count` tokens into the store of an installation on SQLite, in this project, and hands the text of each to `keep`.
pub async fn fill(
    installation: &Installation,
    count: usize,
    project: Option<ProjectId>,
    mut keep: impl FnMut(&PlainToken),
) -> Result<Filled> {
    let data = installation.path().join("jeton-data");
    let begun = Instant::now();
    let store = open(&data).await?;
    let organisation = store.list_organisations().await?.first().context("an organisation")?.id;
    let policy = Policy { organisation, project, ..decide::policy().as_ref().clone() };
    for batch in 0..count / BATCH {
        if (batch * BATCH).is_multiple_of(1_000_000) {
            eprintln!("  {} of {count} tokens are stored", batch * BATCH);
        }
        let mut tokens = Vec::with_capacity(BATCH);
        for number in 0..BATCH {
            let at = FIRST_AT.plus(Span::from_millis((batch * BATCH + number).try_into()?));
            let (text, token) = fresh(&policy, at)?;
            keep(&text);
            tokens.push(token);
        }
        let actor = Actor { who: "cli".into(), request: None, client_ip: None, at: FIRST_AT };
        store.issue_tokens(tokens, actor).await?;
    }
    drop(store);
    Ok(Filled { took: begun.elapsed(), bytes: bytes_below(&data)? })
}

/// The store of an installation that does not run.
pub async fn open(data: &Path) -> Result<Store> {
    let ring = KeyRing::parse(&std::fs::read_to_string(data.join("master.key"))?)?;
    let options = OpenOptions {
        url: format!("sqlite://{}", data.join("jeton.db").display()),
        ring: Arc::new(ring),
        outside: data.join("outside"),
        deadline: Duration::from_secs(120),
    };
    Ok(Store::open(options).await?)
}

fn fresh(policy: &Policy, at: Timestamp) -> Result<(PlainToken, NewToken)> {
    let id = TokenId::issued_at(at, rand::random());
    let text = PlainToken::from_random(None, TokenKind::Key, id, &rand::random());
    let token = NewToken {
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
        issued_at: at,
    };
    Ok((text, token))
}

fn bytes_below(folder: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let about = entry.metadata()?;
        bytes += if about.is_dir() { bytes_below(&entry.path())? } else { about.len() };
    }
    Ok(bytes)
}
