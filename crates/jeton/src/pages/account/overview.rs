//! `GET /account`: the account at a glance, and what would make it safer.

use crate::{
    authority::{Authority, Shared},
    pages::{
        csrf, error,
        frame::{Frame, Page, render},
        sign_in,
    },
    session::SignedIn,
};
use askama::Template;
use axum::{extract::State, response::Response};
use http::{HeaderMap, StatusCode, Uri};
use jeton_core::oauth::parameters::Parameters;
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
    advice: Vec<&'static str>,
    has_mail: bool,
    csrf: String,
    done: Option<&'static str>,
}

impl Page for OverviewPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

/// `GET /account`.
pub async fn show_account(State(authority): State<Shared>, uri: Uri, headers: HeaderMap) -> Response {
    let signed_in = match sign_in::demand(&authority, &headers, &uri).await {
        Ok(signed_in) => signed_in,
        Err(answer) => return answer,
    };
    let query = Parameters::parse(uri.query().unwrap_or_default().as_bytes()).unwrap_or_default();
    let done = match query.find("done") {
        Some("profile") => Some("Saved."),
        Some("sent") => Some("Saved. A link is on its way to your address: open it to show that you read it."),
        Some("unsent") => Some("No link was sent: there is no address, or enough was sent to it for now."),
        _ => None,
    };
    match gather(&authority, &signed_in, done).await {
        Ok(page) => render(StatusCode::OK, &page, &[]),
        Err(_) => error::unavailable(),
    }
}

async fn gather(authority: &Authority, signed_in: &SignedIn, done: Option<&'static str>) -> Result<OverviewPage, StoreError> {
    let user = authority.store.show_user(signed_in.organisation, signed_in.user).await?;
    let ways = authority.store.ways_in(&user).await?;
    let has_mail = authority.mail.is_there();
    Ok(OverviewPage {
        frame: Frame::of_person("Your account", user.name.as_str()).scripted(),
        advice: advice(&user, &ways, has_mail, authority.passkeys.are_possible()),
        has_mail,
        csrf: csrf::for_session(authority, signed_in),
        user,
        ways,
        done,
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
