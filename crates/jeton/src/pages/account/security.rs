//! `GET /account/security`: the ways to sign in, and changing them.

use crate::{
    authority::{Authority, Shared},
    pages::{
        asset, csrf, error,
        frame::{Frame, Page, render},
        instant::Instant,
        sign_in,
    },
    passkeys::{self, Challenge},
    session::SignedIn,
};
use askama::Template;
use axum::{extract::State, response::Response};
use http::{HeaderMap, StatusCode, Uri};
use jeton_core::{limits, oauth::parameters::Parameters};
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
    fault: Option<Fault>,
    done: Option<&'static str>,
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
    /// The part of the page: `password`, `passkeys` or `totp`.
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
pub async fn show_security(State(authority): State<Shared>, uri: Uri, headers: HeaderMap) -> Response {
    let signed_in = match sign_in::demand(&authority, &headers, &uri).await {
        Ok(signed_in) => signed_in,
        Err(answer) => return answer,
    };
    let query = Parameters::parse(uri.query().unwrap_or_default().as_bytes()).unwrap_or_default();
    let done = match query.find("done") {
        Some("password") => Some("Your password was changed."),
        Some("passkey") => Some("The passkey was added."),
        Some("renamed") => Some("The passkey has its new name."),
        Some("removed") => Some("The passkey was removed."),
        Some("totp") => Some("One-time passwords are off."),
        _ => None,
    };
    show(&authority, &signed_in, None, done).await
}

/// The page, perhaps with what was wrong with one of its forms.
pub(super) async fn show(authority: &Authority, signed_in: &SignedIn, fault: Option<Fault>, done: Option<&'static str>) -> Response {
    let status = if fault.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    match gather(authority, signed_in, fault, done).await {
        Ok(page) => render(status, &page, &[]),
        Err(_) => error::unavailable(),
    }
}

async fn gather(
    authority: &Authority,
    signed_in: &SignedIn,
    fault: Option<Fault>,
    done: Option<&'static str>,
) -> Result<SecurityPage, StoreError> {
    let user = authority.store.show_user(signed_in.organisation, signed_in.user).await?;
    let ways = authority.store.ways_in(&user).await?;
    let own = authority.store.list_passkeys(user.id).await?;
    let challenge = match own.len() < limits::PASSKEYS_MAX {
        true => passkeys::challenge_to_add(authority, signed_in, user.name.as_str()).await.ok(),
        false => None,
    };
    Ok(SecurityPage {
        frame: Frame::of_person("Security", user.name.as_str()).scripted(),
        csrf: csrf::for_session(authority, signed_in),
        name: user.name.as_str().to_owned(),
        passkeys: own.into_iter().map(|own| PasskeyView::of(own, &ways)).collect(),
        ways,
        challenge,
        are_passkeys_possible: authority.passkeys.are_possible(),
        fault,
        done,
    })
}
