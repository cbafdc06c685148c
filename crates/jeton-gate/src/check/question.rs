//! A question to the gate. Borrowed: asking allocates nothing.

use crate::{
    credential::{Credential, Scheme},
    dpop::Offered,
};
use jeton_core::{
    binding::Presented,
    change::Revision,
    demand::{Call, Demand},
    denial::Denial,
    id::OrganisationId,
    scope::Scope,
};
use std::net::IpAddr;

/// May the bearer of this credential do this?
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// What was presented, or why nothing usable was.
    pub credential: Result<Credential<'a>, Denial>,
    /// The API that is called; where it is in the catalogue, its routes add their scopes.
    pub audience: Option<&'a str>,
    /// Scopes that are demanded besides those of the API's routes.
    pub scopes: &'a [Scope],
    /// The method and the normal path of the call.
    pub call: Option<Call<'a>>,
    /// The caller's address.
    pub client_ip: Option<IpAddr>,
    /// The proof that came with a credential of the scheme `DPoP`.
    pub offered: Offered<'a>,
    /// The SHA-256 of the certificate of the caller's connection, the possession of its key proved.
    pub certificate: Option<[u8; 32]>,
    /// What the call costs of each limit; 0 only looks.
    pub cost: u32,
    /// The answer must be at least as new as this place in the change log.
    pub min_revision: Option<Revision>,
    /// Only tokens of this organisation are known; those of others are answered as unknown.
    pub within: Option<OrganisationId>,
    /// The caller's user agent.
    pub user_agent: Option<&'a str>,
    /// The gate's route that the request fell under, as configured; without it, the API's route counts.
    pub route: Option<&'a str>,
    /// Whether any live token for the API will do: no scopes are asked, whatever the API's own routes say.
    pub open: bool,
    /// Whether a permit gets a decision id too; a refusal always has one.
    pub with_decision: bool,
}

impl<'a> Question<'a> {
    /// A question about `credential` that demands nothing but that it is valid, and costs 1.
    pub const fn new(credential: Result<Credential<'a>, Denial>) -> Self {
        Self {
            credential,
            audience: None,
            scopes: &[],
            call: None,
            client_ip: None,
            offered: Offered::NONE,
            certificate: None,
            cost: 1,
            min_revision: None,
            within: None,
            user_agent: None,
            route: None,
            open: false,
            with_decision: false,
        }
    }
    /// How the credential was presented; one that is unusable counts as presented as it is.
    pub(super) fn scheme(&self) -> Scheme {
        self.credential.map(|credential| credential.scheme()).unwrap_or_default()
    }
    /// What the core is asked where nothing of a catalogue is added.
    pub(super) fn demand(&self, presented: Presented) -> Demand<'_> {
        Demand { audience: self.audience, call: self.call, client_ip: self.client_ip, presented, ..Demand::default() }
    }
}
