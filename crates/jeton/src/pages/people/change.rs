//! `GET` and `POST /dashboard/people/{id}/{verb}`: asks, then shuts or opens an account, hands a link over, takes second factors away,
//! signs somebody out, or removes the account.

use crate::{
    authority::{Authority, Shared},
    http::guard::UsersWrite,
    links::IssuedLink,
    pages::{
        confirm::{self, Question},
        error,
        form::Form,
        frame::{Frame, Page, render, see_other},
        instant::Instant,
        navigation::Place,
        visitor::{Allowed, Visitor},
    },
    problem::Problem,
    users::{self, EditUserRequest},
};
use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use http::StatusCode;
use jeton_core::id::UserId;
use jeton_store::{StoreError, user::User};

#[derive(Template)]
#[template(path = "people/link.html")]
struct LinkPage {
    frame: Frame,
    user: UserId,
    name: String,
    link: IssuedLink,
    ends: Instant,
}

impl Page for LinkPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

/// What may be done about a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verb {
    Disable,
    Enable,
    Link,
    ResetFactors,
    SignOut,
    Remove,
}

impl Verb {
    const ALL: [Self; 6] = [Self::Disable, Self::Enable, Self::Link, Self::ResetFactors, Self::SignOut, Self::Remove];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Disable => "disable",
            Self::Enable => "enable",
            Self::Link => "link",
            Self::ResetFactors => "reset-factors",
            Self::SignOut => "sign-out",
            Self::Remove => "remove",
        }
    }
    fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verb| verb.as_str() == text)
    }
    /// The question, what it means, the button, and whether it is to be feared.
    fn asked(self, name: &str) -> (String, &'static str, &'static str, bool) {
        match self {
            Self::Disable => (
                format!("Disable the account of {name}?"),
                "Nobody can sign in to it, its sessions end and its tokens are suspended. It can be enabled again; tokens stay suspended then.",
                "Disable",
                true,
            ),
            Self::Enable => (
                format!("Enable the account of {name}?"),
                "Its owner can sign in again. Tokens that were suspended stay so until somebody resumes them.",
                "Enable",
                false,
            ),
            Self::Link => (
                format!("Make a link for {name}?"),
                "Whoever opens it chooses another password for the account: hand it over in person, or by a way that nobody else reads. It is \
                 good once, for a day. Second factors stay.",
                "Make the link",
                false,
            ),
            Self::ResetFactors => (
                format!("Remove passkeys and one-time passwords of {name}?"),
                "Only a password is left to sign in with, where there is one; all sessions end. For somebody who lost the devices: be sure \
                 who asked you.",
                "Remove them",
                true,
            ),
            Self::SignOut => {
                (format!("Sign {name} out everywhere?"), "All sessions end. Tokens and connected apps stay.", "Sign out", false)
            }
            Self::Remove => (
                format!("Remove the account of {name}?"),
                "It is gone for ever. Its tokens must be revoked before. To keep somebody out for a while, disable the account.",
                "Remove",
                true,
            ),
        }
    }
}

async fn found(authority: &Authority, visitor: &Visitor, id: &str, verb: &str) -> Result<(User, Verb), Response> {
    let parsed = (UserId::parse(id), Verb::parse(verb));
    let (Ok(id), Some(verb)) = parsed else { return Err(error::not_found(visitor)) };
    match authority.store.show_user(visitor.user.organisation, id).await {
        Ok(user) => Ok((user, verb)),
        Err(StoreError::NotFound(_)) => Err(error::not_found(visitor)),
        Err(_) => Err(error::unavailable()),
    }
}

/// `GET /dashboard/people/{id}/{verb}`.
pub async fn ask(State(authority): State<Shared>, Path((id, verb)): Path<(String, String)>, allowed: Allowed<UsersWrite>) -> Response {
    let visitor = allowed.visitor;
    let (user, verb) = match found(&authority, &visitor, &id, &verb).await {
        Ok(found) => found,
        Err(answer) => return answer,
    };
    let (heading, meaning, button, is_danger) = verb.asked(user.name.as_str());
    let (action, back) = (format!("/dashboard/people/{id}/{}", verb.as_str()), format!("/dashboard/people/{id}"));
    let asked = Question {
        heading: &heading,
        meaning: &[meaning.to_owned()],
        action: &action,
        fields: &[],
        reasons: &[],
        with_comment: false,
        button,
        is_danger,
        back: &back,
    };
    confirm::page(&visitor, Place::People, &asked)
}

/// `POST /dashboard/people/{id}/{verb}`.
pub async fn change(State(authority): State<Shared>, Path((id, verb)): Path<(String, String)>, form: Form) -> Response {
    let visitor = match form.visitor::<UsersWrite>(&authority).await {
        Ok(visitor) => visitor,
        Err(refusal) => return refusal,
    };
    let (user, verb) = match found(&authority, &visitor, &id, &verb).await {
        Ok(found) => found,
        Err(answer) => return answer,
    };
    match apply(&authority, &visitor, &user, verb).await {
        Ok(answer) => answer,
        Err(problem) => error::problem(&visitor, &problem),
    }
}

async fn apply(authority: &Authority, visitor: &Visitor, user: &User, verb: Verb) -> Result<Response, Problem> {
    let (caller, id) = (&visitor.caller, user.id);
    let disabled = |disabled| EditUserRequest { version: None, name: None, email: None, role: None, disabled: Some(disabled) };
    match verb {
        Verb::Disable => drop(users::edit(authority, caller, id, None, disabled(true)).await?),
        Verb::Enable => drop(users::edit(authority, caller, id, None, disabled(false)).await?),
        Verb::ResetFactors => drop(users::reset_factors(authority, caller, id).await?),
        Verb::SignOut => drop(users::sign_out(authority, caller, id).await?),
        Verb::Link => {
            let link = users::link(authority, caller, id).await?;
            let frame = visitor.frame("A link to hand over", Place::People);
            let page = LinkPage { frame, user: id, name: user.name.as_str().to_owned(), ends: link.expires_at.into(), link };
            return Ok(render(StatusCode::OK, &page, &[]));
        }
        Verb::Remove => {
            users::remove(authority, caller, id).await?;
            return Ok(see_other("/dashboard/people?done=removed"));
        }
    }
    Ok(see_other(&format!("/dashboard/people/{id}?done=saved")))
}
