//! `GET /account`: the account at a glance, and what would make it safer.

use crate::{
    authority::{Authority, Shared},
    pages::{
        error,
        frame::{Frame, Page, render},
        navigation::Place,
        visitor::Visitor,
        words,
    },
};
use askama::Template;
use axum::{extract::State, response::Response};
use http::StatusCode;
use jeton_store::{
    StoreError,
    user::{Role, User},
    way_in::WaysIn,
};

#[derive(Template)]
#[template(path = "account/overview.html")]
struct OverviewPage {
    frame: Frame,
    user: User,
    ways: WaysIn,
    role: &'static str,
    advice: Vec<&'static str>,
    has_mail: bool,
    csrf: String,
}

impl Page for OverviewPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

/// `GET /account`.
pub async fn show_account(State(authority): State<Shared>, visitor: Visitor) -> Response {
    match gather(&authority, visitor).await {
        Ok(page) => render(StatusCode::OK, &page, &[]),
        Err(_) => error::unavailable(),
    }
}

async fn gather(authority: &Authority, visitor: Visitor) -> Result<OverviewPage, StoreError> {
    let ways = authority.store.ways_in(&visitor.user).await?;
    let has_mail = authority.mail.is_there();
    Ok(OverviewPage {
        frame: visitor.frame("Account", Place::Account),
        advice: advice(&visitor.user, &ways, has_mail, authority.passkeys.are_possible()),
        role: words::role(visitor.user.role),
        has_mail,
        csrf: visitor.csrf,
        user: visitor.user,
        ways,
    })
}

/// What is missing, the most needed first.
fn advice(user: &User, ways: &WaysIn, has_mail: bool, passkeys: bool) -> Vec<&'static str> {
    let mut advice = Vec::new();
    let has_second = ways.totp || ways.passkeys > 0;
    if !has_second {
        advice.push(match (user.role, passkeys) {
            (Role::Owner | Role::Operator, true) => "Who runs a server should not depend on a password alone: add a passkey.",
            (Role::Owner | Role::Operator, false) => "Who runs a server should not depend on a password alone: turn on one-time passwords.",
            (_, true) => "Add a passkey: it is safer than a password, and quicker.",
            (_, false) => "Turn on one-time passwords, so that a stolen password is not enough.",
        });
    }
    if ways.password && ways.passkeys > 0 && !ways.totp {
        advice.push("Your password alone still opens your account: turn on one-time passwords as well.");
    }
    if ways.totp && ways.recovery_codes < 3 {
        advice.push("You have few recovery codes left: have new ones made.");
    }
    if !ways.password && ways.passkeys == 1 {
        advice.push("One passkey is your only way in: add another one, or a password, before it is lost.");
    }
    if user.email.is_none() {
        advice.push("Add your e-mail address, to be told of changes to your account.");
    } else if !ways.email_verified && has_mail {
        advice.push("Confirm your e-mail address, so that a forgotten password can be helped.");
    }
    advice
}
