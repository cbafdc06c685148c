//! Issuers whose JWTs are taken as proof (`[[oauth.trusted_issuer]]`): for JWT bearer grants and for token exchange, such as those of
//! a CI service. Never by `iss` alone: keys, audience and the claims that are laid down must fit, and each JWT counts once where it
//! has a `jti`.

use super::{OAuthCode, OAuthError, client_auth::AuthenticatedClient, reach};
use crate::{authority::Authority, config::TrustedIssuer, fetch::FetchFault};
use aws_lc_rs::digest::{Context, SHA256};
use jeton_core::{
    jose::{BearerAssertionRules, KeySet, UnverifiedJwt, VerifiedBearerAssertion, verify_bearer_assertion_at},
    limits,
    name::{Audience, Subject},
    oauth::parameters::Parameters,
    scope::ScopeSet,
    timestamp::{Span, Timestamp},
};
use serde_json::Value;
use std::{sync::Arc, time::Duration};
use url::Url;

/// A JWT of a trusted issuer that holds, and what it is worth.
#[derive(Debug)]
pub struct Trusted {
    /// Whom it speaks for, by the issuer's place and its own name for it.
    pub subject: Subject,
    /// The one API that it is worth a token for.
    pub audience: Audience,
    /// What may be done there.
    pub scopes: ScopeSet,
    /// When it ends.
    pub expires_at: Timestamp,
    /// What its `jti` is remembered by, where it has one.
    spent_as: Option<[u8; 32]>,
}

impl Trusted {
    /// How much of its life is left.
    pub fn life_at(&self, now: Timestamp) -> Span {
        self.expires_at.since(now)
    }
    /// Uses it up, right before something is issued for it. Whoever comes second is refused, on all nodes.
    pub async fn spend(&self, authority: &Authority) -> Result<(), OAuthError> {
        let Some(name) = self.spent_as else { return Ok(()) };
        let is_first = authority.store.spend_id(name, self.expires_at.plus(limits::JWT_SKEW_MAX)).await?;
        if is_first { Ok(()) } else { Err(refused("the JWT was used before: get a new one, with a `jti` of its own")) }
    }
}

/// Verifies a JWT that a client brings, and works out what the client may have for it, of what the request names.
pub async fn verify_at(
    authority: &Authority,
    client: &AuthenticatedClient,
    text: &str,
    form: &Parameters,
    now: Timestamp,
) -> Result<Trusted, OAuthError> {
    let unverified = UnverifiedJwt::parse(text.as_bytes()).map_err(|_| refused("this is no JWT"))?;
    let named = unverified.issuer().map_err(|_| refused("the JWT names no issuer"))?;
    // Whether another client may use this issuer is nobody's business here.
    let mut last = refused("the JWT's issuer is not trusted for this client");
    for rule in &authority.config.oauth.trusted_issuer {
        if rule.issuer != named || rule.client_id != client.client.client_id {
            continue;
        }
        match verified_at(authority, rule, text, unverified.kid(), now)
            .await
            .and_then(|verified| worth(authority, client, rule, &verified, form))
        {
            Ok(trusted) => return Ok(trusted),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// The signature, the claims of RFC 7523 and those that are laid down.
async fn verified_at(
    authority: &Authority,
    rule: &TrustedIssuer,
    text: &str,
    kid: Option<&str>,
    now: Timestamp,
) -> Result<VerifiedBearerAssertion, OAuthError> {
    let keys = keys(authority, rule, kid).await?;
    let token_endpoint = format!("{}{}", authority.config.issuer, crate::http::oauth::TOKEN);
    let audiences = [authority.config.issuer.as_str(), token_endpoint.as_str()];
    let wanted = BearerAssertionRules { trusted_issuer: &rule.issuer, audiences: &audiences, algorithm: None };
    let verified = verify_bearer_assertion_at(text.as_bytes(), &keys, &wanted, now)
        .map_err(|fault| refused(&format!("the JWT is not accepted: {fault}")))?;
    for (name, pattern) in &rule.claims {
        let fits = verified.claims().get(name).is_some_and(|value| fits(pattern, value));
        if !fits {
            return Err(refused(&format!("the JWT is not accepted: its claim `{name}` is not what is laid down for its issuer")));
        }
    }
    Ok(verified)
}

/// Whether a claim has exactly this value; a `*` at the end stands for any rest.
fn fits(pattern: &str, value: &Value) -> bool {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        _ => return false,
    };
    match pattern.strip_suffix('*') {
        Some(start) => text.starts_with(start),
        None => text == pattern,
    }
}

fn worth(
    authority: &Authority,
    client: &AuthenticatedClient,
    rule: &TrustedIssuer,
    verified: &VerifiedBearerAssertion,
    form: &Parameters,
) -> Result<Trusted, OAuthError> {
    let (audience, scopes) = aim(authority, client, rule, form)?;
    let subject = Subject::parse(&format!("{}:{}", place_of(&rule.issuer), verified.subject()))
        .map_err(|fault| refused(&format!("the JWT's subject cannot be kept: it {fault}")))?;
    let spent_as = verified.id().map(|jti| name_of(&rule.issuer, jti));
    Ok(Trusted { subject, audience, scopes, expires_at: verified.expires_at(), spent_as })
}

/// An issuer as a subject names it: without the scheme, but with the path, since one host can hold many issuers.
fn place_of(issuer: &str) -> &str {
    issuer.split_once("://").map_or(issuer, |(_, place)| place).trim_end_matches('/')
}

/// The one API and the scopes, of those that the rule allows.
fn aim(
    authority: &Authority,
    client: &AuthenticatedClient,
    rule: &TrustedIssuer,
    form: &Parameters,
) -> Result<(Audience, ScopeSet), OAuthError> {
    let told = |code, words: &str| Err(OAuthError::new(code, words));
    let allowed = ScopeSet::parse_spaced(&rule.scope).unwrap_or_default();
    let mut resources = reach::resources(form)?;
    if resources.iter().any(|resource| !rule.audiences.iter().any(|own| own == resource.as_str())) {
        return told(OAuthCode::InvalidTarget, "`resource` is none of the APIs that JWTs of this issuer are good for");
    }
    if let ([], [only]) = (resources.as_slice(), rule.audiences.as_slice()) {
        resources.extend(Audience::parse(only).ok());
    }
    let scopes = match form.find("scope") {
        None => allowed,
        Some(text) => {
            let asked =
                ScopeSet::parse_spaced(text).map_err(|fault| OAuthError::new(OAuthCode::InvalidScope, format!("`scope` {fault}")))?;
            if !allowed.covers_all(&asked) {
                return told(OAuthCode::InvalidScope, "JWTs of this issuer are not good for all of these scopes");
            }
            asked
        }
    };
    let (mut chosen, _) = reach::choose(authority, &client.client, &scopes, &resources, false)?;
    match (chosen.pop(), chosen.is_empty()) {
        (Some((api, scopes)), true) => Ok((api.audience.clone(), scopes)),
        _ => told(OAuthCode::InvalidTarget, "one access token is for one API: name one `resource`"),
    }
}

/// The keys of a trusted issuer: fetched as those of clients are, or out of the file.
async fn keys(authority: &Authority, rule: &TrustedIssuer, kid: Option<&str>) -> Result<Arc<KeySet>, OAuthError> {
    if let Some(file) = &rule.jwks_file {
        let read = tokio::fs::read(file).await.map_err(|error| error.to_string());
        let keys = read.and_then(|body| parse(&body));
        return keys.map(Arc::new).map_err(|fault| {
            tracing::error!(issuer = rule.issuer, fault, "the keys of a trusted issuer cannot be read");
            OAuthError::unavailable()
        });
    }
    let Some(url) = rule.jwks_uri.as_deref().and_then(|uri| Url::parse(uri).ok()) else { return Ok(Arc::default()) };
    let fetched = |age| {
        let clients = &authority.clients;
        clients.keys.find_newer(&clients.own_fetcher, &url, limits::FETCHED_KEYS_MAX, age, parse)
    };
    let held = fetched(Duration::MAX).await.map_err(|fault| unfetched(rule, &fault))?;
    if kid.is_none_or(|kid| held.find(kid).is_some()) {
        return Ok(held);
    }
    // A key that is not in the set may be new; asked for again, but not often.
    let age = Duration::from_secs(limits::KEYS_AGAIN_TIME.as_seconds_up().unsigned_abs());
    Ok(fetched(age).await.unwrap_or(held))
}

fn unfetched(rule: &TrustedIssuer, fault: &FetchFault) -> OAuthError {
    tracing::warn!(issuer = rule.issuer, %fault, "the keys of a trusted issuer cannot be had");
    OAuthError::unavailable()
}

fn parse(body: &[u8]) -> Result<KeySet, String> {
    KeySet::parse(body).map(|(keys, _)| keys).map_err(|fault| format!("holds a key set that {fault}"))
}

/// What a `jti` is remembered by: whose it is, and what for.
fn name_of(issuer: &str, jti: &str) -> [u8; 32] {
    let mut hash = Context::new(&SHA256);
    for part in ["bearer assertion", issuer, jti] {
        hash.update(&(part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let mut name = [0; 32];
    name.copy_from_slice(hash.finish().as_ref());
    name
}

fn refused(words: &str) -> OAuthError {
    OAuthError::new(OAuthCode::InvalidGrant, words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn issuers_of_one_host_are_kept_apart() {
        assert_eq!(place_of("https://token.actions.example"), "token.actions.example");
        assert_ne!(place_of("https://id.example/one/v2"), place_of("https://id.example/two/v2"));
        assert_ne!(place_of("https://id.example"), place_of("https://id.example:8443"));
    }

    #[test]
    fn a_claim_has_the_value_that_is_laid_down() {
        assert!(fits("repo:acme/shop:*", &json!("repo:acme/shop:ref:refs/heads/main")));
        assert!(fits("main", &json!("main")) && fits("7", &json!(7)) && fits("true", &json!(true)) && fits("*", &json!("")));
        for (pattern, value) in [
            ("repo:acme/*", json!("repo:acme")),
            ("main", json!("main ")),
            ("main", json!("Main")),
            ("a", json!(["a"])),
            ("*", json!(null)),
        ] {
            assert!(!fits(pattern, &value), "{pattern} {value}");
        }
    }
}
