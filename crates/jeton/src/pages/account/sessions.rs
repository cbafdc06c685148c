//! `GET` and `POST /account/sessions`: where a person is signed in, and ending that, here and everywhere.

use crate::{
    authority::{Authority, Shared},
    pages::{
        error,
        form::Form,
        frame::{Frame, Page, render, see_other},
        instant::Instant,
        navigation::Place,
        sign_out,
        visitor::Visitor,
    },
    session,
};
use askama::Template;
use axum::{extract::State, response::Response};
use http::StatusCode;
use jeton_core::id::SessionId;
use jeton_store::{StoreError, page::PageRequest, session::Session};

#[derive(Template)]
#[template(path = "sessions.html")]
struct SessionsPage {
    frame: Frame,
    sessions: Vec<SessionView>,
    csrf: String,
    next: Option<String>,
}

/// A session as pages show it.
pub(in crate::pages) struct SessionView {
    pub(in crate::pages) id: SessionId,
    pub(in crate::pages) is_this: bool,
    pub(in crate::pages) browser: String,
    pub(in crate::pages) from: String,
    pub(in crate::pages) since: Instant,
    pub(in crate::pages) seen: Instant,
}

impl Page for SessionsPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

impl SessionView {
    /// As somebody sees it in the session `current`.
    pub(in crate::pages) fn of(session: Session, current: SessionId) -> Self {
        Self {
            id: session.id,
            is_this: session.id == current,
            browser: browser(session.user_agent.as_deref().unwrap_or_default()),
            from: session.client_ip.unwrap_or_else(|| "an unknown address".to_owned()),
            since: session.created_at.into(),
            seen: session.seen_at.into(),
        }
    }
}

/// A browser in a few words, as far as its own say-so goes.
fn browser(agent: &str) -> String {
    let first = |names: &[(&str, &'static str)]| names.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name);
    let program = first(&[("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari")]);
    let system = first(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (program, system) {
        (Some(program), Some(system)) => format!("{program} on {system}"),
        (Some(program), None) => program.to_owned(),
        (None, _) if agent.is_empty() => "An unknown browser".to_owned(),
        (None, _) => agent.chars().take(60).collect(),
    }
}

/// `GET /account/sessions`.
pub async fn show_sessions(State(authority): State<Shared>, visitor: Visitor) -> Response {
    let after = visitor.query.find("after").map(str::to_owned);
    match gather(&authority, &visitor, after).await {
        Ok(page) => render(StatusCode::OK, &page, &[]),
        Err(StoreError::BadCursor) => see_other("/account/sessions"),
        Err(_) => error::unavailable(),
    }
}

async fn gather(authority: &Authority, visitor: &Visitor, after: Option<String>) -> Result<SessionsPage, StoreError> {
    let signed_in = &visitor.signed_in;
    let (now, limits) = (authority.now(), session::limits(authority));
    let page = authority.store.list_sessions_at(signed_in.user, now, limits, PageRequest { after, limit: 0 }).await?;
    Ok(SessionsPage {
        frame: visitor.frame("Sessions", Place::Sessions),
        sessions: page.items.into_iter().map(|own| SessionView::of(own, signed_in.session)).collect(),
        csrf: visitor.csrf.clone(),
        next: page.next,
    })
}

/// `POST /account/sessions`: ends one, with `session=others` all but this one, with `session=all` this one too.
pub async fn end_sessions(State(authority): State<Shared>, form: Form) -> Response {
    let signed_in = match form.signed_in(&authority).await {
        Ok(signed_in) => signed_in,
        Err(refusal) => return refusal,
    };
    let done = match form.field("session") {
        "all" => session::end_all(&authority, &signed_in, form.context).await.map(drop),
        "others" => session::end_others(&authority, &signed_in, form.context).await.map(drop),
        one => match SessionId::parse(one) {
            Ok(id) => session::end(&authority, &signed_in, id, form.context).await.map(drop),
            Err(_) => return error::bad_form(StatusCode::BAD_REQUEST, "it does not name a session"),
        },
    };
    match done {
        Ok(()) if form.field("session") == "all" || form.field("session") == signed_in.session.to_string() => sign_out::signed_out(),
        Ok(()) => see_other("/account/sessions?done=ended"),
        Err(_) => error::unavailable(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_named_in_a_few_words() {
        let chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";
        assert_eq!(browser(chrome), "Chrome on Linux");
        assert_eq!(browser(&format!("{chrome} Edg/142.0")), "Edge on Linux");
        assert_eq!(browser("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/605.1"), "Safari on iPhone");
        assert_eq!((browser("").as_str(), browser("curl/8.1").as_str()), ("An unknown browser", "curl/8.1"));
    }
}
