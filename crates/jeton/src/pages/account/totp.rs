//! `GET` and `POST /account/totp`: turns one-time passwords on, with the picture that an app reads, and shows the recovery codes this once.
//! `POST /account/totp/remove` and `/account/recovery-codes` besides.

use super::{again, fresh};
use crate::{
    account,
    authority::{Authority, Shared},
    mail::Notice,
    pages::{
        csrf, error,
        form::Form,
        frame::{Frame, Page, name_of, render, see_other},
        sign_in,
    },
    recovery::RecoveryCodes,
    session::SignedIn,
    totp::{self, NewTotp},
};
use askama::Template;
use axum::{extract::State, response::Response};
use http::{HeaderMap, StatusCode, Uri};
use qrcode::{Color, QrCode};

#[derive(Template)]
#[template(path = "account/totp.html")]
struct TotpPage {
    frame: Frame,
    csrf: String,
    new: NewTotp,
    picture: Picture,
    is_on: bool,
    fault: Option<String>,
}

#[derive(Template)]
#[template(path = "account/recovery_codes.html")]
struct CodesPage {
    frame: Frame,
    codes: RecoveryCodes,
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
pub async fn show_totp(State(authority): State<Shared>, uri: Uri, headers: HeaderMap) -> Response {
    let signed_in = match sign_in::demand(&authority, &headers, &uri).await {
        Ok(signed_in) if signed_in.is_fresh_at(authority.now()) => signed_in,
        Ok(_) => return again(),
        Err(answer) => return answer,
    };
    let Ok(person) = name_of(&authority, &signed_in).await else { return error::unavailable() };
    match totp::propose(&authority, &signed_in, &person) {
        Some(new) => show(&authority, &signed_in, &person, new, None).await,
        None => error::unavailable(),
    }
}

async fn show(authority: &Authority, signed_in: &SignedIn, person: &str, new: NewTotp, fault: Option<String>) -> Response {
    let Some(picture) = Picture::of(&new.url) else { return error::unavailable() };
    let Ok(found) = authority.store.find_totp(signed_in.user).await else { return error::unavailable() };
    let status = if fault.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let frame = Frame::of_person("One-time passwords", person);
    let page = TotpPage { frame, csrf: csrf::for_session(authority, signed_in), new, picture, is_on: found.is_some(), fault };
    render(status, &page, &[])
}

/// `POST /account/totp`: the first password of the new secret.
pub async fn confirm_totp(State(authority): State<Shared>, form: Form) -> Response {
    let signed_in = match fresh(&authority, &form).await {
        Ok(signed_in) => signed_in,
        Err(refusal) => return refusal,
    };
    let (sealed, actor) = (form.field("state"), signed_in.actor(authority.now(), form.context));
    let Ok(person) = name_of(&authority, &signed_in).await else { return error::unavailable() };
    match totp::confirm(&authority, &signed_in, sealed, form.field("code"), actor).await {
        Ok(codes) => show_codes(&person, codes),
        Err(problem) if problem.status().is_server_error() => error::unavailable(),
        Err(_) => match totp::proposed(&authority, &signed_in, sealed, &person) {
            Some(new) => {
                let words = "That is not the present code. Type the one that the app shows now, and look whether its clock is right.";
                show(&authority, &signed_in, &person, new, Some(words.to_owned())).await
            }
            None => error::stale_form(),
        },
    }
}

fn show_codes(person: &str, codes: RecoveryCodes) -> Response {
    render(StatusCode::OK, &CodesPage { frame: Frame::of_person("Recovery codes", person).scripted(), codes }, &[])
}

/// `POST /account/recovery-codes`: others in place of those before.
pub async fn renew_codes(State(authority): State<Shared>, form: Form) -> Response {
    let signed_in = match fresh(&authority, &form).await {
        Ok(signed_in) => signed_in,
        Err(refusal) => return refusal,
    };
    let Ok(person) = name_of(&authority, &signed_in).await else { return error::unavailable() };
    let actor = signed_in.actor(authority.now(), form.context);
    match totp::renew_codes(&authority, &signed_in, actor).await {
        Ok(codes) => show_codes(&person, codes),
        Err(problem) if problem.status().is_server_error() => error::unavailable(),
        Err(_) => see_other("/account/security"),
    }
}

/// `POST /account/totp/remove`.
pub async fn remove_totp(State(authority): State<Shared>, form: Form) -> Response {
    let signed_in = match fresh(&authority, &form).await {
        Ok(signed_in) => signed_in,
        Err(refusal) => return refusal,
    };
    let actor = signed_in.actor(authority.now(), form.context);
    match authority.store.remove_totp(signed_in.organisation, signed_in.user, actor).await {
        Ok(was_on) => {
            if was_on && let Ok(user) = authority.store.show_user(signed_in.organisation, signed_in.user).await {
                account::tell(&authority, &user, Notice::TotpRemoved);
            }
            see_other("/account/security?done=totp")
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
