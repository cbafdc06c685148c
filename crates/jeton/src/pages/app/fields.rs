//! The fields of the form that registers and changes an app: what it begins with, and what it comes to.

use super::differences::kind;
use crate::{
    authority::Authority,
    caller::Caller,
    own_apps::{AppKind, AppWish, Picture},
    pages::{consent::scopes::words_of, filled::Filled, form::Form},
};
use jeton_core::{
    api::ApiScope,
    oauth::{registration::Registration, scope_words},
    scope::{Scope, ScopeSet},
};

/// The fields that the form shows, for faults of the use case.
pub const FIELDS: [&str; 7] = ["client_name", "kind", "client_uri", "redirect_uris", "purpose", "scope", "logo"];

/// The scopes of one API, or of the account, to choose from.
#[derive(Clone, Debug)]
pub struct ScopeChoice {
    /// Whose they are.
    pub name: String,
    /// The audience; empty for the account.
    pub audience: String,
    /// The scopes.
    pub scopes: Vec<ScopeBox>,
}

/// A scope to choose.
#[derive(Clone, Debug)]
pub struct ScopeBox {
    /// Its name.
    pub scope: String,
    /// What it lets do, in the words of who owns it.
    pub words: String,
    /// Whether it is looked at closely.
    pub is_sensitive: bool,
}

/// A kind of app to choose.
#[derive(Clone, Copy, Debug)]
pub struct KindChoice {
    /// Its word.
    pub value: &'static str,
    /// What it is.
    pub words: &'static str,
    /// What that means.
    pub hint: &'static str,
}

/// The kinds of apps.
pub fn kinds() -> [KindChoice; 4] {
    AppKind::ALL.map(|own| KindChoice {
        value: own.as_str(),
        words: kind(own),
        hint: match own {
            AppKind::Web => "It keeps a secret on its server and signs people in.",
            AppKind::Browser => "It signs people in and can keep no secret: it proves itself by PKCE.",
            AppKind::Native => "It signs people in on their device, or shows them a code to type elsewhere. No secret.",
            AppKind::Service => "It keeps a secret and calls APIs without a person.",
        },
    })
}

/// The scopes that an app of the caller's organisation may ask for, by API.
pub fn choices(authority: &Authority, caller: &Caller) -> Vec<ScopeChoice> {
    let apis = authority.gate.apis_of(caller.organisation());
    let of_api = |own: &ApiScope| ScopeBox { scope: own.scope.to_string(), words: own.description.clone(), is_sensitive: own.sensitive };
    let own = apis.iter().filter(|api| !authority.is_management(&api.audience) && !api.scopes.is_empty()).map(|api| ScopeChoice {
        name: api.name.as_str().to_owned(),
        audience: api.audience.as_str().to_owned(),
        scopes: api.scopes.iter().map(of_api).collect(),
    });
    let words = scope_words::scope_words();
    let of_person = |scope: &Scope| ScopeBox { scope: scope.to_string(), words: words_of(scope).to_owned(), is_sensitive: false };
    let account =
        ScopeChoice { name: "The person's account".to_owned(), audience: String::new(), scopes: words.iter().map(of_person).collect() };
    own.chain(std::iter::once(account)).collect()
}

/// What the form for another app begins with.
pub fn begun() -> Filled {
    Filled::with([("kind", "web"), ("scopes", "openid")])
}

/// What the form for a change begins with.
pub fn filled(registration: &Registration, purpose: &str) -> Filled {
    let (redirects, scopes) = (registration.redirect_uris.join("\n"), registration.scopes());
    let fields = [
        ("client_name", registration.client_name.as_deref().unwrap_or_default()),
        ("kind", AppKind::of(registration).as_str()),
        ("client_uri", registration.client_uri.as_deref().unwrap_or_default()),
        ("redirect_uris", redirects.as_str()),
        ("purpose", purpose),
    ];
    Filled::with(fields.into_iter().chain(scopes.iter().map(|scope| ("scopes", scope.as_str()))))
}

/// The app that a form asks for; `None` where its kind is none.
pub fn wish(form: &Form, picture: Picture) -> Option<AppWish> {
    let scopes = form.fields.all("scopes").filter_map(|text| Scope::parse(text).ok()).collect();
    Some(AppWish {
        name: form.field("client_name").to_owned(),
        kind: AppKind::parse(form.field("kind"))?,
        home: form.field("client_uri").to_owned(),
        redirect_uris: form.field("redirect_uris").to_owned(),
        scopes: ScopeSet::from_scopes(scopes),
        purpose: form.field("purpose").trim().to_owned(),
        picture,
    })
}
