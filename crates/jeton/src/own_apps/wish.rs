//! What a developer says of an app, and the registration that it comes to.

use super::askable;
use crate::{authority::Authority, caller::Caller, oauth::register, problem::Problem};
use jeton_core::{
    fault::Invalid,
    limits,
    oauth::registration::{ApplicationType, AuthMethod, MetadataFault, Registration},
    scope::ScopeSet,
};
use serde_json::{Map, Value, json};

/// What kind of software an app is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppKind {
    /// On a server: it can keep a secret.
    Web,
    /// In a browser, without a server of its own.
    Browser,
    /// On somebody's machine.
    Native,
    /// It acts for itself, without a person.
    Service,
}

/// What becomes of an app's picture.
#[derive(Clone, PartialEq, Eq)]
pub enum Picture {
    /// It stays as it is.
    Keep,
    /// There is none any more.
    None,
    /// This one, read and made small before.
    New(Vec<u8>),
}

/// An app as its developer wants it.
#[derive(Clone, Debug)]
pub struct AppWish {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: AppKind,
    /// Its home page; empty for none.
    pub home: String,
    /// Where answers may be sent, one on each line.
    pub redirect_uris: String,
    /// What it wants to be allowed.
    pub scopes: ScopeSet,
    /// Why, for whoever approves it.
    pub purpose: String,
    /// Its picture.
    pub picture: Picture,
}

impl AppKind {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::Web, Self::Browser, Self::Native, Self::Service];

    /// Its word in forms.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Browser => "browser",
            Self::Native => "native",
            Self::Service => "service",
        }
    }
    /// From its word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|own| own.as_str() == text)
    }
    /// What a registration is.
    pub fn of(registration: &Registration) -> Self {
        let has_code = !registration.response_types.is_empty();
        match (has_code, registration.token_endpoint_auth_method.is_public(), registration.application_type) {
            (false, ..) => Self::Service,
            (true, true, ApplicationType::Native) => Self::Native,
            (true, true, ApplicationType::Web) => Self::Browser,
            (true, false, _) => Self::Web,
        }
    }
    fn put_into(self, members: &mut Map<String, Value>) {
        let (kind, proof, grants): (&str, AuthMethod, &[&str]) = match self {
            Self::Web => ("web", AuthMethod::ClientSecretBasic, &["authorization_code", "refresh_token"]),
            Self::Browser => ("web", AuthMethod::None, &["authorization_code", "refresh_token"]),
            Self::Native => {
                ("native", AuthMethod::None, &["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"])
            }
            Self::Service => ("web", AuthMethod::ClientSecretBasic, &["client_credentials"]),
        };
        members.insert("application_type".to_owned(), json!(kind));
        members.insert("token_endpoint_auth_method".to_owned(), json!(proof.as_str()));
        members.insert("grant_types".to_owned(), json!(grants));
        members.remove("response_types");
    }
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Keep => f.write_str("Keep"),
            Self::None => f.write_str("None"),
            Self::New(image) => write!(f, "New({} bytes)", image.len()),
        }
    }
}

impl AppWish {
    /// The registration that this comes to; what the form does not ask for stays as it was.
    pub(super) async fn registration(
        &self,
        authority: &Authority,
        caller: &Caller,
        before: Option<&Registration>,
    ) -> Result<Registration, Problem> {
        self.check(authority, caller)?;
        let mut members = match before.map(serde_json::to_value) {
            Some(Ok(Value::Object(members))) => members,
            _ => Map::new(),
        };
        if before.is_none_or(|before| AppKind::of(before) != self.kind) {
            self.kind.put_into(&mut members);
        }
        members.insert("client_name".to_owned(), json!(self.name.trim()));
        members.insert("redirect_uris".to_owned(), json!(self.redirect_uris()));
        members.insert("scope".to_owned(), json!(self.scopes.to_spaced()));
        match self.home.trim() {
            "" => drop(members.remove("client_uri")),
            home => drop(members.insert("client_uri".to_owned(), json!(home))),
        }
        if self.picture != Picture::Keep {
            members.remove("logo_uri");
        }
        let told = |fault: MetadataFault| Problem::field(fault.member, &fault.rule);
        let wanted = Registration::validate(&members, authority.config.oauth.development).map_err(told)?;
        register::check_sector(authority, &wanted).await.map_err(told)?;
        Ok(wanted)
    }
    fn redirect_uris(&self) -> Vec<&str> {
        if self.kind == AppKind::Service {
            return Vec::new();
        }
        self.redirect_uris.lines().map(str::trim).filter(|line| !line.is_empty()).collect()
    }
    fn check(&self, authority: &Authority, caller: &Caller) -> Result<(), Problem> {
        let fault = |field: &str, rule: String| Err(Problem::field(field, &Invalid::new(rule)));
        if self.name.trim().is_empty() {
            return fault("client_name", "is required: people see it when they are asked to allow the app".to_owned());
        }
        if self.scopes.is_empty() {
            return fault("scope", "must hold at least one scope: tick what the app needs".to_owned());
        }
        let askable = askable(authority, caller);
        if let Some(other) = self.scopes.iter().find(|scope| !askable.covers(scope)) {
            return fault("scope", format!("must hold only scopes of the APIs here (`{other}` is none)"));
        }
        let length = self.purpose.chars().count();
        if self.purpose.trim().is_empty()
            || length > limits::COMMENT_MAX
            || self.purpose.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r'))
        {
            return fault("purpose", format!("must say in 1 to {} characters why the app is wanted", limits::COMMENT_MAX));
        }
        Ok(())
    }
}
