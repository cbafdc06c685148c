//! What the examples stand on: one API, and one token in a table. A real service implements [`TokenSource`] over what its authority
//! tells it, and keeps the gate current as the crate's documentation says.

use jeton_core::{
    allowance::Allowances,
    api::{Api, ApiRoute, ApiScope},
    change::Revision,
    facts::{Secrets, TokenRecord, TokenState},
    id::{ApiId, OrganisationId, TokenId},
    kind::{TokenFormat, TokenKind},
    name::{Audience, Name, Subject},
    network::Networks,
    policy::Policy,
    route::Route,
    scope::{Scope, ScopeSet},
    token_text::PlainToken,
    usage::UsageEvent,
};
use jeton_gate::{
    Gate, Ports,
    clock::SystemClock,
    port::{Answering, Catalogue, Loaded, SourceFault, TokenSource, UsageSink},
    settings::Settings,
};
use std::{error::Error, sync::Arc, time::Duration};

/// The API that the service is.
pub(crate) const AUDIENCE: &str = "https://orders.example.com";

/// A table of one token, which is never changed.
struct Table(TokenRecord);

impl TokenSource for Table {
    fn find(&self, id: TokenId) -> Answering<'_, Result<Loaded, SourceFault>> {
        let record = (self.0.id == id).then(|| self.0.clone());
        Box::pin(async move { Ok(Loaded { record, as_of: Revision::default() }) })
    }
}

/// Throws use away.
struct Unwatched;

impl UsageSink for Unwatched {
    fn record(&self, _: &UsageEvent<'_>) {}
}

/// A gate that knows the API, and the text of the token in its table.
pub(crate) fn gate() -> Result<(Gate, PlainToken), Box<dyn Error>> {
    let organisation = OrganisationId::from_random(rand::random());
    let id = TokenId::from_random(rand::random());
    let plain = PlainToken::from_random(None, TokenKind::Svc, id, &rand::random());
    let policy = Policy {
        organisation,
        project: None,
        kind: TokenKind::Svc,
        format: TokenFormat::Opaque,
        client_id: None,
        binding: None,
        exchanged: false,
        signed_by: None,
        authentication: None,
        parent: None,
        audiences: vec![Audience::parse(AUDIENCE)?],
        scopes: ScopeSet::parse_list(&["orders:read"])?,
        networks: Networks::parse(&["127.0.0.0/8"], &[])?,
        routes: Vec::new(),
        allowances: Allowances::default(),
    };
    let record = TokenRecord {
        id,
        secrets: Secrets { current: plain.digest(), previous: None },
        subject: Subject::parse("robot")?,
        state: TokenState::Active,
        not_before: None,
        expires_at: None,
        policy: Arc::new(policy),
    };
    let ports = Ports { source: Arc::new(Table(record)), usage: Arc::new(Unwatched), clock: Arc::new(SystemClock::new()) };
    // Nothing here ever changes, so that hearing of the change log once is enough for a day.
    let settings = Settings { max_staleness: Duration::from_secs(86_400), ..Settings::default() };
    let gate = Gate::new(settings, ports);
    gate.set_catalogue(Catalogue { apis: vec![Arc::new(api(organisation)?)] });
    gate.reached(Revision::default(), std::time::Instant::now());
    Ok((gate, plain))
}

fn api(organisation: OrganisationId) -> Result<Api, Box<dyn Error>> {
    let scope = |text: &str| {
        Ok::<_, Box<dyn Error>>(ApiScope { scope: Scope::parse(text)?, description: String::new(), public: false, sensitive: false })
    };
    let route = |text: &str, scopes: &[&str]| Ok::<_, Box<dyn Error>>(ApiRoute::new(Route::parse(text)?, ScopeSet::parse_list(scopes)?));
    Ok(Api {
        id: ApiId::from_random(rand::random()),
        organisation,
        audience: Audience::parse(AUDIENCE)?,
        name: Name::parse("Orders")?,
        scopes: vec![scope("orders:read")?, scope("orders:write")?],
        routes: vec![route("GET /v1/orders/*", &["orders:read"])?, route("POST /v1/orders", &["orders:write"])?],
        token_format: TokenFormat::Opaque,
        access_token_seconds: None,
        access_token_seconds_by_grant: Default::default(),
        limits: Vec::new(),
        max_staleness_ms: None,
        serve_stale_seconds: None,
    })
}
