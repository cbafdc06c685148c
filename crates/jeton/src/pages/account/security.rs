//! `GET /account/security`: the ways to sign in, and changing them.

use super::way_on;
use crate::{
    authority::{Authority, Shared},
    pages::{
        asset, error,
        frame::{Frame, Page, render},
        instant::Instant,
        navigation::Place,
        return_to::ReturnTo,
        visitor::{Enrolling, Visitor},
    },
    passkeys::{self, Challenge},
};
use askama::Template;
use axum::{extract::State, response::Response};
use http::StatusCode;
use jeton_core::limits;
use jeton_store::{StoreError, passkey::Passkey, way_in::WaysIn};

#[derive(Template)]
#[template(path = "account/security.html")]
struct SecurityPage {
    frame: Frame,
    csrf: String,
    name: String,
    ways: WaysIn,
    passkeys: Vec<PasskeyView>,
    /// What a script needs to add one; nothing where there can be none, or no more.
    challenge: Option<Challenge>,
    are_passkeys_possible: bool,
    /// Whether the policy wants a second factor before anything else opens.
    is_held_back: bool,
    /// Where whoever is held back was on the way to.
    go_on: ReturnTo,
    fault: Option<Fault>,
}

struct PasskeyView {
    id: String,
    name: String,
    added: Instant,
    used: Option<Instant>,
    is_last_way: bool,
}

/// What was wrong with a form of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The part of the page: `password` or `passkeys`.
    pub part: &'static str,
    /// In a sentence.
    pub words: String,
}

impl Page for SecurityPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

impl SecurityPage {
    fn fault_of(&self, part: &str) -> Option<&str> {
        self.fault.as_ref().filter(|fault| fault.part == part).map(|fault| fault.words.as_str())
    }
    fn passkey_script(&self) -> &'static str {
        &asset::PASSKEY.path
    }
}

impl PasskeyView {
    fn of(own: Passkey, ways: &WaysIn) -> Self {
        Self {
            id: own.id.to_string(),
            name: own.name.as_str().to_owned(),
            added: own.created_at.into(),
            used: own.used_at.map(Into::into),
            is_last_way: !ways.password && ways.passkeys <= 1,
        }
    }
}

/// `GET /account/security`.
pub async fn show_security(State(authority): State<Shared>, Enrolling(visitor): Enrolling) -> Response {
    show(&authority, visitor, None).await
}

/// The page, perhaps with what was wrong with one of its forms.
pub(super) async fn show(authority: &Authority, visitor: Visitor, fault: Option<Fault>) -> Response {
    let status = if fault.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    match gather(authority, visitor, fault).await {
        Ok(page) => render(status, &page, &[]),
        Err(_) => error::unavailable(),
    }
}

async fn gather(authority: &Authority, visitor: Visitor, fault: Option<Fault>) -> Result<SecurityPage, StoreError> {
    let ways = authority.store.ways_in(&visitor.user).await?;
    let own = authority.store.list_passkeys(visitor.user.id).await?;
    let name = visitor.user.name.as_str().to_owned();
    let challenge = match own.len() < limits::PASSKEYS_MAX {
        true => passkeys::challenge_to_add(authority, &visitor.signed_in, &name).await.ok(),
        false => None,
    };
    Ok(SecurityPage {
        frame: visitor.frame("Security", Place::Security),
        is_held_back: visitor.is_held_back,
        go_on: way_on(visitor.query.find("return_to")),
        csrf: visitor.csrf,
        name,
        passkeys: own.into_iter().map(|own| PasskeyView::of(own, &ways)).collect(),
        ways,
        challenge,
        are_passkeys_possible: authority.passkeys.are_possible(),
        fault,
    })
}
