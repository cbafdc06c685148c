//! The change log as server-sent events. Ends with the program, and as soon as the follower's own token is good no more.

use crate::{authority::Shared, caller::Caller};
use axum::{
    body::{Body, Bytes},
    response::Response,
};
use futures_util::stream;
use http::{HeaderValue, header};
use jeton_core::{change::Revision, denial::Denial};
use jeton_gate::check::Question;
use std::{convert::Infallible, time::Duration};

/// A sign of life at least this often.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// Changes read at once.
const PAGE: usize = 1000;

struct Feed {
    authority: Shared,
    caller: Caller,
    after: Revision,
    begun: bool,
}

/// Opens a stream of what comes after a place.
pub(super) fn open(authority: Shared, caller: Caller, after: Revision) -> Response {
    let feed = Feed { authority, caller, after, begun: false };
    let pieces = stream::unfold(feed, |mut feed| async move {
        let piece = feed.next().await?;
        Some((Ok::<_, Infallible>(piece), feed))
    });
    let mut response = Response::new(Body::from_stream(pieces));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    response
}

impl Feed {
    /// The next piece: events, or a heartbeat with the head. `None` at the end.
    async fn next(&mut self) -> Option<Bytes> {
        if self.authority.stopping.is_cancelled() || !self.may_follow().await {
            return None;
        }
        if self.begun {
            let mut progress = self.authority.progress.clone();
            let stopping = self.authority.stopping.clone();
            tokio::select! {
                _ = progress.wait_for(Revision(self.after.0.saturating_add(1)), HEARTBEAT) => {}
                () = stopping.cancelled() => return None,
            }
        }
        self.begun = true;
        let read = match self.authority.store.changes_after(self.after, PAGE).await {
            Ok(read) => read,
            // The stream ends, so that the follower knows that it is not up to date.
            Err(error) => {
                tracing::warn!(%error, "a stream of the change log was ended");
                return None;
            }
        };
        let mut text = String::new();
        if read.truncated || self.after > read.head {
            self.after = read.head;
            text.push_str(&format!("event: truncated\nid: {0}\ndata: {{\"head\":{0}}}\n\n", read.head));
        }
        for change in &read.changes {
            let data = serde_json::to_string(change).unwrap_or_default();
            text.push_str(&format!("event: change\nid: {}\ndata: {data}\n\n", change.revision));
            self.after = change.revision;
        }
        if text.is_empty() {
            text = format!("event: heartbeat\ndata: {{\"head\":{}}}\n\n", read.head);
        }
        Some(Bytes::from(text))
    }
    /// Whether the follower's token is still good for this.
    async fn may_follow(&self) -> bool {
        use crate::http::guard::{ChangesRead, ManagementScope};
        let question = Question {
            audience: Some(self.authority.config.issuer.as_str()),
            scopes: ChangesRead::demand(),
            client_ip: self.caller.client_ip,
            cost: 0,
            ..Question::new(Err(Denial::NoCredential))
        };
        // Without a call: a token with routes was let in by them when the stream was opened.
        let Some(follower) = self.caller.token_id() else { return false };
        matches!(self.authority.gate.explain(follower, &question).await, Ok(()) | Err(Denial::RouteNotAllowed))
    }
}
