//! The table that the router of the pages is built from, so that whoever must look at every page (navigation, tests) cannot miss
//! one. Knows of each address whether there is a page to look at, or only something to send a form to.

use crate::authority::Shared;
use axum::{Router, routing::MethodRouter};
use std::{collections::BTreeSet, sync::LazyLock};

/// Addresses with what answers there.
#[derive(Default)]
pub struct Routes(Vec<Route>);

struct Route {
    path: &'static str,
    is_page: bool,
    methods: MethodRouter<Shared>,
}

impl Routes {
    /// A page, and what its own forms send to the same address.
    #[must_use]
    pub fn page(self, path: &'static str, methods: MethodRouter<Shared>) -> Self {
        self.and(Route { path, is_page: true, methods })
    }
    /// An address that nobody looks at: forms are sent there, or what is fetched there is no page.
    #[must_use]
    pub fn action(self, path: &'static str, methods: MethodRouter<Shared>) -> Self {
        self.and(Route { path, is_page: false, methods })
    }
    /// All of another table.
    #[must_use]
    pub fn with(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }
    /// The router.
    pub fn into_router(self) -> Router<Shared> {
        self.0.into_iter().fold(Router::new(), |router, route| router.route(route.path, route.methods))
    }
    fn and(mut self, route: Route) -> Self {
        self.0.push(route);
        self
    }
}

impl std::fmt::Debug for Routes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|route| route.path)).finish()
    }
}

static PAGES: LazyLock<BTreeSet<&'static str>> =
    LazyLock::new(|| super::routes().0.into_iter().filter(|route| route.is_page).map(|route| route.path).collect());

/// The path of every page, with `{…}` where an id stands.
pub fn pages() -> impl Iterator<Item = &'static str> {
    PAGES.iter().copied()
}

/// Whether there is a page at this path.
pub fn is_page(path: &str) -> bool {
    PAGES.contains(path)
}
