//! `GET` and `POST /account/totp`: turns one-time passwords on, with the picture that an app reads, and shows the recovery codes this once.
//! `POST /account/totp/remove` and `/account/recovery-codes` besides.

use super::{again, fresh, fresh_to_enrol, way_on};
use crate::{
    account,
    authority::{Authority, Shared},
    mail::Notice,
    pages::{
        confirm::{self, Question},
        error,
        form::Form,
        frame::{Frame, Page, render, see_other},
        navigation::Place,
        return_to::ReturnTo,
        visitor::{Enrolling, Visitor},
    },
    recovery::RecoveryCodes,
    second_factor::{self, Factor},
    totp::{self, NewTotp},
};
use askama::Template;
use axum::{extract::State, response::Response};
use http::StatusCode;
use qrcode::{Color, QrCode};

#[derive(Template)]
#[template(path = "account/totp.html")]
struct TotpPage {
    frame: Frame,
    csrf: String,
    new: NewTotp,
    picture: Picture,
    is_on: bool,
    /// Where to go on afterwards.
    go_on: ReturnTo,
    fault: Option<String>,
}

#[derive(Template)]
#[template(path = "account/recovery_codes.html")]
struct CodesPage {
    frame: Frame,
    codes: RecoveryCodes,
    go_on: ReturnTo,
}

impl Page for TotpPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

impl Page for CodesPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

/// A picture that an app reads: one path in a square.
struct Picture {
    /// Its side, with the quiet zone around it.
    side: usize,
    /// The dark modules.
    path: String,
}

/// Modules of the quiet zone.
const QUIET: usize = 4;

impl Picture {
    fn of(text: &str) -> Option<Self> {
        let code = QrCode::new(text).ok()?;
        let width = code.width();
        let mut path = String::new();
        for (at, color) in code.to_colors().into_iter().enumerate() {
            if color == Color::Dark {
                path.push_str(&format!("M{} {}h1v1h-1z", at % width + QUIET, at / width + QUIET));
            }
        }
        Some(Self { side: width + 2 * QUIET, path })
    }
}

/// `GET /account/totp`.
pub async fn show_totp(State(authority): State<Shared>, Enrolling(visitor): Enrolling) -> Response {
    if !visitor.signed_in.is_fresh_at(authority.now()) {
        return again();
    }
    match totp::propose(&authority, &visitor.signed_in, visitor.user.name.as_str()) {
        Some(new) => {
            let go_on = way_on(visitor.query.find("return_to"));
            show(&authority, visitor, new, go_on, None).await
        }
        None => error::unavailable(),
    }
}

async fn show(authority: &Authority, visitor: Visitor, new: NewTotp, go_on: ReturnTo, fault: Option<String>) -> Response {
    let Some(picture) = Picture::of(&new.url) else { return error::unavailable() };
    let Ok(found) = authority.store.find_totp(visitor.signed_in.user).await else { return error::unavailable() };
    let status = if fault.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let frame = visitor.frame("One-time passwords", Place::Security);
    render(status, &TotpPage { frame, csrf: visitor.csrf, new, picture, is_on: found.is_some(), go_on, fault }, &[])
}

/// `POST /account/totp`: the first password of the new secret.
pub async fn confirm_totp(State(authority): State<Shared>, form: Form) -> Response {
    let visitor = match fresh_to_enrol(&authority, &form).await {
        Ok(visitor) => visitor,
        Err(refusal) => return refusal,
    };
    let (sealed, actor, go_on) = (form.field("state"), visitor.actor(authority.now()), way_on(form.fields.find("return_to")));
    match totp::confirm(&authority, &visitor.signed_in, sealed, form.field("code"), actor).await {
        Ok(codes) => show_codes(&visitor, codes, go_on),
        Err(problem) if problem.status().is_server_error() => error::unavailable(),
        Err(_) => match totp::proposed(&authority, &visitor.signed_in, sealed, visitor.user.name.as_str()) {
            Some(new) => {
                let words = "That is not the present code. Type the one that the app shows now, and look whether its clock is right.";
                show(&authority, visitor, new, go_on, Some(words.to_owned())).await
            }
            None => error::stale_form(),
        },
    }
}

fn show_codes(visitor: &Visitor, codes: RecoveryCodes, go_on: ReturnTo) -> Response {
    render(StatusCode::OK, &CodesPage { frame: visitor.frame("Recovery codes", Place::Security), codes, go_on }, &[])
}

/// `GET /account/recovery-codes`: asks before the old ones are made worthless.
pub async fn ask_to_renew(visitor: Visitor) -> Response {
    let asked = Question {
        heading: "Make new recovery codes?",
        meaning: &["The codes that you have now are worth nothing from then on. The new ones are shown once.".to_owned()],
        action: "/account/recovery-codes",
        fields: &[],
        reasons: &[],
        with_comment: false,
        button: "Make new codes",
        is_danger: false,
        back: "/account/security",
    };
    confirm::page(&visitor, Place::Security, &asked)
}

/// `POST /account/recovery-codes`: others in place of those before.
pub async fn renew_codes(State(authority): State<Shared>, form: Form) -> Response {
    let visitor = match fresh(&authority, &form).await {
        Ok(visitor) => visitor,
        Err(refusal) => return refusal,
    };
    match totp::renew_codes(&authority, &visitor.signed_in, visitor.actor(authority.now())).await {
        Ok(codes) => show_codes(&visitor, codes, ReturnTo::security()),
        Err(problem) if problem.status().is_server_error() => error::unavailable(),
        Err(_) => see_other("/account/security"),
    }
}

/// `GET /account/totp/remove`: asks before a stolen password is enough again.
pub async fn ask_to_remove(visitor: Visitor) -> Response {
    let asked = Question {
        heading: "Turn off one-time passwords?",
        meaning: &["A stolen password is enough to sign in as you from then on. Your recovery codes go as well.".to_owned()],
        action: "/account/totp/remove",
        fields: &[],
        reasons: &[],
        with_comment: false,
        button: "Turn off",
        is_danger: true,
        back: "/account/security",
    };
    confirm::page(&visitor, Place::Security, &asked)
}

/// `POST /account/totp/remove`.
pub async fn remove_totp(State(authority): State<Shared>, form: Form) -> Response {
    let visitor = match fresh(&authority, &form).await {
        Ok(visitor) => visitor,
        Err(refusal) => return refusal,
    };
    if let Err(problem) = second_factor::check_removal(&authority, &visitor.user, Factor::Totp).await {
        return error::problem(&visitor, &problem);
    }
    let actor = visitor.actor(authority.now());
    match authority.store.remove_totp(visitor.user.organisation, visitor.user.id, actor).await {
        Ok(was_on) => {
            if was_on {
                account::tell(&authority, &visitor.user, Notice::TotpRemoved);
            }
            see_other("/account/security?done=turned-off")
        }
        Err(_) => error::unavailable(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_one_path() {
        let picture = Picture::of("otpauth://totp/Jeton:ada?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Jeton").expect("drawn");
        assert!(picture.side > 21 + 2 * QUIET && picture.path.starts_with("M4 4h1v1h-1z"), "{}", picture.side);
        assert!(picture.path.bytes().all(|byte| byte.is_ascii_digit() || b"Mhvz- ".contains(&byte)));
        assert!(Picture::of(&"x".repeat(9000)).is_none());
    }
}
