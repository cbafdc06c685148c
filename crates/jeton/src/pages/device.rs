//! `GET` and `POST /device`: entering the code that another device shows, and confirming what it asks for (RFC 8628, section 3.3).
//!
//! Never confirms by an address alone: whoever was sent a link with a code in it must still say yes, and is told what that means.

use super::{
    consent::{AppView, ScopeGroup},
    csrf, error,
    form::Form,
    frame::{Frame, Page, name_of, render},
    return_to::ReturnTo,
    sign_in,
};
use crate::{
    authority::{Authority, Shared},
    http::Context,
    oauth::device::{self, DeviceFault},
    session::SignedIn,
};
use askama::Template;
use axum::{extract::State, response::Response};
use http::{HeaderMap, StatusCode, Uri};
use jeton_core::oauth::parameters::Parameters;

#[derive(Template)]
#[template(path = "device.html")]
struct EnterPage<'a> {
    frame: Frame,
    user_code: &'a str,
    csrf: String,
    fault: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "device_confirm.html")]
struct ConfirmPage<'a> {
    frame: Frame,
    app: AppView,
    person: &'a str,
    user_code: &'a str,
    groups: &'a [ScopeGroup],
    csrf: String,
    another: String,
}

#[derive(Template)]
#[template(path = "device_done.html")]
struct DonePage {
    frame: Frame,
    allowed: bool,
}

impl Page for EnterPage<'_> {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

impl Page for ConfirmPage<'_> {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

impl Page for DonePage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

/// `GET /device`, perhaps with the code in the query (`verification_uri_complete`): it is only filled in.
pub async fn show_device(State(authority): State<Shared>, uri: Uri, headers: HeaderMap) -> Response {
    let signed_in = match sign_in::demand(&authority, &headers, &uri).await {
        Ok(signed_in) => signed_in,
        Err(answer) => return answer,
    };
    let query = Parameters::parse(uri.query().unwrap_or_default().as_bytes()).unwrap_or_default();
    enter(&authority, &signed_in, query.find("user_code").unwrap_or_default(), None).await
}

async fn enter(authority: &Authority, signed_in: &SignedIn, user_code: &str, fault: Option<&'static str>) -> Response {
    let Ok(person) = name_of(authority, signed_in).await else { return error::unavailable() };
    let frame = Frame::of_person("Connect a device", &person);
    let status = if fault.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let user_code: String = user_code.chars().take(SHOWN).collect();
    let page = EnterPage { frame, user_code: &user_code, csrf: csrf::for_session(authority, signed_in), fault };
    render(status, &page, &[])
}

/// Characters of a code out of an address that are filled in.
const SHOWN: usize = 20;

/// `POST /device`: with a code alone, asks; with a decision besides, carries it out.
pub async fn answer_device(State(authority): State<Shared>, form: Form) -> Response {
    let signed_in = match form.signed_in(&authority).await {
        Ok(signed_in) => signed_in,
        Err(refusal) => return refusal,
    };
    let user_code = form.field("user_code").trim();
    let answered = match form.field("decision") {
        "" => confirm(&authority, &signed_in, user_code, form.context).await,
        word @ ("allow" | "deny") => {
            let allowed = word == "allow";
            let done = device::decide(&authority, user_code, &signed_in, allowed, form.context).await;
            done.map(|()| render(StatusCode::OK, &DonePage { frame: Frame::new("Device"), allowed }, &[]))
        }
        _ => return error::bad_form(StatusCode::BAD_REQUEST, "it does not say what you decided"),
    };
    match answered {
        Ok(response) => response,
        Err(DeviceFault::Unknown) => {
            let fault = "There is no device that waits with this code. Look at it again: it may be mistyped, or its time may be over.";
            enter(&authority, &signed_in, user_code, Some(fault)).await
        }
        Err(DeviceFault::TooMany(wait)) => error::too_many(wait),
        Err(DeviceFault::Unavailable) => error::unavailable(),
    }
}

async fn confirm(authority: &Authority, signed_in: &SignedIn, user_code: &str, context: Context) -> Result<Response, DeviceFault> {
    let question = device::lookup(authority, user_code, signed_in, context).await?;
    let person = name_of(authority, signed_in).await.map_err(|_| DeviceFault::Unavailable)?;
    let page = ConfirmPage {
        frame: Frame::of_person("Connect this device?", &person),
        app: AppView::of(&question.client),
        person: &person,
        user_code: &question.user_code,
        groups: &question.groups,
        csrf: csrf::for_session(authority, signed_in),
        another: format!("/sign-in?return_to={}", ReturnTo::device().encoded()),
    };
    Ok(render(StatusCode::OK, &page, &[]))
}
