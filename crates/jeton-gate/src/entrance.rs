//! Where a call that came over HTTP is put to the gate: finds its route, asks, and gives either a permit or the finished
//! refusal. The check endpoint and the proxy both come through here, so that they cannot differ. Must never admit without
//! having asked.

use crate::{
    answer,
    check::{Gate, Passed, Question},
    client_address::TrustedProxies,
    connection::Peer,
    credential::{Credential, CredentialRules},
    http_fault::HttpFault,
    min_revision,
    route_table::{GateRoute, RouteTable},
};
use arc_swap::ArcSwap;
use bytes::Bytes;
use http::{HeaderMap, Response, header};
use jeton_core::{change::Revision, demand::Call, denial::Denial, id::TokenId, path::NormalPath};
use std::{net::IpAddr, sync::Arc};

/// The gate with what it needs to understand HTTP. Cheap to clone.
#[derive(Clone)]
pub struct Entrance {
    gate: Gate,
    routes: Arc<ArcSwap<RouteTable>>,
    trusted: Arc<TrustedProxies>,
    rules: Arc<CredentialRules>,
}

/// A call as it came, in parts.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The fields that the credential is among.
    pub headers: &'a HeaderMap,
    /// The method.
    pub method: &'a str,
    /// The host in its one spelling, where it is known.
    pub host: Option<&'a str>,
    /// The path as it was sent.
    pub path: &'a str,
    /// The query as it was sent.
    pub query: Option<&'a str>,
    /// The client's address, where it is known.
    pub client_ip: Option<IpAddr>,
    /// How new the answer must be, where somebody who is trusted said.
    pub min_revision: Option<Revision>,
}

/// A call that may pass, with the path that was decided on.
#[derive(Clone, Debug)]
pub struct Admitted {
    /// The route that it fell under.
    pub route: Arc<GateRoute>,
    /// The path in its one form: this and no other is passed on.
    pub path: NormalPath,
    /// What the decision rests on.
    pub passed: Passed,
}

impl Entrance {
    /// An entrance for these routes.
    pub fn new(gate: Gate, routes: RouteTable, trusted: TrustedProxies, rules: CredentialRules) -> Self {
        Self { gate, routes: Arc::new(ArcSwap::from_pointee(routes)), trusted: Arc::new(trusted), rules: Arc::new(rules) }
    }
    /// Replaces the routes, for all clones.
    pub fn set_routes(&self, routes: RouteTable) {
        self.routes.store(Arc::new(routes));
    }
    /// The gate behind it.
    pub fn gate(&self) -> &Gate {
        &self.gate
    }
    /// Whose word about a client is taken.
    pub fn trusted(&self) -> &TrustedProxies {
        &self.trusted
    }
    /// The client's address of a request that came from `peer`.
    pub fn client_address(&self, peer: Option<Peer>, headers: &HeaderMap) -> Option<IpAddr> {
        self.trusted.client_address(peer?.address.ip(), headers)
    }
    /// How new the answer must be, as a request from `peer` says: of a trusted proxy, and of nobody else.
    pub(crate) fn min_revision(&self, peer: Option<Peer>, headers: &HeaderMap) -> Result<Option<Revision>, HttpFault> {
        if peer.is_some_and(|peer| self.trusted.trusts(peer.address.ip())) { min_revision::read(headers) } else { Ok(None) }
    }
    /// The route of a call and its path in one form.
    pub(crate) fn find(&self, asked: &Asked<'_>) -> Result<(Arc<GateRoute>, NormalPath), Denial> {
        let routes = self.routes.load();
        routes.find(asked.host, asked.method, asked.path).map(|found| (Arc::clone(found.route), found.path))
    }
    /// Decides on a call. A refusal comes as the whole answer.
    pub async fn ask(&self, asked: &Asked<'_>) -> Result<Admitted, Response<Bytes>> {
        let user_agent = asked.headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
        let about = |credential| Question { client_ip: asked.client_ip, user_agent, ..Question::new(credential) };
        let (route, path) = match self.find(asked) {
            Ok(found) => found,
            Err(denial) => return Err(self.refused(&about(Err(denial))).await),
        };
        let question = Question {
            audience: Some(route.audience.as_str()),
            scopes: &route.scopes,
            call: Some(Call { method: asked.method, path: &path }),
            route: Some(route.label()),
            min_revision: asked.min_revision,
            ..about(Credential::from_request(asked.headers, asked.query, &self.rules))
        };
        match self.gate.check(&question).await {
            Ok(passed) => Ok(Admitted { route, path, passed }),
            Err(refused) => Err(answer::refusal(&refused, self.gate.settings())),
        }
    }
    /// The answer to a question that brings its own denial.
    async fn refused(&self, question: &Question<'_>) -> Response<Bytes> {
        match self.gate.check(question).await {
            Err(refused) => answer::refusal(&refused, self.gate.settings()),
            // A question without a credential is never answered with a permit.
            Ok(_) => HttpFault::Contradiction.response(),
        }
    }
    /// Whether a call that was admitted would still be: for connections that outlive their first request. Counts nothing.
    pub(crate) async fn still_admits(
        &self,
        token: TokenId,
        route: &GateRoute,
        call: Call<'_>,
        client_ip: Option<IpAddr>,
    ) -> Result<(), Denial> {
        let question = Question {
            audience: Some(route.audience.as_str()),
            scopes: &route.scopes,
            call: Some(call),
            route: Some(route.label()),
            client_ip,
            cost: 0,
            ..Question::new(Err(Denial::NoCredential))
        };
        self.gate.explain(token, &question).await
    }
}
