//! `GET /dashboard/people`: who has an account, and who is invited. Filters have an address.

use crate::{
    authority::{Authority, Shared},
    http::guard::{UsersRead, UsersWrite},
    invitations,
    pages::{
        badge::{Badge, Tone},
        error,
        filled::Filled,
        frame::{Frame, Page, render},
        instant::Instant,
        navigation::Place,
        visitor::{Allowed, Visitor},
        words,
    },
    problem::Problem,
};
use askama::Template;
use axum::{extract::State, response::Response};
use http::StatusCode;
use jeton_store::{
    account_link::AccountLink,
    page::PageRequest,
    user::{Role, User, UserFilter},
};

#[derive(Template)]
#[template(path = "people/list.html")]
struct PeoplePage {
    frame: Frame,
    csrf: String,
    may_invite: bool,
    is_filtered: bool,
    filled: Filled,
    roles: Vec<(&'static str, &'static str)>,
    states: [(&'static str, &'static str); 3],
    people: Vec<PersonView>,
    next: Option<String>,
    invitations: Vec<InvitationView>,
}

struct PersonView {
    id: String,
    name: String,
    email: Option<String>,
    role: &'static str,
    state: Badge,
    added: Instant,
}

struct InvitationView {
    id: String,
    email: String,
    role: &'static str,
    sent: Instant,
    ends: Instant,
}

impl Page for PeoplePage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

/// Whether an account is open, in words.
pub(super) const fn state(user: &User) -> Badge {
    match user.disabled {
        true => Badge { words: "Disabled", tone: Tone::Bad },
        false => Badge { words: "Active", tone: Tone::Good },
    }
}

impl PersonView {
    fn of(user: User) -> Self {
        Self {
            id: user.id.to_string(),
            name: user.name.as_str().to_owned(),
            role: words::role(user.role),
            state: state(&user),
            added: user.created_at.into(),
            email: user.email,
        }
    }
}

impl InvitationView {
    fn of(own: AccountLink) -> Self {
        Self {
            id: own.id.to_string(),
            email: own.email.unwrap_or_else(|| "no address: handed over".to_owned()),
            role: own.role.map_or("", words::role),
            sent: own.created_at.into(),
            ends: own.expires_at.into(),
        }
    }
}

/// `GET /dashboard/people`.
pub async fn list_people(State(authority): State<Shared>, allowed: Allowed<UsersRead>) -> Response {
    match gather(&authority, allowed.visitor).await {
        Ok(page) => render(StatusCode::OK, &page, &[]),
        Err(_) => error::unavailable(),
    }
}

async fn gather(authority: &Authority, visitor: Visitor) -> Result<PeoplePage, Problem> {
    let text = |name: &str| visitor.query.find(name).map(str::trim).filter(|text| !text.is_empty());
    let filter = UserFilter {
        role: text("role").and_then(Role::parse),
        disabled: text("state").and_then(|state| match state {
            "active" => Some(false),
            "disabled" => Some(true),
            _ => None,
        }),
        text: text("q").map(str::to_owned),
    };
    let after = text("after").map(str::to_owned);
    let is_first = after.is_none();
    let page = authority.store.filter_users(visitor.user.organisation, &filter, PageRequest { after, limit: 0 }).await?;
    let may_invite = visitor.may::<UsersWrite>();
    let waiting = match is_first {
        true => invitations::list(authority, &visitor.caller, PageRequest::default()).await?.items,
        false => Vec::new(),
    };
    let kept = ["q", "role", "state"].map(|name| (name, text(name).unwrap_or_default()));
    let next = page.next.map(|next| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let pairs = kept.iter().filter(|(_, value)| !value.is_empty());
        query.extend_pairs(pairs).append_pair("after", &next);
        format!("/dashboard/people?{}", query.finish())
    });
    let filled = Filled::with(kept);
    let every = [("", "Any role")].into_iter();
    Ok(PeoplePage {
        frame: visitor.frame("People", Place::People),
        csrf: visitor.csrf,
        may_invite,
        is_filtered: filter != UserFilter::default(),
        filled,
        roles: every.chain(Role::ALL.map(|role| (role.as_str(), words::role(role)))).collect(),
        states: [("", "Any state"), ("active", "Active"), ("disabled", "Disabled")],
        people: page.items.into_iter().map(PersonView::of).collect(),
        next,
        invitations: waiting.into_iter().map(InvitationView::of).collect(),
    })
}
