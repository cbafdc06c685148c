//! Where a call that came over HTTP is put to the gate: finds its route, asks, and gives either a permit or the finished
//! refusal. The check endpoint and the proxy both come through here, so that they cannot differ. Must never admit without
//! having asked.

use crate::{
    answer,
    check::{Gate, Passed, Question, Refused},
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

/// The route of a call and its path in one form, or why there is none.
type Found = Result<(Arc<GateRoute>, NormalPath), Denial>;

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
    /// Decides on a call. A refusal comes as the whole answer.
    pub async fn ask(&self, asked: &Asked<'_>) -> Result<Admitted, Response<Bytes>> {
        let found = self.find(asked);
        let outcome = self.gate.check(&self.question(asked, &found)).await;
        self.conclude(found, outcome)
    }
    /// The same from memory alone; `None` when somebody must be asked, which [`Entrance::ask`] does.
    pub fn ask_now(&self, asked: &Asked<'_>) -> Option<Result<Admitted, Response<Bytes>>> {
        let found = self.find(asked);
        let outcome = self.gate.check_now(&self.question(asked, &found))?;
        Some(self.conclude(found, outcome))
    }
    /// The route of a call and its path in one form.
    pub(crate) fn find(&self, asked: &Asked<'_>) -> Found {
        let routes = self.routes.load();
        routes.find(asked.host, asked.method, asked.path).map(|found| (Arc::clone(found.route), found.path))
    }
    /// What the gate is asked: what the route demands, or why there is none.
    fn question<'a>(&'a self, asked: &Asked<'a>, found: &'a Found) -> Question<'a> {
        let user_agent = asked.headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
        let about = |credential| Question { client_ip: asked.client_ip, user_agent, ..Question::new(credential) };
        match found {
            Err(denial) => about(Err(*denial)),
            Ok((route, path)) => Question {
                audience: Some(route.audience.as_str()),
                scopes: &route.scopes,
                call: Some(Call { method: asked.method, path }),
                route: Some(route.label()),
                min_revision: asked.min_revision,
                ..about(Credential::from_request(asked.headers, asked.query, &self.rules))
            },
        }
    }
    #[expect(clippy::result_large_err, reason = "a refusal is the finished answer; it is moved once, into the connection")]
    fn conclude(&self, found: Found, outcome: Result<Passed, Refused>) -> Result<Admitted, Response<Bytes>> {
        match (found, outcome) {
            (Ok((route, path)), Ok(passed)) => Ok(Admitted { route, path, passed }),
            (_, Err(refused)) => Err(answer::refusal(&refused, self.gate.settings())),
            // A question that brings its own denial is never answered with a permit.
            (Err(_), Ok(_)) => Err(HttpFault::Contradiction.response()),
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
