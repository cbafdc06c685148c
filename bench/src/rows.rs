//! The rows: one file each. A row makes what it needs, measures, and gives its lines.

mod check;
mod cut;
pub mod decide;
mod flood;
mod gate_memory;
mod idle;
mod introspect;
mod issue;
mod jwt;
mod limits;
pub mod memory;
mod oauth_cc;
mod pages;
mod proxy;
mod refresh;
mod revocation;
mod revoke;
mod start;
mod verify;

use crate::report::Line;
use anyhow::Result;
use std::{future::Future, pin::Pin};

/// How many of something a row takes. A debug build only tries whether the row works: its figures mean nothing.
pub const fn many(whole: usize, tried: usize) -> usize {
    if cfg!(debug_assertions) { tried } else { whole }
}

/// What a row comes to.
pub type Lines = Pin<Box<dyn Future<Output = Result<Vec<Line>>>>>;

/// A row: what it is called, what it measures, and how; the flag asks for the larger form of it.
pub type Row = (&'static str, &'static str, fn(bool) -> Lines);

/// All rows, in the order in which they are run.
pub const ALL: &[Row] =
    &[
        ("decide", "the decision itself, and a check in memory, without HTTP", |_| Box::pin(decide::measure())),
        ("check", "/gate/check of an opaque token in memory against a bare empty 200", |_| Box::pin(check::measure())),
        ("verify", "/v1/verify against bare JSON, and batches of 100", |_| Box::pin(verify::measure())),
        ("jwt", "/gate/check of a JWT seen before, and at first sight", |_| Box::pin(jwt::measure())),
        ("proxy", "the proxy with checking on against the same with checking off", |_| Box::pin(proxy::measure())),
        ("proxy_nginx", "the proxy with checking on against nginx, plain and with auth_request to Jeton", |_| {
            Box::pin(proxy::nginx::measure())
        }),
        ("proxy_p99", "what checking adds to the proxy's p99 at half load", |_| Box::pin(proxy::latency::measure())),
        ("proxy_jwt", "JWTs at first sight against Envoy and HAProxy on one core", |_| Box::pin(proxy::jwt::measure())),
        ("flood", "known tokens while made-up ones come at full speed", |_| Box::pin(flood::measure())),
        ("gate_flood", "the same at a gate elsewhere", |_| Box::pin(flood::measure_elsewhere())),
        ("limits", "/gate/check of tokens with a rate limit against tokens without", |_| Box::pin(limits::measure())),
        ("memory", "bytes per live token in a verifier (--large: 10 million too)", |large| Box::pin(memory::measure(large))),
        ("gate_memory", "a gate elsewhere with a million tokens (--large: 10 million too)", |large| Box::pin(gate_memory::measure(large))),
        ("idle", "the idle process", |_| Box::pin(idle::measure())),
        ("issue", "durable issue over HTTP, on both engines", |_| Box::pin(issue::measure())),
        ("oauth_cc", "tokens by client credentials, durable, against oidc-provider and Glewlwyd", |_| Box::pin(oauth_cc::measure())),
        ("introspect", "introspection against oidc-provider and Glewlwyd", |_| Box::pin(introspect::measure())),
        ("refresh", "64 refresh families at once, against oidc-provider and Glewlwyd", |_| Box::pin(refresh::measure())),
        ("revoke", "revocation acknowledged until it is refused, on the same node and on another", |_| Box::pin(revoke::measure())),
        ("revocation", "revocation acknowledged until eight gates elsewhere refuse, under load", |_| Box::pin(revocation::measure())),
        ("cut", "a million tokens revoked by one cut", |_| Box::pin(cut::measure())),
        ("pages", "the dashboard's pages with a hundred thousand tokens stored", |_| Box::pin(pages::measure())),
        ("start", "from the start with a million tokens stored to the first right answer", |_| Box::pin(start::measure())),
    ];
