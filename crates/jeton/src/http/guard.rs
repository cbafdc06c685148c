//! The guard of the management interface: which scope each route demands, as a type, put to the same gate as every other call.
//!
//! A route is guarded by taking a [`Bearer`]; one that takes none is open and stands in the list of exceptions that the
//! tests hold.

use super::Context;
use crate::{authority::Shared, caller::Caller};
use axum::{
    body::Body,
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use http::{header, request::Parts};
use jeton_core::{
    demand::Call,
    denial::Denial,
    path::{NormalPath, PathRules},
    scope::Scope,
};
use jeton_gate::{
    answer,
    check::{Passed, Question, Refused},
    connection::Peer,
    credential::{Credential, CredentialRules, Scheme},
    dpop::{CalledUrl, Offered},
};
use std::{marker::PhantomData, sync::LazyLock};

/// A scope of the management interface.
pub trait ManagementScope: Send + Sync + 'static {
    /// Its text.
    const NAME: &'static str;
    /// The scope as a demand.
    fn demand() -> &'static [Scope];
}

/// A caller whose token holds the scope `S`.
#[derive(Debug)]
pub struct Bearer<S> {
    /// Who it is.
    pub caller: Caller,
    scope: PhantomData<S>,
}

impl<S: ManagementScope> Bearer<S> {
    /// A caller that [`admit`] let in for the scope `S`.
    pub(super) const fn of(caller: Caller) -> Self {
        Self { caller, scope: PhantomData }
    }
}

macro_rules! scopes {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $words:literal;)*) => {
        $(
            $(#[$doc])*
            #[derive(Debug)]
            pub struct $name;
            impl ManagementScope for $name {
                const NAME: &'static str = $text;
                fn demand() -> &'static [Scope] {
                    static DEMAND: LazyLock<Vec<Scope>> = LazyLock::new(|| Scope::parse($text).into_iter().collect());
                    &DEMAND
                }
            }
        )*
        /// Every scope of the management interface with what it lets a token do.
        pub const SCOPES: &[(&str, &str)] = &[$(($text, $words)),*];
    };
}

scopes! {
    /// Look at tokens, their use and their refusals.
    TokensRead = "tokens:read", "See tokens, their use and their refusals";
    /// Issue, rotate and derive tokens.
    TokensIssue = "tokens:issue", "Issue, rotate and derive tokens";
    /// Change what tokens may do, and resume them.
    TokensWrite = "tokens:write", "Change what tokens may do, and resume suspended ones";
    /// Suspend and revoke tokens.
    TokensRevoke = "tokens:revoke", "Suspend and revoke tokens";
    /// Ask about tokens that others presented.
    TokensVerify = "tokens:verify", "Ask whether a presented token is good for a call";
    /// Look at APIs.
    ApisRead = "apis:read", "See APIs";
    /// Add, change and remove APIs.
    ApisWrite = "apis:write", "Add, change and remove APIs";
    /// Look at projects.
    ProjectsRead = "projects:read", "See projects";
    /// Add, change and remove projects.
    ProjectsWrite = "projects:write", "Add, change and remove projects";
    /// Look at users.
    UsersRead = "users:read", "See users";
    /// Add, change, shut and remove users.
    UsersWrite = "users:write", "Add, change, shut and remove users";
    /// Look at OAuth clients.
    ClientsRead = "clients:read", "See OAuth clients";
    /// Register, change and remove OAuth clients.
    ClientsWrite = "clients:write", "Register, change and remove OAuth clients";
    /// Approve, reject, suspend and resume OAuth clients.
    ClientsApprove = "clients:approve", "Approve, reject, suspend and resume OAuth clients";
    /// Let a client register itself.
    ClientsRegister = "clients:register", "Register OAuth clients by dynamic registration";
    /// Look at signing keys.
    KeysRead = "keys:read", "See signing keys";
    /// Rotate keys.
    KeysWrite = "keys:write", "Rotate keys";
    /// See the policy of the organisation.
    PolicyRead = "policy:read", "See the organisation's policy";
    /// Lay down the policy of the organisation.
    PolicyWrite = "policy:write", "Lay down the organisation's policy";
    /// Read and check the audit chain.
    AuditRead = "audit:read", "Read and check the audit events";
    /// Follow the change log.
    ChangesRead = "changes:read", "Follow the change log";
    /// Look at verifiers.
    VerifiersRead = "verifiers:read", "See verifiers and how far they are";
    /// Follow as a gate.
    GateFollow = "gate:follow", "Guard the APIs that the token names: know their tokens and report their use";
    /// Add organisations.
    OrganisationsWrite = "organisations:write", "See and add organisations";
}

/// Lets the bearer of a credential in, or refuses with the whole answer.
pub async fn admit(authority: &Shared, parts: &Parts, scopes: &[Scope]) -> Result<Caller, Response> {
    let context = Context::of(&parts.extensions);
    let passed = pass(authority, parts, authority.config.issuer.as_str(), scopes).await?;
    Ok(Caller::new(passed.token, passed.permit.expires_at(), context.client_ip, context.request))
}

/// The same for another audience of the authority's own.
pub async fn pass(authority: &Shared, parts: &Parts, audience: &str, scopes: &[Scope]) -> Result<Passed, Response> {
    let context = Context::of(&parts.extensions);
    let path = NormalPath::parse(parts.uri.path(), PathRules::default());
    let rules = CredentialRules::default();
    let credential = match &path {
        Ok(_) => Credential::from_request(&parts.headers, parts.uri.query(), &rules),
        Err(_) => Err(Denial::AmbiguousPath),
    };
    let peer = parts.extensions.get::<Peer>().copied();
    let is_dpop = credential.is_ok_and(|credential| credential.scheme() == Scheme::Dpop);
    let url = CalledUrl::Below { base: &authority.config.issuer, path: parts.uri.path() };
    let question = Question {
        offered: if is_dpop { Offered::from_headers(&parts.headers, parts.method.as_str(), url) } else { Offered::NONE },
        certificate: authority.entrance.certificate(peer, &parts.headers),
        audience: Some(audience),
        scopes,
        call: path.as_ref().ok().map(|path| Call { method: parts.method.as_str(), path }),
        client_ip: context.client_ip,
        user_agent: parts.headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()),
        with_decision: false,
        ..Question::new(credential)
    };
    authority.gate.check(&question).await.map_err(|refused| turned(authority, &refused))
}

/// The answer to a refusal, as the gate gives it everywhere.
pub fn turned(authority: &Shared, refused: &Refused) -> Response {
    answer::refusal(refused, authority.gate.settings()).map(Body::from).into_response()
}

impl<S: ManagementScope> FromRequestParts<Shared> for Bearer<S> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, authority: &Shared) -> Result<Self, Response> {
        let caller = admit(authority, parts, S::demand()).await?;
        Ok(Self::of(caller))
    }
}
