//! Who calls the management interface: a token that the gate let pass. Holds no secret.

use jeton_core::{
    id::{OrganisationId, RequestId, TokenId},
    policy::Policy,
    timestamp::Timestamp,
};
use jeton_gate::check::TokenView;
use jeton_store::audit::Actor;
use std::net::IpAddr;

/// A caller that was let in.
#[derive(Clone, Debug)]
pub struct Caller {
    token: TokenView,
    /// When the presented secret stops working.
    pub expires_at: Option<Timestamp>,
    /// From where it calls.
    pub client_ip: Option<IpAddr>,
    /// The request.
    pub request: RequestId,
}

impl Caller {
    /// The bearer of a token.
    pub const fn new(token: TokenView, expires_at: Option<Timestamp>, client_ip: Option<IpAddr>, request: RequestId) -> Self {
        Self { token, expires_at, client_ip, request }
    }
    /// The token's id.
    pub fn token_id(&self) -> TokenId {
        self.token.id()
    }
    /// Whose objects it sees.
    pub fn organisation(&self) -> OrganisationId {
        self.token.organisation()
    }
    /// Whom it speaks for.
    pub fn subject(&self) -> &str {
        self.token.subject()
    }
    /// What it may do.
    pub fn policy(&self) -> &Policy {
        self.token.policy()
    }
    /// How the audit names it.
    pub fn actor(&self, at: Timestamp) -> Actor {
        Actor { who: format!("token:{}", self.token_id()), at, request: Some(self.request), client_ip: self.client_ip }
    }
}
