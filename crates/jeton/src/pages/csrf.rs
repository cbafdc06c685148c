//! Tokens that show that a form came from one of our own pages: an HMAC over the session, or over the cookie of a browser at which
//! nobody is signed in yet. Nothing of them is stored.
//!
//! A token of one session or browser is never good for another.

use crate::{
    authority::Authority,
    session::{SignedIn, cookie},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderValue};
use jeton_core::{
    mark::{MarkedFields, Marker},
    master_key::Purpose,
};

/// A token for a form that needs nobody to be signed in, and the cookie that it is tied to where the browser has none yet.
pub struct BrowserToken {
    /// For the form's field `csrf`.
    pub token: String,
    /// The cookie's value: names the browser.
    pub browser: String,
    /// To be set with the page.
    pub set_cookie: Option<HeaderValue>,
}

impl std::fmt::Debug for BrowserToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BrowserToken(redacted)")
    }
}

/// A token for forms in a session.
pub fn for_session(authority: &Authority, signed_in: &SignedIn) -> String {
    write(authority, &session_fields(signed_in))
}

/// Whether a form's token is of this session.
pub fn is_of_session(authority: &Authority, signed_in: &SignedIn, token: &str) -> bool {
    check(authority, &session_fields(signed_in), token)
}

/// A token for forms before anybody is signed in.
pub fn for_browser(authority: &Authority, headers: &HeaderMap) -> BrowserToken {
    if let Some(value) = cookie::value(headers, cookie::BROWSER) {
        return BrowserToken { token: write(authority, &browser_fields(value)), browser: value.to_owned(), set_cookie: None };
    }
    let value = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
    let set_cookie = Some(cookie::set(cookie::BROWSER, &value));
    BrowserToken { token: write(authority, &browser_fields(&value)), browser: value, set_cookie }
}

/// Whether a form's token is of this browser.
pub fn is_of_browser(authority: &Authority, headers: &HeaderMap, token: &str) -> bool {
    cookie::value(headers, cookie::BROWSER).is_some_and(|value| check(authority, &browser_fields(value), token))
}

fn session_fields(signed_in: &SignedIn) -> MarkedFields {
    MarkedFields::of("session").text(&signed_in.session.to_string())
}

fn browser_fields(value: &str) -> MarkedFields {
    MarkedFields::of("browser").text(value)
}

fn marker(authority: &Authority) -> Marker {
    Marker::new(authority.store.ring(), Purpose::Csrf)
}

fn write(authority: &Authority, fields: &MarkedFields) -> String {
    URL_SAFE_NO_PAD.encode(marker(authority).mark(fields))
}

fn check(authority: &Authority, fields: &MarkedFields, token: &str) -> bool {
    URL_SAFE_NO_PAD.decode(token).is_ok_and(|mark| marker(authority).check(fields, &mark).is_ok())
}
