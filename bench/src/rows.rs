//! The rows: one file each. A row makes what it needs, measures, and gives its lines.

mod check;
mod cut;
mod decide;
mod flood;
mod idle;
mod introspect;
mod issue;
mod jwt;
pub mod memory;
mod oauth_cc;
mod proxy;
mod refresh;
mod revoke;
mod start;
mod verify;

use crate::report::Line;
use anyhow::Result;
use std::{future::Future, pin::Pin};

/// What a row comes to.
pub type Lines = Pin<Box<dyn Future<Output = Result<Vec<Line>>>>>;

/// A row: what it is called, what it measures, and how; the flag asks for the larger form of it.
pub type Row = (&'static str, &'static str, fn(bool) -> Lines);

/// All rows, in the order in which they are run.
pub const ALL: &[Row] = &[
    ("decide", "the decision itself, and a check in memory, without HTTP", |_| Box::pin(decide::measure())),
    ("check", "/gate/check of an opaque token in memory against a bare empty 200", |_| Box::pin(check::measure())),
    ("verify", "/v1/verify against bare JSON, and batches of 100", |_| Box::pin(verify::measure())),
    ("jwt", "/gate/check of a JWT seen before, and at first sight", |_| Box::pin(jwt::measure())),
    ("proxy", "the proxy with checking on against the same with checking off", |_| Box::pin(proxy::measure())),
    ("flood", "known tokens while made-up ones come at full speed", |_| Box::pin(flood::measure())),
    ("memory", "bytes per live token in a verifier (--large: 10 million too)", |large| Box::pin(memory::measure(large))),
    ("idle", "the idle process", |_| Box::pin(idle::measure())),
    ("issue", "durable issue over HTTP, on both engines", |_| Box::pin(issue::measure())),
    ("oauth_cc", "tokens by client credentials, durable, against oidc-provider and Glewlwyd", |_| Box::pin(oauth_cc::measure())),
    ("introspect", "introspection against oidc-provider and Glewlwyd", |_| Box::pin(introspect::measure())),
    ("refresh", "64 refresh families at once, against oidc-provider and Glewlwyd", |_| Box::pin(refresh::measure())),
    ("revoke", "revocation acknowledged until it is refused, on the same node and on another", |_| Box::pin(revoke::measure())),
    ("cut", "fifty thousand tokens revoked by one cut", |_| Box::pin(cut::measure())),
    ("start", "from the start with a million tokens stored to the first right answer", |_| Box::pin(start::measure())),
];
