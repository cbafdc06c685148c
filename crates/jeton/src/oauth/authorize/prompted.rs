//! Whether a person was made to sign in again for the request at hand: a sealed note that travels in the address, with the instant
//! at which the person was first sent to the sign-in page for it. Nothing is kept on the server for that.

use crate::authority::Authority;
use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jeton_core::{limits, oauth::parameters::Parameters, seal, timestamp::Timestamp};

/// The parameter that carries the note. Not one that clients send: another's does not open.
const NAME: &str = "jeton_prompted";

/// A request's own parameters, and what its note says.
#[derive(Debug)]
pub(super) struct Prompted {
    request: Parameters,
    at: Option<Timestamp>,
}

impl Prompted {
    /// Takes the note off a request. One that does not open, is for another request or is old says nothing.
    pub(super) fn of(authority: &Authority, parameters: &Parameters) -> Self {
        let own = parameters.iter().filter(|(name, _)| *name != NAME).map(|(name, value)| (name.to_owned(), value.to_owned()));
        let request = Parameters::of(own).unwrap_or_default();
        let at = parameters.find(NAME).and_then(|note| open(authority, &request, note));
        let now = authority.now();
        let at = at.filter(|at| *at <= now && now.since(*at) <= limits::PROMPT_LIFE);
        Self { request, at }
    }
    /// The request without the note.
    pub(super) const fn request(&self) -> &Parameters {
        &self.request
    }
    /// When the person was first sent to sign in for it.
    pub(super) const fn at(&self) -> Option<Timestamp> {
        self.at
    }
    /// The path to come back to: the request, with a note that the person was sent to sign in by now.
    pub(super) fn way_back(&self, authority: &Authority) -> Option<String> {
        let at = self.at.unwrap_or_else(|| authority.now());
        let sealed = seal::seal(authority.store.ring(), &context(&self.request), &at.as_micros().to_be_bytes(), rand::random()).ok()?;
        let note = URL_SAFE_NO_PAD.encode(sealed);
        Some(format!("/oauth/authorize?{}&{NAME}={note}", self.request.to_encoded()))
    }
}

fn open(authority: &Authority, request: &Parameters, note: &str) -> Option<Timestamp> {
    let sealed = URL_SAFE_NO_PAD.decode(note).ok()?;
    let opened = seal::open(authority.store.ring(), &context(request), &sealed).ok()?;
    Some(Timestamp::from_micros(i64::from_be_bytes(opened.as_slice().try_into().ok()?)))
}

/// What the note is sealed for: this request and no other.
fn context(request: &Parameters) -> Vec<u8> {
    let mut context = b"authorize:prompted:".to_vec();
    context.extend_from_slice(digest::digest(&digest::SHA256, request.to_encoded().as_bytes()).as_ref());
    context
}
