//! Who calls a use case: the bearer of a token that the gate let pass, or a person who is signed in. Holds no secret.

use crate::roles;
use jeton_core::{
    allowance::Allowances,
    id::{OrganisationId, RequestId, TokenId},
    kind::{TokenFormat, TokenKind},
    name::Audience,
    network::Networks,
    policy::Policy,
    scope::Scope,
    timestamp::Timestamp,
};
use jeton_gate::check::TokenView;
use jeton_store::{audit::Actor, user::User};
use std::{net::IpAddr, sync::Arc};

/// A caller that was let in.
#[derive(Clone, Debug)]
pub struct Caller {
    who: Who,
    /// When the presented secret stops working; `None` for a person, who can sign in again.
    pub expires_at: Option<Timestamp>,
    /// From where it calls.
    pub client_ip: Option<IpAddr>,
    /// The request.
    pub request: RequestId,
}

#[derive(Clone, Debug)]
enum Who {
    Bearer(TokenView),
    Person(Arc<Person>),
}

/// A person, with what the role may do on the management interface.
#[derive(Debug)]
struct Person {
    subject: String,
    policy: Policy,
}

impl Caller {
    /// The bearer of a token.
    pub const fn new(token: TokenView, expires_at: Option<Timestamp>, client_ip: Option<IpAddr>, request: RequestId) -> Self {
        Self { who: Who::Bearer(token), expires_at, client_ip, request }
    }
    /// Somebody who is signed in, who may do what the role may. `management` is the audience of the management interface.
    pub fn person(user: &User, management: Audience, client_ip: Option<IpAddr>, request: RequestId) -> Self {
        let policy = Policy {
            organisation: user.organisation,
            project: None,
            kind: TokenKind::Pat,
            format: TokenFormat::Opaque,
            client_id: None,
            parent: None,
            audiences: vec![management],
            scopes: roles::scopes(user.role),
            networks: Networks::default(),
            routes: Vec::new(),
            allowances: Allowances::default(),
            binding: None,
            exchanged: false,
            signed_by: None,
            authentication: None,
        };
        let person = Person { subject: user.id.to_string(), policy };
        Self { who: Who::Person(Arc::new(person)), expires_at: None, client_ip, request }
    }
    /// The id of the token that was presented; a person presents none.
    pub fn token_id(&self) -> Option<TokenId> {
        match &self.who {
            Who::Bearer(token) => Some(token.id()),
            Who::Person(_) => None,
        }
    }
    /// Whose objects it sees.
    pub fn organisation(&self) -> OrganisationId {
        self.policy().organisation
    }
    /// Whom it speaks for.
    pub fn subject(&self) -> &str {
        match &self.who {
            Who::Bearer(token) => token.subject(),
            Who::Person(person) => &person.subject,
        }
    }
    /// What it may do.
    pub fn policy(&self) -> &Policy {
        match &self.who {
            Who::Bearer(token) => token.policy(),
            Who::Person(person) => &person.policy,
        }
    }
    /// Whether it holds a scope of the management interface.
    pub fn may(&self, scope: &Scope) -> bool {
        self.policy().scopes.covers(scope)
    }
    /// By what its repeated requests are known: the token's digits, or the person's id.
    pub fn key_owner(&self) -> String {
        self.token_id().map_or_else(|| self.subject().to_owned(), |id| id.to_string())
    }
    /// How the audit names it.
    pub fn actor(&self, at: Timestamp) -> Actor {
        let who = match self.token_id() {
            Some(id) => format!("token:{id}"),
            None => format!("user:{}", self.subject()),
        };
        Actor { who, at, request: Some(self.request), client_ip: self.client_ip }
    }
}
