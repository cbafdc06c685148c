//! The catalogue of APIs in the form that checks read: found by audience, each route with its printed pattern. Replaced whole.

mod together;

use crate::{memory::Known, port::Catalogue, spend::Link};
use foldhash::{HashMap, HashMapExt};
use jeton_core::{
    api::{Api, ApiRoute},
    authentication::SignInDemand,
    demand::Call,
    id::ApiId,
    scope::Scope,
};
use std::{sync::Arc, time::Duration};
use together::Shared;

/// All APIs, by audience and by id.
#[derive(Default)]
pub(crate) struct Directory {
    by_audience: HashMap<Box<str>, Listing>,
    by_id: HashMap<ApiId, Box<str>>,
    /// The shortest time that any API lets a memory be old, where one says so.
    strictest: Option<Duration>,
}

/// One API.
pub(crate) struct Listing {
    pub(crate) api: Arc<Api>,
    /// Each route as text, in the order of the API's routes.
    labels: Box<[Box<str>]>,
    /// What it counts together.
    limits: Box<[Shared]>,
    /// What each route counts together, in the order of the API's routes.
    route_limits: Box<[Box<[Shared]>]>,
}

/// What a call falls under.
#[derive(Clone, Copy)]
pub(crate) struct Ruling<'a> {
    /// The scopes that it must have.
    pub(crate) scopes: &'a [Scope],
    /// What it demands of the sign-in behind a token.
    pub(crate) sign_in: SignInDemand<'a>,
    /// The route's pattern, for usage.
    pub(crate) label: &'a str,
    /// What a call costs of every limit.
    pub(crate) cost: u32,
    /// What it counts together.
    limits: &'a [Shared],
}

impl Directory {
    pub(crate) fn new(catalogue: Catalogue) -> Self {
        let by_id = catalogue.apis.iter().map(|api| (api.id, api.audience.as_str().into())).collect();
        let strictest = catalogue.apis.iter().filter_map(|api| api.max_staleness_ms).min().map(milliseconds);
        let mut by_audience = HashMap::with_capacity(catalogue.apis.len());
        for api in catalogue.apis {
            let labels = api.routes.iter().map(|own| own.route.to_string().into()).collect();
            let limits = Shared::of(&api, None);
            let route_limits = api.routes.iter().map(|own| Shared::of(&api, Some(own))).collect();
            by_audience.entry(api.audience.as_str().into()).or_insert(Listing { api, labels, limits, route_limits });
        }
        Self { by_audience, by_id, strictest }
    }
    /// Whether a memory of this age may be trusted for calls of an audience, where `usual` holds for those that say nothing.
    pub(crate) fn trusts(&self, age: Duration, audience: Option<&str>, usual: Duration) -> bool {
        // Nearly always: then no API is looked up.
        if age <= self.strictest.map_or(usual, |strictest| strictest.min(usual)) {
            return true;
        }
        let own = audience.and_then(|audience| self.find(audience)).and_then(|listing| listing.api.max_staleness_ms);
        age <= own.map_or(usual, milliseconds)
    }
    /// How old a memory may be that calls of an audience are decided from while nobody can be asked; `None` where they are refused.
    pub(crate) fn served_stale(&self, audience: Option<&str>, usual: Duration) -> Option<Duration> {
        let api = &self.find(audience?)?.api;
        let more = Duration::from_secs(api.serve_stale_seconds?.into());
        Some(api.max_staleness_ms.map_or(usual, milliseconds).saturating_add(more))
    }
    pub(crate) fn find_id(&self, id: ApiId) -> Option<&Listing> {
        self.by_id.get(&id).and_then(|audience| self.find(audience)).filter(|listing| listing.api.id == id)
    }
    pub(crate) fn find(&self, audience: &str) -> Option<&Listing> {
        self.by_audience.get(audience)
    }
    /// All APIs, in no order.
    pub(crate) fn apis(&self) -> impl Iterator<Item = &Arc<Api>> {
        self.by_audience.values().map(|listing| &listing.api)
    }
}

impl Listing {
    /// The route of this API that a call falls under.
    pub(crate) fn ruling(&self, call: Call<'_>) -> Option<Ruling<'_>> {
        let found: &ApiRoute = self.api.route_for(call.method, call.path)?;
        let at = self.api.routes.iter().position(|own| std::ptr::eq(own, found));
        let label = at.and_then(|at| self.labels.get(at)).map_or("-", |label| label);
        let limits = at.and_then(|at| self.route_limits.get(at)).map(|limits| &**limits).unwrap_or_default();
        Some(Ruling { scopes: found.scopes.iter().as_slice(), sign_in: found.sign_in(), label, cost: found.cost.unwrap_or(1), limits })
    }
    /// What a call of a token spends besides the token's own limits: of the API, and of the route that it falls under.
    pub(crate) fn spent<'a>(&'a self, ruling: Option<Ruling<'a>>, token: &Known) -> impl Iterator<Item = Link<'a>> {
        let of_route = ruling.map(|ruling| ruling.limits).unwrap_or_default();
        self.limits.iter().chain(of_route).filter_map(|shared| shared.link(token))
    }
    /// Whether each of `scopes` is one of this API's and marked public.
    pub(crate) fn are_public(&self, scopes: &[Scope]) -> bool {
        scopes.iter().all(|wanted| self.api.scopes.iter().any(|own| own.public && own.scope == *wanted))
    }
}

fn milliseconds(number: u32) -> Duration {
    Duration::from_millis(number.into())
}
