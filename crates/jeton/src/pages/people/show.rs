//! `GET /dashboard/people/{id}`: one person: the account, how it is signed in to, where, and what may be done about it.

use super::list::state;
use crate::{
    authority::{Authority, Shared},
    http::guard::{ClientsRead, TokensRead, UsersRead, UsersWrite},
    pages::{
        account::sessions::SessionView,
        app::AppCard,
        badge::Badge,
        error,
        frame::{Frame, Page, render},
        instant::Instant,
        navigation::Place,
        visitor::{Allowed, Visitor},
        words,
    },
    session,
};
use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use http::StatusCode;
use jeton_core::id::UserId;
use jeton_store::{
    StoreError,
    page::PageRequest,
    user::{Role, User},
    way_in::WaysIn,
};

#[derive(Template)]
#[template(path = "people/show.html")]
struct PersonPage {
    frame: Frame,
    user: User,
    role: &'static str,
    role_means: &'static str,
    state: Badge,
    added: Instant,
    ways: WaysIn,
    sessions: Vec<SessionView>,
    /// The apps that the person registered, where the visitor may see apps.
    apps: Option<Vec<AppCard>>,
    may_see_tokens: bool,
    /// Whether the visitor may change this account.
    may_change: bool,
    is_own: bool,
}

impl Page for PersonPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

/// `GET /dashboard/people/{id}`.
pub async fn show_person(State(authority): State<Shared>, Path(id): Path<String>, allowed: Allowed<UsersRead>) -> Response {
    let visitor = allowed.visitor;
    let Ok(id) = UserId::parse(&id) else { return error::not_found(&visitor) };
    match gather(&authority, &visitor, id).await {
        Ok(page) => render(StatusCode::OK, &page, &[]),
        Err(StoreError::NotFound(_)) => error::not_found(&visitor),
        Err(_) => error::unavailable(),
    }
}

/// Whether the role of a visitor may change this account. The use cases decide by themselves: this is for what is shown.
pub(super) fn may_change(visitor: &Visitor, user: &User) -> bool {
    visitor.may::<UsersWrite>() && (user.role != Role::Owner || visitor.user.role == Role::Owner)
}

async fn gather(authority: &Authority, visitor: &Visitor, id: UserId) -> Result<PersonPage, StoreError> {
    let user = authority.store.show_user(visitor.user.organisation, id).await?;
    let ways = authority.store.ways_in(&user).await?;
    let (now, limits) = (authority.now(), session::limits(authority));
    let sessions = authority.store.list_sessions_at(user.id, now, limits, PageRequest::default()).await?.items;
    let apps = match visitor.may::<ClientsRead>() {
        true => Some(authority.store.clients_registered_by(user.organisation, user.id).await?.iter().map(AppCard::from).collect()),
        false => None,
    };
    Ok(PersonPage {
        frame: visitor.frame(user.name.as_str(), Place::People),
        role: words::role(user.role),
        role_means: words::role_means(user.role),
        state: state(&user),
        added: user.created_at.into(),
        ways,
        sessions: sessions.into_iter().map(|own| SessionView::of(own, visitor.signed_in.session)).collect(),
        apps,
        may_see_tokens: visitor.may::<TokensRead>(),
        may_change: may_change(visitor, &user),
        is_own: user.id == visitor.user.id,
        user,
    })
}
