//! Which APIs a request is for, and which of its scopes belong to which of them (RFC 8707). Pure: who may ask for what, not who
//! may grant it.
//!
//! Must never drop a scope: one that cannot be had is named in the refusal.

use super::{
    authorization_request::{RequestCode, quoted},
    scope_words,
};
use crate::{
    api::{Api, ApiScope},
    id::OrganisationId,
    name::Audience,
    scope::{Scope, ScopeSet, printable},
};

/// How far a client reaches.
#[derive(Clone, Copy, Debug)]
pub struct Reach<'r> {
    /// Its organisation: the APIs of others do not exist for it.
    pub organisation: OrganisationId,
    /// The APIs that an operator confined it to; empty stands for all of its organisation.
    pub audiences: &'r [Audience],
    /// The audience of the management interface.
    pub management: &'r str,
    /// Whether it is the operator's own app; no other reaches the management interface.
    pub first_party: bool,
    /// Whether somebody of the organisation approved it; no other is granted sensitive scopes.
    pub vouched: bool,
}

/// An API with the scopes that are asked for of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target<'a> {
    /// The API.
    pub api: &'a Api,
    /// Those scopes of the request that it knows.
    pub scopes: ScopeSet,
}

/// What a request comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Targets<'a> {
    /// The APIs; none where only the words of OpenID Connect are asked for.
    pub apis: Vec<Target<'a>>,
    /// The words of OpenID Connect that are asked for.
    pub words: ScopeSet,
}

/// What is wrong: a code, and words for the client's developer.
type Told = (RequestCode, String);

impl Reach<'_> {
    /// Whether a client that reaches this far can have tokens for an API.
    pub fn covers(&self, api: &Api) -> bool {
        if api.audience.as_str() == self.management {
            return self.first_party;
        }
        api.organisation == self.organisation && (self.audiences.is_empty() || self.audiences.contains(&api.audience))
    }
    fn may_have(&self, api: &Api, scope: &ApiScope) -> bool {
        let is_sensitive = scope.sensitive || api.audience.as_str() == self.management;
        !is_sensitive || self.vouched
    }
}

/// Those of a client's registered scopes that a request means which names none: what the APIs know that it names, or that the client
/// reaches. Nothing of the person is told unasked.
pub fn meant<'a>(registered: &ScopeSet, resources: &[Audience], reach: &Reach<'_>, apis: impl Iterator<Item = &'a Api>) -> ScopeSet {
    let is_meant = |api: &&Api| reach.covers(api) && (resources.is_empty() || resources.contains(&api.audience));
    let apis: Vec<&Api> = apis.filter(is_meant).collect();
    let is_known = |scope: &&Scope| !scope_words::is_scope_word(scope) && apis.iter().any(|api| api.knows(scope));
    ScopeSet::from_scopes(registered.iter().filter(is_known).cloned().collect())
}

/// Finds the APIs that a request is for among `apis`.
pub fn choose<'a>(
    scopes: &ScopeSet,
    resources: &[Audience],
    reach: &Reach<'_>,
    apis: impl Iterator<Item = &'a Api>,
) -> Result<Targets<'a>, Told> {
    let (words, of_apis): (Vec<Scope>, Vec<Scope>) = scopes.iter().cloned().partition(scope_words::is_scope_word);
    let words = openid_words(words)?;
    let within: Vec<&Api> = apis.filter(|api| reach.covers(api)).collect();
    known(&of_apis, &within)?;
    let chosen = if resources.is_empty() { by_scopes(&of_apis, &words, &within)? } else { by_resources(&of_apis, resources, &within)? };
    withheld(&of_apis, &chosen, reach)?;
    let target = |api: &'a Api| Target { api, scopes: ScopeSet::from_scopes(of_apis.iter().filter(|s| api.knows(s)).cloned().collect()) };
    Ok(Targets { apis: chosen.into_iter().map(target).collect(), words })
}

/// Claims about a person are asked for with `openid` only.
fn openid_words(words: Vec<Scope>) -> Result<ScopeSet, Told> {
    let is_openid = words.iter().any(|scope| scope.as_str() == scope_words::OPENID);
    let alone: Vec<&str> = words.iter().filter(|scope| !is_openid && scope_words::asks_for_claims(scope)).map(Scope::as_str).collect();
    if alone.is_empty() {
        Ok(ScopeSet::from_scopes(words))
    } else {
        Err((RequestCode::InvalidScope, format!("{} can be asked for with `openid` only", quoted(&alone))))
    }
}

fn known(of_apis: &[Scope], within: &[&Api]) -> Result<(), Told> {
    let unknown: Vec<&str> = of_apis.iter().filter(|scope| !within.iter().any(|api| api.knows(scope))).map(Scope::as_str).collect();
    if unknown.is_empty() {
        Ok(())
    } else {
        Err((RequestCode::InvalidScope, format!("no API that this client can have tokens for knows {}", quoted(&unknown))))
    }
}

fn by_resources<'a>(of_apis: &[Scope], resources: &[Audience], within: &[&'a Api]) -> Result<Vec<&'a Api>, Told> {
    let mut chosen: Vec<&'a Api> = Vec::with_capacity(resources.len());
    for resource in resources {
        let Some(api) = within.iter().find(|api| api.audience == *resource) else {
            let told = format!("`resource={}` is no API that this client can have tokens for", printable(resource.as_str()));
            return Err((RequestCode::InvalidTarget, told));
        };
        chosen.push(api);
    }
    let foreign: Vec<&str> = of_apis.iter().filter(|scope| !chosen.iter().any(|api| api.knows(scope))).map(Scope::as_str).collect();
    if foreign.is_empty() {
        Ok(chosen)
    } else {
        Err((RequestCode::InvalidScope, format!("no API that `resource` names knows {}", quoted(&foreign))))
    }
}

fn by_scopes<'a>(of_apis: &[Scope], words: &ScopeSet, within: &[&'a Api]) -> Result<Vec<&'a Api>, Told> {
    if of_apis.is_empty() {
        let is_openid = words.iter().any(|scope| scope.as_str() == scope_words::OPENID);
        let told = "the request is for nothing: name scopes, or an API by `resource`, or ask for `openid`";
        return if is_openid { Ok(Vec::new()) } else { Err((RequestCode::InvalidScope, told.to_owned())) };
    }
    let mut knowing = within.iter().filter(|api| of_apis.iter().all(|scope| api.knows(scope)));
    match (knowing.next(), knowing.next()) {
        (Some(only), None) => Ok(vec![only]),
        (Some(_), Some(_)) => Err((RequestCode::InvalidTarget, "several APIs know these scopes: name the one by `resource`".to_owned())),
        (None, _) => {
            Err((RequestCode::InvalidTarget, "these scopes belong to different APIs: name each of the APIs by `resource`".to_owned()))
        }
    }
}

fn withheld(of_apis: &[Scope], chosen: &[&Api], reach: &Reach<'_>) -> Result<(), Told> {
    let is_withheld =
        |wanted: &&Scope| chosen.iter().any(|api| api.scopes.iter().any(|own| wanted.covers(&own.scope) && !reach.may_have(api, own)));
    let withheld: Vec<&str> = of_apis.iter().filter(is_withheld).map(Scope::as_str).collect();
    if withheld.is_empty() {
        return Ok(());
    }
    let told = format!("{} can be granted only to a client that an operator approved", quoted(&withheld));
    Err((RequestCode::InvalidScope, told))
}

#[cfg(test)]
mod tests;
