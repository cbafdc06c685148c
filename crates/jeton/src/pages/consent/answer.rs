//! `POST /oauth/consent`: the answer to the consent page.
//!
//! Acts only on what this page sealed for this session a short while ago.

use super::{ConsentQuestion, scopes::consented};
use crate::{
    authority::{Authority, Shared},
    oauth::authorize,
    pages::{error, form::Form},
    session::SignedIn,
};
use axum::{extract::State, response::Response};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::StatusCode;
use jeton_core::{id::ClientId, limits, seal, timestamp::Timestamp};
use jeton_store::{client::Client, consent::ConsentedScopes};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What stands sealed in the form.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sealed {
    at: Timestamp,
    client: ClientId,
    scopes: ConsentedScopes,
    request: Value,
}

impl Sealed {
    pub(super) fn of(client: &Client, question: &ConsentQuestion, now: Timestamp) -> Self {
        Self { at: now, client: client.id, scopes: consented(&question.groups), request: question.request.clone() }
    }
    /// For the form of one session; nothing where it would be larger than a form may be.
    pub(super) fn seal(&self, authority: &Authority, signed_in: &SignedIn) -> Option<String> {
        let plain = serde_json::to_vec(self).ok()?;
        let sealed = seal::seal(authority.store.ring(), &context(signed_in), &plain, rand::random()).ok()?;
        let text = URL_SAFE_NO_PAD.encode(sealed);
        (text.len() < limits::PARAMETERS_BYTES_MAX - FORM_REST).then_some(text)
    }
    fn open_at(authority: &Authority, signed_in: &SignedIn, text: &str, now: Timestamp) -> Option<Self> {
        let sealed = URL_SAFE_NO_PAD.decode(text).ok()?;
        let plain = seal::open(authority.store.ring(), &context(signed_in), &sealed).ok()?;
        let own: Self = serde_json::from_slice(&plain).ok()?;
        (now < own.at.plus(limits::CONSENT_PAGE_LIFE)).then_some(own)
    }
}

/// Bytes that the other fields of the form may need.
const FORM_REST: usize = 1024;

fn context(signed_in: &SignedIn) -> Vec<u8> {
    format!("consent:{}", signed_in.session).into_bytes()
}

/// `POST /oauth/consent`.
pub async fn answer_consent(State(authority): State<Shared>, form: Form) -> Response {
    let signed_in = match form.signed_in(&authority).await {
        Ok(signed_in) => signed_in,
        Err(refusal) => return refusal,
    };
    let now = authority.now();
    let Some(sealed) = Sealed::open_at(&authority, &signed_in, form.field("request"), now) else {
        return error::stale_form();
    };
    match form.field("decision") {
        "allow" => {
            let actor = signed_in.actor(now, form.context);
            let Sealed { client, scopes, request, .. } = sealed;
            match authority.store.give_consent(signed_in.organisation, signed_in.user, client, scopes, actor).await {
                Ok(_) => authorize::allow(&authority, &signed_in, request, form.context).await,
                Err(_) => error::unavailable(),
            }
        }
        "deny" => authorize::deny(&authority, &signed_in, sealed.request, form.context).await,
        _ => error::bad_form(StatusCode::BAD_REQUEST, "it does not say what you decided"),
    }
}
