//! The answer of an introspection, borrowed from what was found and written without a tree of values between.

use super::{Asker, Known};
use crate::{authority::Authority, oauth::OAuthError};
use jeton_core::{
    binding::Binding,
    id::{TokenId, UserId},
    jose::{Algorithm, IntrospectionAnswerClaims},
    kind::TokenKind,
    name::Audience,
    oauth::registration::SubjectType,
    scope::ScopeSet,
    timestamp::Timestamp,
};
use jeton_store::client::Client;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// The one answer about everything that is not good, or not for the asker to know.
pub const INACTIVE: &[u8] = br#"{"active":false}"#;

/// What is known of a good token (RFC 7662, section 2.2).
#[derive(Debug, Serialize)]
pub struct Answer<'a> {
    active: bool,
    #[serde(serialize_with = "spaced")]
    scope: &'a ScopeSet,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<i64>,
    iat: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
    sub: Cow<'a, str>,
    #[serde(serialize_with = "one_or_many")]
    aud: Vec<&'a str>,
    iss: &'a str,
    jti: TokenId,
    #[serde(skip_serializing_if = "Option::is_none")]
    cnf: Option<Binding>,
    #[serde(skip_serializing_if = "Option::is_none")]
    act: Option<&'a Map<String, Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acr: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_time: Option<i64>,
    /// Which of Jeton's kinds it is.
    jeton_kind: TokenKind,
}

impl<'a> Answer<'a> {
    /// What the asker is told. Of the APIs that a token is for, a resource server learns its own.
    pub fn of(authority: &'a Authority, asker: &Asker<'_>, known: &'a Known) -> Self {
        let (token, particulars) = (&known.introspected.token, &*known.particulars);
        let policy = token.policy();
        let aud = policy.audiences.iter().filter(|audience| asker.may_know(token, audience)).map(Audience::as_str).collect();
        Self {
            active: true,
            scope: &policy.scopes,
            client_id: token.client_id(),
            username: known.username.as_deref(),
            token_type: token_type(policy.kind, policy.binding),
            exp: known.introspected.expires_at.map(Timestamp::as_seconds),
            iat: particulars.issued_at.as_seconds(),
            nbf: token.not_before().map(Timestamp::as_seconds),
            sub: subject(authority, asker, known),
            aud,
            iss: &authority.config.issuer,
            jti: token.id(),
            cnf: policy.binding,
            act: particulars.actor.as_ref(),
            acr: particulars.acr.as_deref(),
            auth_time: particulars.auth_time.map(Timestamp::as_seconds),
            jeton_kind: policy.kind,
        }
    }
    /// As JSON.
    pub fn to_json(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(512);
        if serde_json::to_writer(&mut out, self).is_err() {
            out.clear();
            out.extend_from_slice(INACTIVE);
        }
        out
    }
}

/// The answer as a JWT (RFC 9701), for a client that asked for one. RS256 where it registered nothing else (section 6).
pub async fn signed(authority: &Authority, client: &Client, body: &[u8]) -> Result<Vec<u8>, OAuthError> {
    let answer = match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    };
    let registered = client.registration.introspection_signed_response_alg.as_deref().and_then(Algorithm::parse);
    let now = authority.now();
    let claims = IntrospectionAnswerClaims { issuer: &authority.config.issuer, audience: &client.client_id, issued_at: now, answer };
    let algorithm = registered.unwrap_or(Algorithm::Rs256);
    let signed = authority.keys.issue_introspection_answer_at(algorithm, &claims, now).await;
    let signed = signed.map_err(|fault| {
        tracing::error!(%fault, "an introspection answer could not be signed");
        OAuthError::unavailable()
    })?;
    Ok(signed.expose().as_bytes().to_vec())
}

/// How it is presented. A refresh token is presented to nobody but the token endpoint.
const fn token_type(kind: TokenKind, binding: Option<Binding>) -> Option<&'static str> {
    match (kind, binding) {
        (TokenKind::Ort, _) => None,
        (_, Some(Binding::Dpop(_))) => Some("DPoP"),
        _ => Some("Bearer"),
    }
}

/// Whom it speaks for: as the client itself knows him where it asks about its own token, as Jeton does for all others.
fn subject<'a>(authority: &Authority, asker: &Asker<'_>, known: &'a Known) -> Cow<'a, str> {
    let subject = known.introspected.token.subject();
    let Asker::Client(client) = asker else { return Cow::Borrowed(subject) };
    if !asker.owns(&known.introspected.token) {
        return Cow::Borrowed(subject);
    }
    if client.registration.subject_type == SubjectType::Public {
        return Cow::Borrowed(subject);
    }
    match UserId::parse(subject).map(|user| authority.subjects.subject_for(&client.registration, user)) {
        Ok(Ok(own)) => Cow::Owned(own),
        _ => Cow::Borrowed(subject),
    }
}

fn spaced<S: Serializer>(scopes: &ScopeSet, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&scopes.to_spaced())
}

fn one_or_many<S: Serializer>(audiences: &[&str], serializer: S) -> Result<S::Ok, S::Error> {
    match audiences {
        [one] => serializer.serialize_str(one),
        many => serializer.collect_seq(many),
    }
}
