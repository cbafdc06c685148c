//! `GET` and `POST /sign-in`: the page where people say who they are, by password or passkey, and the step after it.
//!
//! Never tells whether a name exists, and never sends anybody to another site.

pub mod code;
pub mod with_passkey;

use super::{
    asset, csrf, error,
    form::Form,
    frame::{Frame, Page, render, see_other},
    policy,
    return_to::ReturnTo,
};
use crate::{
    authority::{Authority, Shared},
    passkeys::Challenge,
    password::Password,
    session::{self, Lack, Presence, SignedIn, Started},
    sign_in::{self, FirstStep, SignInFault},
};
use askama::Template;
use axum::{extract::State, response::Response};
use http::{HeaderMap, StatusCode, Uri, header};
use jeton_core::{limits, oauth::parameters::Parameters};

/// What the page is asked for.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    /// Where the browser goes on.
    pub return_to: ReturnTo,
    /// A name to begin with.
    pub login_hint: Option<&'a str>,
    /// The app that sent the person here.
    pub client_name: Option<&'a str>,
    /// Whether somebody who is signed in must do it again.
    pub again: bool,
    /// What to say that was done just before.
    pub notice: Option<&'static str>,
    /// The address that the app is answered at: after signing in the way may lead there at once.
    pub redirect_uri: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage<'a> {
    frame: Frame,
    asked: &'a Asked<'a>,
    name: &'a str,
    csrf: String,
    destination: Option<String>,
    fault: Option<&'static str>,
    /// What a script needs to offer passkeys.
    passkey: Option<Challenge>,
    /// Whether a forgotten password can be helped by mail.
    has_mail: bool,
}

impl SignInPage<'_> {
    fn passkey_script(&self) -> &'static str {
        &asset::PASSKEY.path
    }
}

impl Page for SignInPage<'_> {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

impl Asked<'_> {
    /// To go on to `return_to`, sent by no app.
    pub const fn only(return_to: ReturnTo) -> Self {
        Self { return_to, login_hint: None, client_name: None, again: false, notice: None, redirect_uri: None }
    }
}

/// The page. Needs the request's header for the cookie that the form is tied to.
pub fn page(authority: &Authority, headers: &HeaderMap, asked: &Asked<'_>) -> Response {
    show(authority, headers, asked, asked.login_hint.unwrap_or_default(), None)
}

fn show(authority: &Authority, headers: &HeaderMap, asked: &Asked<'_>, name: &str, fault: Option<&'static str>) -> Response {
    let token = csrf::for_browser(authority, headers);
    let destination = asked.redirect_uri.and_then(policy::origin_of);
    let passkey = sign_in::with_passkey::challenge(authority, &token.browser);
    let frame = Frame::new("Sign in");
    // Without passkeys there is nothing for a script to do.
    let frame = if passkey.is_some() { frame.scripted() } else { frame };
    let has_mail = authority.mail.is_there();
    let page = SignInPage { frame, asked, name, csrf: token.token, destination, fault, passkey, has_mail };
    let status = if fault.is_some() { StatusCode::UNAUTHORIZED } else { StatusCode::OK };
    let form_action: Vec<&str> = asked.redirect_uri.into_iter().collect();
    let mut response = render(status, &page, &form_action);
    if let Some(cookie) = token.set_cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// `GET /sign-in?return_to=…`.
pub async fn show_sign_in(State(authority): State<Shared>, uri: Uri, headers: HeaderMap) -> Response {
    let query = Parameters::parse(uri.query().unwrap_or_default().as_bytes()).unwrap_or_default();
    let return_to = query.find("return_to").and_then(ReturnTo::parse).unwrap_or_else(ReturnTo::dashboard);
    let notice = match (query.find("done"), query.find("again")) {
        (Some("password"), _) => Some("Your password was changed. Sign in with it."),
        (_, Some("factor")) => Some("Sign in with your second factor: the policy here wants two of you."),
        _ => None,
    };
    page(&authority, &headers, &Asked { again: query.find("again").is_some(), notice, ..Asked::only(return_to) })
}

/// `POST /sign-in`.
pub async fn sign_in(State(authority): State<Shared>, form: Form) -> Response {
    if !form.is_of_browser(&authority) {
        return error::stale_form();
    }
    let Some(return_to) = ReturnTo::parse(form.field("return_to")) else {
        return error::bad_form(StatusCode::BAD_REQUEST, "it does not say where to go on");
    };
    let (name, password) = (form.field("username").trim(), Password::new(form.field("password")));
    match sign_in::sign_in(&authority, name, password, &form.headers, form.context).await {
        Ok(FirstStep::Done(started)) => signed_in(*started, &return_to),
        Ok(FirstStep::Second(pending)) => code::page(&authority, &form, &pending, &return_to, None),
        Err(SignInFault::Wrong) => {
            let shown = if name.len() <= limits::SIGN_IN_NAME_MAX { name } else { "" };
            wrong(&authority, &form, return_to, shown, "The name or the password is wrong.")
        }
        Err(SignInFault::TooMany(wait)) => error::too_many(wait),
        Err(SignInFault::Busy(_) | SignInFault::Store(_)) => error::unavailable(),
    }
}

/// The page once more, with what was wrong.
fn wrong(authority: &Authority, form: &Form, return_to: ReturnTo, name: &str, fault: &'static str) -> Response {
    let asked = Asked { redirect_uri: destination(form), ..Asked::only(return_to) };
    show(authority, &form.headers, &asked, name, Some(fault))
}

/// Where a form says that the way leads. The form is our own, so this is what we wrote into it; and all that it can do is to let the
/// browser go there.
fn destination(form: &Form) -> Option<&str> {
    Some(form.field("destination")).filter(|text| !text.is_empty())
}

/// Sends whoever was signed in on, with the cookies.
pub(super) fn signed_in(started: Started, return_to: &ReturnTo) -> Response {
    let mut response = see_other(return_to.as_str());
    let headers = response.headers_mut();
    headers.append(header::SET_COOKIE, started.set_cookie);
    headers.append(header::SET_COOKIE, started.known_browser);
    response
}

/// Who is signed in; otherwise the page to sign in at, or where a second factor is set up, to come back to where the browser is.
pub async fn demand(authority: &Authority, headers: &HeaderMap, uri: &Uri) -> Result<SignedIn, Response> {
    match session::presence(authority, headers).await {
        Ok(Presence::Here(signed_in)) => Ok(signed_in),
        Ok(Presence::HeldBack(_, lack)) => Err(send_for(lack, &here(uri))),
        Ok(Presence::Nobody) => Err(send(uri)),
        Err(_) => Err(error::unavailable()),
    }
}

/// The same for the pages where a second factor is set up: they open for somebody who is held back until there is one. `true` where that
/// is so.
pub async fn demand_to_enrol(authority: &Authority, headers: &HeaderMap, uri: &Uri) -> Result<(SignedIn, bool), Response> {
    match session::presence(authority, headers).await {
        Ok(Presence::HeldBack(signed_in, Lack::Factor)) => Ok((signed_in, true)),
        Ok(Presence::Here(signed_in)) => Ok((signed_in, false)),
        Ok(Presence::HeldBack(_, lack)) => Err(send_for(lack, &here(uri))),
        Ok(Presence::Nobody) => Err(send(uri)),
        Err(_) => Err(error::unavailable()),
    }
}

/// Sends a browser to sign in, to come back to where it is.
pub fn send(uri: &Uri) -> Response {
    see_other(&format!("/sign-in?return_to={}", here(uri).encoded()))
}

/// Sends a browser where the second factor is set up, or shown, that the policy wants.
pub fn send_for(lack: Lack, return_to: &ReturnTo) -> Response {
    match lack {
        Lack::Factor => see_other(&format!("/account/security?return_to={}", return_to.encoded())),
        Lack::Proof => see_other(&format!("/sign-in?again=factor&return_to={}", return_to.encoded())),
    }
}

fn here(uri: &Uri) -> ReturnTo {
    uri.path_and_query().and_then(|here| ReturnTo::parse(here.as_str())).unwrap_or_else(ReturnTo::dashboard)
}
