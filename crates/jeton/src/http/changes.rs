//! `GET /v1/changes`: the change log for verifiers, as a long poll or as server-sent events, with heartbeats.
//!
//! Names ids of all organisations, hence only for callers of the organisation that owns the management interface.

mod stream;

use super::{
    guard::{Bearer, ChangesRead},
    query::Query,
    respond,
};
use crate::{
    authority::Shared,
    problem::{Problem, ProblemCode},
    verifiers,
};
use axum::{extract::State, response::Response};
use http::{HeaderMap, HeaderName, header};
use jeton_core::change::{Change, Revision};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Where to go on.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// The last place that was taken in; 0 for all that the log holds.
    after: Option<u64>,
    /// How many seconds to wait for a change where there is none: 0 (default) to 60.
    wait: Option<u32>,
    /// Changes in one answer: 1 to 1000 (default).
    limit: Option<u32>,
}

/// A stretch of the change log.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ChangesView {
    /// The changes after the asked place, in order: `{revision, at, type, id?}`.
    #[schema(value_type = Vec<Object>)]
    changes: Vec<Change>,
    /// The newest place: whoever has reached it is up to date.
    head: u64,
    /// The asked place lies before what the log still holds, or beyond its end: everything may have changed. Go on from `head`.
    truncated: bool,
}

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// Most changes in one answer.
const LIMIT_MAX: u32 = 1000;
/// Longest wait.
const WAIT_MAX: u32 = 60;

/// Follow the change log. With `Accept: text/event-stream` it comes as a stream with heartbeats, which goes on behind
/// `Last-Event-ID` where that is sent.
#[utoipa::path(get, path = "/v1/changes", tag = "changes", security(("bearer" = ["changes:read"])), params(Asked),
    responses((status = OK, body = ChangesView)))]
pub async fn follow_changes(
    State(authority): State<Shared>,
    bearer: Bearer<ChangesRead>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    super::organisations::only_main(&authority, &bearer.caller)?;
    let bad = |field: &str, rule: String| Problem::new(ProblemCode::BadQuery, format!("`{field}` {rule}")).at(field);
    let limit = asked.limit.unwrap_or(LIMIT_MAX);
    if !(1..=LIMIT_MAX).contains(&limit) {
        return Err(bad("limit", format!("must be 1 to {LIMIT_MAX}")));
    }
    let wait = asked.wait.unwrap_or(0);
    if wait > WAIT_MAX {
        return Err(bad("wait", format!("must be at most {WAIT_MAX}")));
    }
    let is_stream =
        headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).is_some_and(|accept| accept.contains("text/event-stream"));
    // A client of server-sent events comes back to the address that it began at, and tells in a header how far it has come.
    let resumed = if is_stream { last_event(&headers)? } else { None };
    let after = Revision(resumed.or(asked.after).unwrap_or(0));
    if after.0 > i64::MAX.unsigned_abs() {
        return Err(bad("after", "is beyond every place of the log".into()));
    }
    let mut read = authority.store.changes_after(after, limit as usize).await?;
    if after > read.head {
        // The follower knows of changes that this log does not: it followed another one, or this one was put back.
        read.truncated = true;
    } else if !is_stream && let Some(follower) = bearer.caller.token_id() {
        // Who asks for what comes after a place has taken in everything up to there. What is sent down a stream says nothing of
        // what its reader has taken in.
        verifiers::acknowledge(&authority, verifiers::follower(follower, after)).await?;
    }
    if is_stream {
        return Ok(stream::open(authority, bearer.caller, after));
    }
    if read.changes.is_empty() && !read.truncated && wait > 0 {
        let mut progress = authority.progress.clone();
        let waiting = progress.wait_for(Revision(after.0.saturating_add(1)), Duration::from_secs(u64::from(wait)));
        tokio::select! {
            _ = waiting => {}
            () = authority.stopping.cancelled() => {}
        }
        read = authority.store.changes_after(after, limit as usize).await?;
    }
    Ok(respond::found(&ChangesView { changes: read.changes, head: read.head.0, truncated: read.truncated }))
}

/// The place that a stream which broke off had come to.
fn last_event(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    let mut values = headers.get_all(LAST_EVENT_ID).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let place = value.to_str().ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit())).and_then(|text| text.parse().ok());
    match (place, values.next()) {
        (Some(place), None) => Ok(Some(place)),
        _ => Err(Problem::new(ProblemCode::BadHeader, "`Last-Event-ID` must stand once and be the `id` of an event").at("Last-Event-ID")),
    }
}
