//! The database: reachable, as new as what is known of it from outside, its events a whole chain, its clock not ahead.

use super::Finding;
use crate::{
    bootstrap::{self, ring},
    cli::local,
    config::Config,
};
use jeton_core::timestamp::{Span, Timestamp};
use jeton_store::{Engine, Store, StoreError};
use std::{path::Path, sync::Arc};

/// A clock may be this much behind what was written last.
const CLOCK_SLACK: Span = Span::from_seconds(5);

/// Looks at all of it.
pub(super) async fn look(config: &Config, now: Timestamp) -> Vec<Finding> {
    const CHECK: &str = "database";
    // Opening makes what is missing; where nothing was set up, there is nothing to look at.
    let Ok(ring) = ring::load(config) else { return Vec::new() };
    if config.database.url.strip_prefix("sqlite://").is_some_and(|path| !Path::new(path).exists()) {
        return vec![Finding::fail(
            CHECK,
            "the database file is not there",
            "`jeton init` for a new one, or `jeton restore` from a backup",
        )];
    }
    let store = match bootstrap::open(config, Arc::new(ring)).await {
        Ok(store) => store,
        Err(fault) => return vec![unopened(fault)],
    };
    let mut findings = vec![Finding::ok(CHECK, format!("{} answers", engine(&store)))];
    findings.push(initialised(&store).await);
    findings.push(generation(&store, now).await);
    findings.push(clock(&store, now));
    findings.push(chain(&store).await);
    findings.push(changes(&store).await);
    store.close().await;
    findings
}

fn unopened(fault: StoreError) -> Finding {
    match &fault {
        StoreError::RolledBack(_) => {
            Finding::fail("generation", fault.to_string(), "`jeton restore` from a backup; the journal is done again over it")
        }
        StoreError::Damaged(_) | StoreError::Tampered { .. } => {
            let fix = "put the right master key file back where this one is another's; else find out who changed it, then `jeton restore`";
            Finding::fail("marks", fault.to_string(), fix)
        }
        _ => {
            let failure = local::from_store(fault);
            Finding::fail("database", failure.what, failure.fix.unwrap_or_else(|| "check `database.url`".to_owned()))
        }
    }
}

async fn initialised(store: &Store) -> Finding {
    const CHECK: &str = "set up";
    match bootstrap::is_initialised(store).await {
        Ok(true) => Finding::ok(CHECK, "there is an organisation with tokens, and what was read of it carries its marks"),
        Ok(false) => Finding::fail(CHECK, "there is no owner yet", "`jeton init`"),
        Err(fault) => unopened(fault),
    }
}

async fn generation(store: &Store, now: Timestamp) -> Finding {
    const CHECK: &str = "generation";
    match (store.generation(), store.head().await) {
        (_, Err(fault)) => unopened(fault),
        (None, Ok(_)) => Finding::fail(CHECK, "a restore of this database was cut short", "`jeton restore` again"),
        (Some(noted), Ok(head)) => {
            let age = now.since(noted.at).as_seconds_up();
            let detail = format!("number {}, noted up to revision {} of {head} ({age} s ago)", noted.number, noted.revision);
            Finding::ok(CHECK, detail)
        }
    }
}

/// A clock that was set back would let what has expired be young again.
fn clock(store: &Store, now: Timestamp) -> Finding {
    const CHECK: &str = "clock";
    match store.generation() {
        Some(noted) if noted.at > now.plus(CLOCK_SLACK) => {
            let detail = format!("the clock says {now}, but the data was written at {}", noted.at);
            Finding::fail(CHECK, detail, "set the clock right (NTP): until then, time stands still at what was written last")
        }
        _ => Finding::ok(CHECK, format!("{now}, not before what was written last")),
    }
}

fn engine(store: &Store) -> &'static str {
    match store.engine() {
        Engine::Sqlite => "SQLite",
        Engine::Postgres => "PostgreSQL",
    }
}

/// A change that was cut out would hide that a token was revoked since.
async fn changes(store: &Store) -> Finding {
    const CHECK: &str = "change log";
    match store.verify_changes().await {
        Err(fault) => unopened(fault),
        Ok(gaps) => match gaps.first() {
            None => Finding::ok(CHECK, "whole, without gaps"),
            Some(first) => {
                let detail = format!("changes are missing from revision {first} on ({} gaps): it was changed from outside", gaps.len());
                Finding::fail(CHECK, detail, "find out who changed it, then `jeton restore` from a backup")
            }
        },
    }
}

async fn chain(store: &Store) -> Finding {
    const CHECK: &str = "audit chain";
    match store.verify_audit(|_, _| {}).await {
        Err(fault) => unopened(fault),
        Ok(report) => match report.faults.first() {
            None => Finding::ok(CHECK, format!("whole, {} events", report.events)),
            Some((place, reason)) => {
                let detail = format!("broken at event {place}: {reason} ({} faults)", report.faults.len());
                Finding::fail(CHECK, detail, "`jeton audit verify --offline` names every place")
            }
        },
    }
}
