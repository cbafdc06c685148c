//! What a person is asked before a client gets anything: each scope in the words that its API's owner wrote.

use jeton_core::{
    name::Audience,
    oauth::{authorization_request::AuthorizationRequest, target::Targets},
    scope::{Scope, ScopeSet},
};
use jeton_store::consent::{Consent, ConsentedScopes};

/// The question: a validated request, and what it comes to.
#[derive(Clone, Debug)]
pub struct ConsentQuestion {
    /// The request. Goes through the browser sealed, and comes back to [`super::allow`] or [`super::deny`].
    pub request: AuthorizationRequest,
    /// What is asked for, API by API; what OpenID Connect tells of the person comes last.
    pub asked: Vec<Asked>,
}

/// What is asked for of one API, or of the person's own data.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Under which audience the consent is remembered.
    pub audience: Audience,
    /// The API's name; `None` for the person's own data.
    pub name: Option<String>,
    /// The scopes.
    pub scopes: Vec<AskedScope>,
}

/// One scope.
#[derive(Clone, Debug)]
pub struct AskedScope {
    /// The scope.
    pub scope: Scope,
    /// What it lets the client do, in its owner's words; empty where the owner wrote none.
    pub words: String,
    /// Whether the person was not asked for it before.
    pub is_new: bool,
}

impl ConsentQuestion {
    /// The question that a request comes to, after what was allowed before.
    pub(super) fn of(request: AuthorizationRequest, targets: &Targets<'_>, userinfo: Audience, before: Option<&Consent>) -> Self {
        let allowed = |audience: &Audience, scope: &Scope| {
            before.is_some_and(|own| own.covers(audience, &ScopeSet::from_scopes(vec![scope.clone()])))
        };
        let mut asked = Vec::with_capacity(targets.apis.len() + 1);
        for target in &targets.apis {
            let audience = &target.api.audience;
            let words = |scope: &Scope| target.api.scopes.iter().find(|own| own.scope == *scope).map(|own| own.description.clone());
            let one = |scope: &Scope| AskedScope {
                scope: scope.clone(),
                words: words(scope).unwrap_or_default(),
                is_new: !allowed(audience, scope),
            };
            let scopes = target.scopes.iter().map(one).collect();
            asked.push(Asked { audience: audience.clone(), name: Some(target.api.name.to_string()), scopes });
        }
        if !targets.words.is_empty() {
            let one = |scope: &Scope| AskedScope { scope: scope.clone(), words: words_of(scope), is_new: !allowed(&userinfo, scope) };
            let scopes = targets.words.iter().map(one).collect();
            asked.push(Asked { audience: userinfo, name: None, scopes });
        }
        Self { request, asked }
    }
    /// Whether there is anything that the person was not asked before.
    pub fn is_new(&self) -> bool {
        self.asked.iter().flat_map(|one| &one.scopes).any(|scope| scope.is_new)
    }
    /// What is remembered where the person agrees.
    pub fn consented(&self) -> ConsentedScopes {
        let scopes = |one: &Asked| ScopeSet::from_scopes(one.scopes.iter().map(|asked| asked.scope.clone()).collect());
        self.asked.iter().map(|one| (one.audience.clone(), scopes(one))).collect()
    }
}

/// The words of OpenID Connect in words for people.
fn words_of(scope: &Scope) -> String {
    let words = match scope.as_str() {
        "openid" => "Know who you are",
        "profile" => "See your name",
        "email" => "See your e-mail address",
        "address" => "See your postal address",
        "phone" => "See your telephone number",
        "offline_access" => "Keep its access while you are away",
        _ => "",
    };
    words.to_owned()
}
