//! What an access token is for, out of all that was granted: one API, userinfo, or one API and userinfo (RFC 8707).
//!
//! Never aims at what was not granted, and never lets the scopes of one API reach another.

use crate::{
    authority::Authority,
    oauth::{OAuthCode, OAuthError, audiences},
};
use jeton_core::{
    name::Audience,
    oauth::{parameters::Parameters, scope_words},
    scope::{Scope, ScopeSet},
};

/// An aim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aim {
    /// The API, and userinfo where `openid` was granted.
    pub audiences: Vec<Audience>,
    /// The scopes that hold there.
    pub scopes: ScopeSet,
}

/// Aims at the one of the granted APIs that the request names, or at the only one. `default` is the one of the first time.
pub fn take(
    authority: &Authority,
    granted: &[Audience],
    scopes: &ScopeSet,
    form: &Parameters,
    default: Option<&Audience>,
) -> Result<Aim, OAuthError> {
    let userinfo = audiences::userinfo(authority)?;
    let apis: Vec<&Audience> = granted.iter().filter(|own| **own != userinfo).collect();
    let mut named = form.all("resource");
    let api = match (named.next(), named.next()) {
        (Some(_), Some(_)) => return Err(target("one access token is for one API: name one `resource`, and ask again for the next")),
        (Some(named), None) if named == userinfo.as_str() && is_openid(scopes) => None,
        (Some(named), None) => {
            let found = apis.iter().find(|own| own.as_str() == named);
            Some(*found.ok_or_else(|| target("`resource` is none of the APIs that were granted"))?)
        }
        (None, _) => match (default.filter(|own| granted.contains(own) && **own != userinfo), apis.as_slice()) {
            (Some(default), _) => Some(default),
            (None, []) => None,
            (None, [only]) => Some(*only),
            (None, _) => return Err(target("several APIs were granted: name the one by `resource`")),
        },
    };
    at(authority, api, scopes, userinfo)
}

/// Everything that a grant reaches: its APIs, and userinfo where `openid` was granted.
pub fn all(authority: &Authority, apis: &[Audience], scopes: &ScopeSet) -> Result<Vec<Audience>, OAuthError> {
    let userinfo = is_openid(scopes).then(|| audiences::userinfo(authority)).transpose()?;
    Ok(apis.iter().cloned().chain(userinfo).collect())
}

fn at(authority: &Authority, api: Option<&Audience>, scopes: &ScopeSet, userinfo: Audience) -> Result<Aim, OAuthError> {
    let is_openid = is_openid(scopes);
    let known = match api {
        Some(audience) => {
            let api = authority.gate.api(audience.as_str()).ok_or_else(|| target("the API that was granted is gone"))?;
            scopes.iter().filter(|scope| !scope_words::is_scope_word(scope) && api.knows(scope)).cloned().collect()
        }
        None if is_openid => Vec::new(),
        None => return Err(target("nothing was granted that a token could be for")),
    };
    let words = scopes.iter().filter(|scope| is_openid && scope_words::is_scope_word(scope)).cloned();
    let scopes: Vec<Scope> = known.into_iter().chain(words).collect();
    let audiences = api.cloned().into_iter().chain(is_openid.then_some(userinfo)).collect();
    Ok(Aim { audiences, scopes: ScopeSet::from_scopes(scopes) })
}

/// Whether `openid` is among them.
pub fn is_openid(scopes: &ScopeSet) -> bool {
    scopes.iter().any(|scope| scope.as_str() == scope_words::OPENID)
}

fn target(words: &str) -> OAuthError {
    OAuthError::new(OAuthCode::InvalidTarget, words)
}
