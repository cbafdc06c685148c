//! Where a call that came over HTTP is put to the gate: finds its route, asks, and gives either a permit or the finished
//! refusal. The check endpoint and the proxy both come through here, so that they cannot differ. Must never admit without
//! having asked.

use crate::{
    answer,
    check::{Gate, Passed, Question, Refused},
    client_address::TrustedProxies,
    connection::Peer,
    credential::{Credential, CredentialRules, Scheme},
    dpop::{self, CalledUrl, Offered},
    http_fault::HttpFault,
    min_revision,
    route_table::{Access, GateRoute, RouteTable},
};
use arc_swap::ArcSwap;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, Response, header};
use jeton_core::{change::Revision, client_certificate, demand::Call, denial::Denial, id::TokenId, path::NormalPath};
use std::{net::IpAddr, sync::Arc};

mod caller;

pub use caller::{Caller, Note, PassedOver, WARNING};

/// The gate with what it needs to understand HTTP. Cheap to clone.
#[derive(Clone)]
pub struct Entrance {
    gate: Gate,
    routes: Arc<ArcSwap<RouteTable>>,
    trusted: Arc<TrustedProxies>,
    rules: Arc<CredentialRules>,
    certificate_header: Option<HeaderName>,
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
    /// The host with its port as it was sent, where it is known.
    pub authority: Option<&'a str>,
    /// Whether the client's own connection is encrypted.
    pub secure: bool,
    /// The SHA-256 of the client's certificate, where it has one.
    pub certificate: Option<[u8; 32]>,
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
    /// Who calls.
    pub caller: Caller,
}

/// The route of a call and its path in one form, or why there is none.
type Found = Result<(Arc<GateRoute>, NormalPath), Denial>;

impl Entrance {
    /// An entrance for these routes.
    pub fn new(gate: Gate, routes: RouteTable, trusted: TrustedProxies, rules: CredentialRules) -> Self {
        Self {
            gate,
            routes: Arc::new(ArcSwap::from_pointee(routes)),
            trusted: Arc::new(trusted),
            rules: Arc::new(rules),
            certificate_header: None,
        }
    }
    /// Believes trusted proxies about certificates of clients, which they hand on in this header.
    #[must_use]
    pub fn with_certificate_header(self, name: Option<HeaderName>) -> Self {
        Self { certificate_header: name, ..self }
    }
    /// Replaces the routes, for all clones.
    pub fn set_routes(&self, routes: RouteTable) {
        self.routes.store(Arc::new(routes));
    }
    /// Whether one of the routes covers a call; one whose path cannot be read in one way is left to them.
    pub fn covers(&self, host: Option<&str>, method: &str, raw_path: &str) -> bool {
        !matches!(self.routes.load().find(host, method, raw_path), Err(Denial::NoSuchRoute))
    }
    /// The gate behind it.
    pub fn gate(&self) -> &Gate {
        &self.gate
    }
    /// Whose word about a client is taken.
    pub fn trusted(&self) -> &TrustedProxies {
        &self.trusted
    }
    /// Whether a field may carry a credential here: its token, or the proof that goes with one.
    pub fn is_credential(&self, name: &HeaderName) -> bool {
        *name == header::AUTHORIZATION || *name == dpop::PROOF || self.rules.api_key_headers.contains(name)
    }
    /// Takes away whatever may carry a credential here.
    pub(crate) fn take_credentials(&self, headers: &mut HeaderMap) {
        headers.remove(header::AUTHORIZATION);
        headers.remove(dpop::PROOF);
        for name in &self.rules.api_key_headers {
            headers.remove(name);
        }
    }
    /// The client's address of a request that came from `peer`.
    pub fn client_address(&self, peer: Option<Peer>, headers: &HeaderMap) -> Option<IpAddr> {
        self.trusted.client_address(peer?.address.ip(), headers)
    }
    /// Whether the client's own connection is encrypted: as a trusted proxy says, or as seen here.
    pub fn is_secure(&self, peer: Option<Peer>, headers: &HeaderMap) -> bool {
        let Some(peer) = peer else { return false };
        let told = if self.trusted.trusts(peer.address.ip()) { self.trusted.told_secure(headers) } else { None };
        told.unwrap_or(peer.secure)
    }
    /// The thumbprint of the client's certificate: as a trusted proxy hands it on, or of the connection. A certificate of the
    /// proxy's own is not the client's.
    pub fn certificate(&self, peer: Option<Peer>, headers: &HeaderMap) -> Option<[u8; 32]> {
        self.handed_on_certificate(peer, headers).map_or_else(
            || peer.filter(|peer| !self.trusted.trusts(peer.address.ip())).and_then(|peer| peer.certificate),
            |der| Some(client_certificate::thumbprint(&der)),
        )
    }
    /// The client's certificate in DER, where a trusted proxy hands it on.
    pub fn handed_on_certificate(&self, peer: Option<Peer>, headers: &HeaderMap) -> Option<Vec<u8>> {
        let name = self.certificate_header.as_ref()?;
        peer.filter(|peer| self.trusted.trusts(peer.address.ip()))?;
        let mut values = headers.get_all(name).iter();
        match (values.next(), values.next()) {
            (Some(one), None) => client_certificate::read_header(one.as_bytes()),
            _ => None,
        }
    }
    /// How new the answer must be, as a request from `peer` says: of a trusted proxy, and of nobody else.
    pub(crate) fn min_revision(&self, peer: Option<Peer>, headers: &HeaderMap) -> Result<Option<Revision>, HttpFault> {
        if peer.is_some_and(|peer| self.trusted.trusts(peer.address.ip())) { min_revision::read(headers) } else { Ok(None) }
    }
    /// Decides on a call. A refusal comes as the whole answer.
    pub async fn ask(&self, asked: &Asked<'_>) -> Result<Admitted, Response<Bytes>> {
        let found = self.find(asked);
        let question = self.question(asked, &found);
        if comes_without(&found, &question) {
            return self.let_in(found);
        }
        let outcome = self.gate.check(&question).await;
        self.conclude(found, outcome)
    }
    /// The same from memory alone; `None` when somebody must be asked, which [`Entrance::ask`] does.
    pub fn ask_now(&self, asked: &Asked<'_>) -> Option<Result<Admitted, Response<Bytes>>> {
        let found = self.find(asked);
        let question = self.question(asked, &found);
        if comes_without(&found, &question) {
            return Some(self.let_in(found));
        }
        let outcome = self.gate.check_now(&question)?;
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
            Ok((route, path)) => self.about_call(asked, route, path, user_agent),
        }
    }
    fn about_call<'a>(
        &'a self,
        asked: &Asked<'a>,
        route: &'a GateRoute,
        path: &'a NormalPath,
        user_agent: Option<&'a str>,
    ) -> Question<'a> {
        let credential = Credential::from_request(asked.headers, asked.query, &self.rules);
        let is_dpop = credential.is_ok_and(|credential| credential.scheme() == Scheme::Dpop);
        let url = match asked.authority {
            Some(authority) => CalledUrl::Parts { secure: asked.secure, authority, path: asked.path },
            None => CalledUrl::Unknown,
        };
        Question {
            audience: Some(route.audience.as_str()),
            scopes: &route.scopes,
            call: Some(Call { method: asked.method, path }),
            route: Some(route.label()),
            open: route.access.asks_no_scopes(),
            min_revision: asked.min_revision,
            client_ip: asked.client_ip,
            user_agent,
            certificate: asked.certificate,
            offered: if is_dpop { Offered::from_headers(asked.headers, asked.method, url) } else { Offered::NONE },
            ..Question::new(credential)
        }
    }
    /// Lets somebody in who has no token and needs none.
    #[expect(clippy::result_large_err, reason = "a refusal is the finished answer; it is moved once, into the connection")]
    fn let_in(&self, found: Found) -> Result<Admitted, Response<Bytes>> {
        let (route, path) = found.map_err(|denial| answer::refusal(&Refused::outright(denial, self.gate.now()), self.gate.settings()))?;
        self.gate.meters().anonymous.increment(1);
        Ok(Admitted { route, path, caller: Caller::Anonymous(None) })
    }
    #[expect(clippy::result_large_err, reason = "a refusal is the finished answer; it is moved once, into the connection")]
    fn conclude(&self, found: Found, outcome: Result<Passed, Refused>) -> Result<Admitted, Response<Bytes>> {
        match (found, outcome) {
            (Ok((route, path)), Ok(passed)) => Ok(Admitted { route, path, caller: Caller::Known(Box::new(passed)) }),
            (Ok((route, path)), Err(refused)) if route.access == Access::Public => {
                let settings = self.gate.settings();
                let over = PassedOver::of(&refused, settings.disclosure).ok_or_else(|| answer::refusal(&refused, settings))?;
                self.gate.meters().passed_over.increment(1);
                Ok(Admitted { route, path, caller: Caller::Anonymous(Some(over)) })
            }
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
            open: route.access.asks_no_scopes(),
            client_ip,
            cost: 0,
            ..Question::new(Err(Denial::NoCredential))
        };
        self.gate.explain(token, &question).await
    }
}

/// Whether a call comes without a token to a route that needs none.
fn comes_without(found: &Found, question: &Question<'_>) -> bool {
    question.credential == Err(Denial::NoCredential) && found.as_ref().is_ok_and(|(route, _)| route.access == Access::Public)
}
