//! `GET` and `POST /oauth/logout`: an app asks to sign somebody out (OpenID Connect RP-Initiated Logout 1.0).
//!
//! Signs nobody out on an app's word alone: without an ID token of this session the person is asked. Never redirects to an address
//! that the client did not register.

use super::{
    csrf, error,
    form::Form,
    frame::{Frame, name_of, render, see_other},
    sign_out::{SignOutPage, signed_out},
};
use crate::{
    authority::{Authority, Shared},
    http::Context,
    oauth::logout::{self, LogoutFault, LogoutRequest},
    session::{self, SignedIn, cookie},
};
use axum::{body::Body, extract::State, response::Response};
use http::{Request, StatusCode, header};
use jeton_core::{limits, oauth::parameters::Parameters};

/// `GET /oauth/logout`.
pub async fn show_logout(State(authority): State<Shared>, request: Request<Body>) -> Response {
    let Ok(fields) = Parameters::parse(request.uri().query().unwrap_or_default().as_bytes()) else {
        return error::app_fault("invalid_request", "a parameter of the logout request comes twice, or cannot be read");
    };
    let context = Context::of(request.extensions());
    answer(&authority, &Form { fields, context, headers: request.headers().clone() }, false).await
}

/// `POST /oauth/logout`: of the page that asks, or of an app. What another site posts comes without our cookie (`SameSite=Lax`), so
/// the browser is sent here once more, by `GET`.
pub async fn post_logout(State(authority): State<Shared>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    match Form::read(parts, body).await {
        Ok(form) if form.fields.contains("csrf") => answer(&authority, &form, true).await,
        Ok(form) => match format!("/oauth/logout?{}", form.fields.to_encoded()) {
            again if again.len() <= limits::TARGET_MAX => see_other(&again),
            _ => error::app_fault("invalid_request", "the logout request is too long"),
        },
        Err(refusal) => refusal,
    }
}

async fn answer(authority: &Authority, form: &Form, is_post: bool) -> Response {
    let asked = match logout::read(authority, &form.fields).await {
        Ok(asked) => asked,
        Err(LogoutFault::Request(what)) => return error::app_fault("invalid_request", &what),
        Err(LogoutFault::Unavailable) => return error::unavailable(),
    };
    let signed_in = match session::whoever(authority, &form.headers).await {
        Ok(Some(signed_in)) => signed_in,
        Ok(None) => return gone(&asked),
        Err(_) => return error::unavailable(),
    };
    let is_confirmed = is_post && csrf::is_of_session(authority, &signed_in, form.field("csrf"));
    if !is_confirmed && !asked.means(authority, &signed_in) {
        return confirm(authority, &signed_in, &asked).await;
    }
    match session::end(authority, &signed_in, signed_in.session, form.context).await {
        Ok(_) => gone(&asked),
        Err(_) => error::unavailable(),
    }
}

/// Nobody is signed in any more: back to the app, where it named an address.
fn gone(asked: &LogoutRequest) -> Response {
    let Some(address) = asked.address() else { return signed_out() };
    let mut response = see_other(&address);
    response.headers_mut().append(header::SET_COOKIE, cookie::clear_session());
    response
}

async fn confirm(authority: &Authority, signed_in: &SignedIn, asked: &LogoutRequest) -> Response {
    let Ok(person) = name_of(authority, signed_in).await else { return error::unavailable() };
    let page = SignOutPage {
        frame: Frame::of_person("Sign out", &person),
        person: &person,
        csrf: csrf::for_session(authority, signed_in),
        action: "/oauth/logout",
        fields: asked.fields(),
        client_name: asked.client.as_ref().map(|client| client.name.as_str()),
    };
    let address: Vec<&str> = asked.redirect_uri.as_deref().into_iter().collect();
    render(StatusCode::OK, &page, &address)
}
