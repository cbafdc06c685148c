//! What scopes mean, in words: those of an API in its owner's, those of OpenID Connect in ours.

use jeton_core::{
    api::Api,
    name::Audience,
    oauth::scope_words::{OFFLINE_ACCESS, OPENID},
    scope::{Scope, ScopeSet},
};
use jeton_store::consent::{Consent, ConsentedScopes};

/// What is asked for of one API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeGroup {
    /// The API.
    pub audience: Audience,
    /// Its name for people.
    pub name: String,
    /// The scopes.
    pub scopes: Vec<ScopeLine>,
    /// Whether it is about the person's own account here, and no API.
    pub is_account: bool,
}

/// One scope with its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeLine {
    /// The scope.
    pub scope: Scope,
    /// What it allows.
    pub words: String,
    /// Whether the person has not allowed it before.
    pub is_new: bool,
}

impl ScopeGroup {
    /// Scopes of an API; `before` is what the person allowed the client earlier.
    pub fn of_api(api: &Api, scopes: &ScopeSet, before: Option<&Consent>) -> Self {
        let words = |scope: &Scope| {
            let own = api.scopes.iter().find(|own| own.scope == *scope).map(|own| own.description.trim());
            own.filter(|words| !words.is_empty()).map_or_else(|| format!("Use what “{scope}” allows"), str::to_owned)
        };
        let own = Self::new(api.audience.clone(), api.name.as_str().to_owned(), scopes, before, words);
        Self { is_account: false, ..own }
    }
    /// Words of OpenID Connect, under the audience of userinfo.
    pub fn of_openid(userinfo: Audience, scopes: &ScopeSet, before: Option<&Consent>) -> Self {
        Self::new(userinfo, "Your account".to_owned(), scopes, before, |scope| words_of(scope).to_owned())
    }
    fn new(audience: Audience, name: String, scopes: &ScopeSet, before: Option<&Consent>, words: impl Fn(&Scope) -> String) -> Self {
        let allowed = before.and_then(|consent| consent.scopes.get(&audience));
        let line = |scope: &Scope| ScopeLine {
            words: words(scope),
            is_new: !allowed.is_some_and(|allowed| allowed.covers(scope)),
            scope: scope.clone(),
        };
        let scopes = scopes.iter().map(line).collect();
        Self { audience, name, scopes, is_account: true }
    }
}

/// What the words of OpenID Connect allow.
pub(in crate::pages) fn words_of(scope: &Scope) -> &'static str {
    match scope.as_str() {
        OPENID => "Know that it is you, and recognise you when you come back",
        "profile" => "See your name",
        "email" => "See your e-mail address",
        "address" => "See your postal address",
        "phone" => "See your phone number",
        OFFLINE_ACCESS => "Keep this access while you are away, until you disconnect it",
        _ => "Use a scope that has no words here",
    }
}

/// What a consent to these groups comes to.
pub fn consented(groups: &[ScopeGroup]) -> ConsentedScopes {
    let scopes = |group: &ScopeGroup| ScopeSet::from_scopes(group.scopes.iter().map(|line| line.scope.clone()).collect());
    groups.iter().map(|group| (group.audience.clone(), scopes(group))).collect()
}
