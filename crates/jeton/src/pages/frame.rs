//! What every page has around it, and the one place where a page becomes an answer: with the strictest policy that it works under.

use super::{asset, navigation::Navigation, policy};
use crate::{
    authority::Authority,
    problem::{Problem, ProblemCode},
    session::SignedIn,
};
use askama::Template;
use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderName, HeaderValue, StatusCode, header};

/// What the layout shows around a page.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    /// The page's title.
    pub title: String,
    /// The name of who is signed in, where somebody is.
    pub person: Option<String>,
    /// The role of who is signed in; empty where the page does not say.
    pub role: &'static str,
    /// Whether the page does a little more with a script.
    pub is_scripted: bool,
    /// The ways to the other pages, where the page is one of many.
    pub navigation: Option<Navigation>,
    /// What was done just now.
    pub done: Option<&'static str>,
}

/// A page: a template in its frame.
pub trait Page: Template {
    /// The frame.
    fn frame(&self) -> &Frame;
}

const OPENER: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const RESOURCE: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const PERMISSIONS: HeaderName = HeaderName::from_static("permissions-policy");
/// What no page here uses.
const NO_PERMISSIONS: &str = "accelerometer=(), autoplay=(), camera=(), clipboard-read=(), display-capture=(), fullscreen=(), \
                              geolocation=(), gyroscope=(), hid=(), magnetometer=(), microphone=(), midi=(), payment=(), serial=(), \
                              usb=()";

impl Frame {
    /// Around a page that anybody may see.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }
    /// Around a page of somebody who is signed in.
    pub fn of_person(title: impl Into<String>, person: &str) -> Self {
        Self { person: Some(person.to_owned()), ..Self::new(title) }
    }
    /// The same with the script.
    #[must_use]
    pub fn scripted(self) -> Self {
        Self { is_scripted: true, ..self }
    }
    /// The address of the style sheet.
    pub fn style(&self) -> &'static str {
        &asset::STYLE.path
    }
    /// The address of the script.
    pub fn script(&self) -> &'static str {
        &asset::SCRIPT.path
    }
    /// The address of the icon.
    pub fn icon(&self) -> &'static str {
        &asset::ICON.path
    }
}

/// The name to show of who is signed in.
pub async fn name_of(authority: &Authority, signed_in: &SignedIn) -> Result<String, jeton_store::StoreError> {
    let user = authority.store.show_user(signed_in.organisation, signed_in.user).await?;
    Ok(user.name.as_str().to_owned())
}

/// Makes a page an answer. `form_action` are the addresses, besides our own, that the answer to one of its forms may lead to: a
/// browser follows a form nowhere else.
pub fn render(status: StatusCode, page: &impl Page, form_action: &[&str]) -> Response {
    let Ok(text) = page.render() else {
        return Problem::new(ProblemCode::Unavailable, "the page could not be made").into_response();
    };
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::CONTENT_SECURITY_POLICY, policy::content(page.frame().is_scripted, form_action));
    // Without any referrer a browser would hide from us where a form comes from.
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(OPENER, HeaderValue::from_static("same-origin"));
    headers.insert(RESOURCE, HeaderValue::from_static("same-origin"));
    headers.insert(PERMISSIONS, HeaderValue::from_static(NO_PERMISSIONS));
    response
}

/// Sends the browser on, with whatever it was sent by: `303`, so that nothing that was typed goes along.
pub fn see_other(address: &str) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    let headers = response.headers_mut();
    headers.insert(header::LOCATION, HeaderValue::try_from(address).unwrap_or(HeaderValue::from_static("/dashboard")));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
