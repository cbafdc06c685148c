//! `GET` and `POST /dashboard/people/invite`: invites somebody, by mail or by a link to hand over. `POST …/invitations/{id}` withdraws one.

use super::roles_below;
use crate::{
    authority::Shared,
    http::guard::UsersWrite,
    invitations::{self, InviteRequest, Invited},
    pages::{
        error,
        filled::Filled,
        form::Form,
        frame::{Frame, Page, render, see_other},
        instant::Instant,
        navigation::Place,
        visitor::{Allowed, Visitor},
        words,
    },
};
use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use http::StatusCode;
use jeton_core::id::LinkId;
use jeton_store::user::Role;

#[derive(Template)]
#[template(path = "people/invite.html")]
struct InvitePage {
    frame: Frame,
    csrf: String,
    filled: Filled,
    roles: Vec<(&'static str, &'static str)>,
    meanings: Vec<(&'static str, &'static str)>,
    has_mail: bool,
}

#[derive(Template)]
#[template(path = "people/invited.html")]
struct InvitedPage {
    frame: Frame,
    invited: Invited,
    role: &'static str,
    ends: Instant,
}

impl Page for InvitePage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

impl Page for InvitedPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

const FIELDS: [&str; 3] = ["email", "role", "send"];

/// `GET /dashboard/people/invite`.
pub async fn show_invite(State(authority): State<Shared>, allowed: Allowed<UsersWrite>) -> Response {
    let send = if authority.mail.is_there() { "mail" } else { "" };
    show(&authority, allowed.visitor, Filled::with([("role", Role::Developer.as_str()), ("send", send)]))
}

fn show(authority: &Shared, visitor: Visitor, filled: Filled) -> Response {
    let status = if filled.is_refused() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let page = InvitePage {
        frame: visitor.frame("Invite somebody", Place::People),
        filled,
        roles: roles_below(visitor.user.role),
        meanings: Role::ALL.map(|role| (words::role(role), words::role_means(role))).into(),
        has_mail: authority.mail.is_there(),
        csrf: visitor.csrf,
    };
    render(status, &page, &[])
}

/// `POST /dashboard/people/invite`.
pub async fn invite(State(authority): State<Shared>, form: Form) -> Response {
    let visitor = match form.visitor::<UsersWrite>(&authority).await {
        Ok(visitor) => visitor,
        Err(refusal) => return refusal,
    };
    let text = |name: &str| Some(form.field(name).trim()).filter(|text| !text.is_empty()).map(str::to_owned);
    let asked = InviteRequest { email: text("email"), role: text("role"), send: Some(form.field("send") == "mail") };
    match invitations::invite(&authority, &visitor.caller, asked).await {
        Ok(invited) if invited.sent => see_other("/dashboard/people?done=invited"),
        Ok(invited) => {
            let frame = visitor.frame("A link to hand over", Place::People);
            let (role, ends) = (words::role(invited.role), invited.link.expires_at.into());
            render(StatusCode::OK, &InvitedPage { frame, invited, role, ends }, &[])
        }
        Err(problem) if problem.status().is_server_error() => error::unavailable(),
        Err(problem) => show(&authority, visitor, Filled::again(&form.fields).refused(&problem, &FIELDS)),
    }
}

/// `POST /dashboard/people/invitations/{id}`: withdraws it.
pub async fn withdraw(State(authority): State<Shared>, Path(id): Path<String>, form: Form) -> Response {
    let visitor = match form.visitor::<UsersWrite>(&authority).await {
        Ok(visitor) => visitor,
        Err(refusal) => return refusal,
    };
    let Ok(id) = LinkId::parse(&id) else { return error::not_found(&visitor) };
    match invitations::withdraw(&authority, &visitor.caller, id).await {
        Ok(()) => see_other("/dashboard/people?done=removed"),
        Err(problem) => error::problem(&visitor, &problem),
    }
}
