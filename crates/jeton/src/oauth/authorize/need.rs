//! What has to happen before a request can be granted, given who is signed in (OpenID Connect Core, section 3.1.2; RFC 9470).
//!
//! `prompt=none` never comes to a page.

use super::{Refusal, answer::Answer};
use crate::{
    authority::Authority,
    oauth::{OAuthCode, acr},
    session::SignedIn,
};
use jeton_core::{
    id::SessionId,
    jose::{self, VerifiedIdTokenHint},
    limits,
    oauth::authorization_request::{AuthorizationRequest, essential_acr, wanted_subject},
    timestamp::{Span, Timestamp},
};
use jeton_store::client::Client;

/// What has to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// Nothing more.
    Nothing,
    /// The person must sign in.
    SignIn,
    /// The person must say whether to go on as whoever is signed in.
    Choose,
    /// It cannot be had; the client is told.
    Error(OAuthCode, &'static str),
}

/// What was done for this very request: when somebody was first sent to sign in for it, and which session was chosen.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Done {
    pub(super) prompted_at: Option<Timestamp>,
    pub(super) chosen: Option<SessionId>,
}

/// What a request needs. `is_meant` says whether the person is the one that the request names, where it does.
pub(super) fn of(request: &AuthorizationRequest, signed_in: Option<&SignedIn>, is_meant: bool, done: Done, now: Timestamp) -> Need {
    let wanted = wanted_acr(request);
    if !wanted.is_empty() && !wanted.iter().any(|one| acr::is_known(one)) {
        return Need::Error(
            OAuthCode::UnmetAuthenticationRequirements,
            "none of the authentication context classes that were asked for exist here",
        );
    }
    let Some(signed_in) = signed_in else { return sign_in_or(request, OAuthCode::LoginRequired, "nobody is signed in") };
    let age = now.since(signed_in.authenticated_at);
    let is_recent = age <= limits::REAUTHENTICATION_LIFE;
    let signed_in_for_this = is_recent && done.prompted_at.is_some_and(|prompted| signed_in.authenticated_at >= prompted);
    let is_low = !acr::will_do(&signed_in.acr, &wanted);
    if !signed_in_for_this {
        let is_old = request.max_age.is_some_and(|oldest| age > Span::from_seconds(oldest));
        if request.prompts.login || is_old || is_low || !is_meant {
            return sign_in_or(request, OAuthCode::LoginRequired, "the person has to sign in again");
        }
        if request.prompts.select_account && done.chosen != Some(signed_in.session) {
            return Need::Choose;
        }
    }
    if !is_meant {
        return Need::Error(OAuthCode::LoginRequired, "somebody else than the person that the request names signed in");
    }
    if is_low {
        return Need::Error(OAuthCode::UnmetAuthenticationRequirements, "the person could not sign in by the class that was asked for");
    }
    Need::Nothing
}

fn sign_in_or(request: &AuthorizationRequest, code: OAuthCode, words: &'static str) -> Need {
    if request.prompts.none { Need::Error(code, words) } else { Need::SignIn }
}

/// The classes of which one must be reached; empty where any does.
pub(super) fn wanted_acr(request: &AuthorizationRequest) -> Vec<String> {
    let essential = request.claims.as_ref().map(essential_acr).unwrap_or_default();
    if essential.is_empty() { request.acr_values.clone() } else { essential }
}

/// Whether the person is the one that the request names, by `id_token_hint` or as the value of the claim `sub`. A hint that was not
/// issued here, or to another client, is an error of the request.
pub(super) fn is_meant(
    authority: &Authority,
    client: &Client,
    request: &AuthorizationRequest,
    signed_in: &SignedIn,
) -> Result<bool, Refusal> {
    let own = authority.subjects.subject_for(&client.registration, signed_in.user).ok();
    let wanted = request.claims.as_ref().and_then(wanted_subject);
    if wanted.is_some_and(|wanted| own.as_deref() != Some(wanted)) {
        return Ok(false);
    }
    let Some(hint) = &request.id_token_hint else { return Ok(true) };
    let told = |words: &str| Refusal::told(Answer::error(authority, &request.answer_to, OAuthCode::InvalidRequest, words));
    let keys = authority.keys.public();
    let verified = jose::verify_id_token_hint(hint.as_bytes(), &keys, &authority.config.issuer);
    let VerifiedIdTokenHint { subject, client_id, .. } =
        verified.map_err(|_| told("`id_token_hint` is no ID token that was issued here"))?;
    if client_id != client.client_id {
        return Err(told("`id_token_hint` was issued to another client"));
    }
    Ok(own.as_deref() == Some(subject.as_str()))
}

#[cfg(test)]
mod tests;
