//! `/dashboard/tokens/revoke` without a search, and `/dashboard/tokens/revoke/{run}`: what was revoked together, by whom and why, and how
//! far a run is.

use super::actors::{ActorView, Actors};
use crate::{
    authority::Shared,
    http::guard::TokensRevoke,
    pages::{
        badge::{Badge, Tone},
        chart, error,
        frame::{Frame, Page, render},
        instant::Instant,
        navigation::Place,
        visitor::{Allowed, Visitor},
        words,
    },
    problem::Problem,
    revoke_many,
};
use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use http::StatusCode;
use jeton_core::{
    cut::{Cut, CutWhat},
    id::RequestId,
    timestamp::Timestamp,
};
use jeton_store::revocation_run::{RevocationRun, RunState};
use url::form_urlencoded::Serializer;

#[derive(Template)]
#[template(path = "operate/runs.html")]
struct RunsPage {
    frame: Frame,
    rows: Vec<PastRow>,
}

#[derive(Template)]
#[template(path = "operate/revoking.html")]
struct RunPage {
    frame: Frame,
    run: RunView,
}

/// Something that was revoked together.
struct PastRow {
    /// Which tokens, in words where they are not a search.
    words: &'static str,
    /// The search, or which one.
    which: String,
    /// Where more of it is.
    address: Option<String>,
    state: Badge,
    /// Tokens that were revoked, where they are counted.
    revoked: Option<String>,
    found: String,
    by: ActorView,
    why: String,
    began: Instant,
    began_at: Timestamp,
}

/// How far a run is.
struct RunView {
    query: String,
    state: &'static str,
    fault: Option<String>,
    is_running: bool,
    revoked: String,
    found: String,
    share: u64,
    by: ActorView,
    why: String,
    comment: Option<String>,
    began: Instant,
    ended: Option<Instant>,
}

impl Page for RunsPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

impl Page for RunPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

/// The newest of what was revoked together: runs over searches, and what was ended at once.
pub(super) async fn show_runs(authority: &Shared, visitor: &Visitor) -> Result<Response, Problem> {
    let (runs, cuts) = revoke_many::newest(authority, &visitor.caller).await?;
    let who = runs.iter().map(|run| run.began_by.as_str()).chain(cuts.iter().map(|cut| cut.actor.as_str()));
    let actors = Actors::of(authority, visitor, who).await?;
    let mut rows: Vec<PastRow> = runs.into_iter().map(|run| PastRow::of_run(run, &actors)).collect();
    rows.extend(cuts.into_iter().map(|cut| PastRow::of_cut(cut, &actors)));
    rows.sort_by_key(|row| std::cmp::Reverse(row.began_at));
    Ok(render(StatusCode::OK, &RunsPage { frame: visitor.frame("Revoked together", Place::Tokens), rows }, &[]))
}

/// `GET /dashboard/tokens/revoke/{run}`: how far it is.
pub(super) async fn show_run(State(authority): State<Shared>, allowed: Allowed<TokensRevoke>, Path(id): Path<String>) -> Response {
    let visitor = allowed.visitor;
    let Ok(id) = RequestId::parse(&id) else { return error::not_found(&visitor) };
    match view(&authority, &visitor, id).await {
        Ok(run) => render(StatusCode::OK, &RunPage { frame: visitor.frame("Revoking tokens", Place::Tokens), run }, &[]),
        Err(problem) if problem.status() == StatusCode::NOT_FOUND => error::not_found(&visitor),
        Err(problem) => error::problem(&visitor, &problem),
    }
}

async fn view(authority: &Shared, visitor: &Visitor, id: RequestId) -> Result<RunView, Problem> {
    let run = revoke_many::show(authority, &visitor.caller, id).await?;
    let actors = Actors::of(authority, visitor, std::iter::once(run.began_by.as_str())).await?;
    Ok(RunView::of(run, &actors))
}

const fn badge(state: &RunState) -> Badge {
    match state {
        RunState::Running => Badge { words: "Under way", tone: Tone::New },
        RunState::Done => Badge { words: "Done", tone: Tone::Good },
        RunState::Failed(_) => Badge { words: "Broken off", tone: Tone::Bad },
    }
}

/// The address of a list of tokens.
fn list_of(name: &str, value: &str) -> String {
    format!("/dashboard/tokens?{}", Serializer::new(String::new()).append_pair(name, value).finish())
}

impl PastRow {
    fn of_run(run: RevocationRun, actors: &Actors) -> Self {
        Self {
            words: "",
            address: Some(format!("/dashboard/tokens/revoke/{}", run.id)),
            state: badge(&run.state),
            revoked: Some(words::number(run.revoked)),
            found: words::number(run.found),
            by: actors.view(&run.began_by),
            why: words::reason(run.reason.as_deref()),
            began: run.began_at.into(),
            began_at: run.began_at,
            which: run.search,
        }
    }
    fn of_cut(cut: Cut, actors: &Actors) -> Self {
        let (words, name) = match &cut.scope.what {
            CutWhat::Subject(_) => ("Everything of the subject", Some("subject")),
            CutWhat::Client(_) => ("Everything of the app", Some("client")),
            CutWhat::Project(_) => ("Everything of the project", Some("project")),
            CutWhat::SigningKey(_) => ("Everything signed by", None),
            CutWhat::Everything => ("Everything", None),
        };
        let which = cut.scope.what.value().unwrap_or_default();
        Self {
            words,
            address: name.map(|name| list_of(name, &which)),
            state: Badge { words: "At once", tone: Tone::Good },
            revoked: None,
            found: String::new(),
            by: actors.view(&cut.actor),
            why: words::reason(cut.reason.as_deref()),
            began: cut.at.into(),
            began_at: cut.at,
            which,
        }
    }
}

impl RunView {
    fn of(run: RevocationRun, actors: &Actors) -> Self {
        let is_running = run.is_running();
        Self {
            state: badge(&run.state).words,
            is_running,
            revoked: words::number(run.revoked),
            found: words::number(run.found),
            share: chart::share(run.revoked, run.found.max(1)),
            by: actors.view(&run.began_by),
            why: words::reason(run.reason.as_deref()),
            comment: run.comment,
            began: run.began_at.into(),
            ended: run.ended_at.map(Instant::from),
            query: run.search,
            fault: match run.state {
                RunState::Failed(why) => Some(words::sentence(&why)),
                RunState::Running | RunState::Done => None,
            },
        }
    }
}
