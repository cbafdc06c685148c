//! Browsers that somebody signed in at before: a cookie says so, under a mark of this installation. Such a browser has its own count of
//! failures for that account, so that strangers who guess cannot keep its owner out.
//!
//! The cookie signs nobody in and tells nothing to whoever reads it.

use crate::{authority::Authority, session::cookie};
use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderValue};
use jeton_core::{
    limits,
    mark::{MARK_BYTES, MarkedFields, Marker},
    master_key::Purpose,
    timestamp::Timestamp,
};
use jeton_store::user::User;

/// Bytes of what a browser is told from others by.
const NONCE: usize = 16;
/// Bytes of the hash of a name.
const NAME: usize = 16;
/// Bytes of an instant.
const INSTANT: usize = 8;
/// Bytes of the cookie's value: nonce, name, e-mail address, instant, mark.
const WHOLE: usize = NONCE + NAME + NAME + INSTANT + MARK_BYTES;

/// What a browser is told from others by.
pub type BrowserNonce = [u8; NONCE];

/// The cookie for a browser that this person has just signed in at.
pub fn cookie_for(authority: &Authority, user: &User) -> HeaderValue {
    let mut value = rand::random::<BrowserNonce>().to_vec();
    value.extend_from_slice(&hashed(user.name.as_str()));
    value.extend_from_slice(&hashed(user.email.as_deref().unwrap_or(user.name.as_str())));
    value.extend_from_slice(&authority.now().as_micros().to_be_bytes());
    let mark = marker(authority).mark(&fields(&value));
    value.extend_from_slice(&mark);
    cookie::set_lasting(cookie::KNOWN, &URL_SAFE_NO_PAD.encode(value), limits::KNOWN_BROWSER_LIFE)
}

/// By what to tell the browser of a request from others, where the person with this name or address signed in at it before.
pub fn find(authority: &Authority, headers: &HeaderMap, name: &str) -> Option<BrowserNonce> {
    let value = cookie::value_of_length(headers, cookie::KNOWN, WHOLE.div_ceil(3) * 4)?;
    let value = URL_SAFE_NO_PAD.decode(value).ok().filter(|value| value.len() == WHOLE)?;
    let (signed, mark) = value.split_at_checked(WHOLE - MARK_BYTES)?;
    marker(authority).check(&fields(signed), mark).ok()?;
    let (nonce, rest) = signed.split_first_chunk::<NONCE>()?;
    let (own_name, rest) = rest.split_first_chunk::<NAME>()?;
    let (own_email, rest) = rest.split_first_chunk::<NAME>()?;
    let at = Timestamp::from_micros(i64::from_be_bytes(*rest.first_chunk::<INSTANT>()?));
    let typed = hashed(name);
    let is_meant = typed == *own_name || typed == *own_email;
    (is_meant && authority.now() < at.plus(limits::KNOWN_BROWSER_LIFE)).then_some(*nonce)
}

fn hashed(name: &str) -> [u8; NAME] {
    let hash = digest::digest(&digest::SHA256, name.trim().to_lowercase().as_bytes());
    let mut out = [0; NAME];
    out.iter_mut().zip(hash.as_ref()).for_each(|(slot, byte)| *slot = *byte);
    out
}

fn fields(value: &[u8]) -> MarkedFields {
    MarkedFields::of("known browser").bytes(value)
}

fn marker(authority: &Authority) -> Marker {
    Marker::new(authority.store.ring(), Purpose::Csrf)
}
