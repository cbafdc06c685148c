//! What a person was made to do for the request at hand, as sealed notes that travel in its address: the instant at which the person
//! was first sent to the sign-in page for it, and the session that was chosen to go on with. Nothing is kept on the server for that.

use crate::authority::Authority;
use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jeton_core::{id::SessionId, limits, oauth::parameters::Parameters, seal, timestamp::Timestamp};

/// The parameters that carry the notes. Not ones that clients send: another's does not open.
const PROMPTED: &str = "jeton_prompted";
const CHOSEN: &str = "jeton_chosen";

/// A request's own parameters, and what its notes say.
#[derive(Debug)]
pub(super) struct Prompted {
    request: Parameters,
    at: Option<Timestamp>,
    chosen: Option<SessionId>,
}

impl Prompted {
    /// Takes the notes off a request. One that does not open, is for another request or is old says nothing.
    pub(super) fn of(authority: &Authority, parameters: &Parameters) -> Self {
        let own = parameters
            .iter()
            .filter(|(name, _)| ![PROMPTED, CHOSEN].contains(name))
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let request = Parameters::of(own).unwrap_or_default();
        let note = |name| parameters.find(name).and_then(|note| Note::open(authority, &request, name, note));
        let now = authority.now();
        let fresh = |note: &Note| note.at <= now && now.since(note.at) <= limits::PROMPT_LIFE;
        let at = note(PROMPTED).filter(fresh).map(|note| note.at);
        let chosen = note(CHOSEN).filter(fresh).and_then(|note| SessionId::parse(&note.text).ok());
        Self { request, at, chosen }
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
        let note = Note { at: self.at.unwrap_or_else(|| authority.now()), text: String::new() };
        self.with(authority, PROMPTED, &note)
    }
    /// The session that the person chose to go on with.
    pub(super) const fn chosen(&self) -> Option<SessionId> {
        self.chosen
    }
    /// The path to go on by: the request, with a note that this session was chosen for it.
    pub(super) fn way_on(&self, authority: &Authority, session: SessionId) -> Option<String> {
        self.with(authority, CHOSEN, &Note { at: authority.now(), text: session.to_string() })
    }
    fn with(&self, authority: &Authority, name: &str, note: &Note) -> Option<String> {
        let note = note.seal(authority, &self.request, name)?;
        Some(format!("/oauth/authorize?{}&{name}={note}", self.request.to_encoded()))
    }
}

/// An instant, and what is to be known besides.
struct Note {
    at: Timestamp,
    text: String,
}

impl Note {
    fn seal(&self, authority: &Authority, request: &Parameters, name: &str) -> Option<String> {
        let plain = [&self.at.as_micros().to_be_bytes(), self.text.as_bytes()].concat();
        let sealed = seal::seal(authority.store.ring(), &context(request, name), &plain, rand::random()).ok()?;
        Some(URL_SAFE_NO_PAD.encode(sealed))
    }
    fn open(authority: &Authority, request: &Parameters, name: &str, note: &str) -> Option<Self> {
        let sealed = URL_SAFE_NO_PAD.decode(note).ok()?;
        let opened = seal::open(authority.store.ring(), &context(request, name), &sealed).ok()?;
        let (at, text) = opened.split_first_chunk::<8>()?;
        let text = std::str::from_utf8(text).ok()?.to_owned();
        Some(Self { at: Timestamp::from_micros(i64::from_be_bytes(*at)), text })
    }
}

/// What a note is sealed for: this request and no other, and one purpose.
fn context(request: &Parameters, name: &str) -> Vec<u8> {
    let mut context = format!("authorize:{name}:").into_bytes();
    context.extend_from_slice(digest::digest(&digest::SHA256, request.to_encoded().as_bytes()).as_ref());
    context
}
