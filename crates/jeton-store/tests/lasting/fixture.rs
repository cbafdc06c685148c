//! A store with an organisation, an API and tokens whose secrets are known, so that what a gate would decide can be asked.

use jeton_core::{
    allowance::Allowances,
    api::Api,
    change::Revision,
    decide::decide,
    demand::Demand,
    facts::{Facts, TokenState},
    id::{ApiId, ClientId, OrganisationId, TokenId},
    kind::{TokenFormat, TokenKind},
    name::{Audience, Name, Subject},
    network::Networks,
    oauth::{client_policy::ClientPolicy, registration::Registration},
    policy::Policy,
    scope::{Scope, ScopeSet},
    timestamp::{Span, Timestamp},
    token_text::TokenDigest,
};
use jeton_store::{
    Engine, Store, StoreError,
    audit::Actor,
    client::{Client, ClientSource, ClientState, NewClient},
    organisation::Organisation,
    testing::Place,
    token::{NewToken, Rotation, Transition},
};

pub(crate) const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
pub(crate) const AUDIENCE: &str = "https://api.example.com";

/// A store and what is in it.
pub(crate) struct World {
    pub(crate) place: Place,
    pub(crate) store: Store,
}

pub(crate) fn organisation() -> OrganisationId {
    OrganisationId::from_random([1; 16])
}
pub(crate) fn token(number: u8) -> TokenId {
    TokenId::from_random([number; 16])
}
/// The secret of a token after so many rotations.
pub(crate) fn secret(number: u8, rotations: u8) -> TokenDigest {
    TokenDigest::of(&[number, rotations])
}
pub(crate) fn actor() -> Actor {
    Actor::system(NOW)
}

impl World {
    pub(crate) async fn new(engine: Engine) -> Self {
        let place = Place::new(engine);
        let store = place.open().await;
        Self::with(place, store).await
    }
    /// The same in a store that is open already.
    pub(crate) async fn with(place: Place, store: Store) -> Self {
        let world = Self { place, store };
        world.found().await;
        world
    }
    async fn found(&self) {
        let name = Name::parse("Example").expect("name");
        let new = Organisation { id: organisation(), name: name.clone(), created_at: NOW, version: 1 };
        self.store.insert_organisation(new, actor()).await.expect("organisation");
        let audience = Audience::parse(AUDIENCE).expect("audience");
        let api = Api {
            id: ApiId::from_random([3; 16]),
            organisation: organisation(),
            audience,
            name,
            scopes: Vec::new(),
            routes: Vec::new(),
            token_format: TokenFormat::Opaque,
            access_token_seconds: None,
            access_token_seconds_by_grant: Default::default(),
            limits: Vec::new(),
            max_staleness_ms: None,
            serve_stale_seconds: None,
        };
        self.store.insert_api(api, actor()).await.expect("api");
    }
    /// Registers a client.
    pub(crate) async fn register(&self, number: u8) -> Client {
        let id = ClientId::from_random([number; 16]);
        let client = Client {
            id,
            client_id: id.to_string(),
            organisation: organisation(),
            name: Name::parse("An app").expect("name"),
            state: ClientState::Approved,
            source: ClientSource::Operator,
            registration: Registration { redirect_uris: vec!["https://app.example/back".into()], ..Registration::default() },
            policy: ClientPolicy::default(),
            pending: None,
            reason: None,
            registration_digest: None,
            created_at: NOW,
            changed_at: NOW,
            version: 1,
            revision: Revision(0),
        };
        let new = NewClient { client, secret: None, uninvited_max: None };
        self.store.insert_client(new, actor()).await.expect("registers").0
    }
    /// Issues a token with `orders:read` that ends in thirty days.
    pub(crate) async fn issue(&self, number: u8) {
        self.issue_child(number, None, Some(NOW.plus(Span::from_days(30)))).await;
    }
    pub(crate) async fn issue_child(&self, number: u8, parent: Option<TokenId>, expires_at: Option<Timestamp>) {
        let policy = Policy {
            organisation: organisation(),
            project: None,
            kind: TokenKind::Pat,
            format: TokenFormat::Opaque,
            client_id: None,
            binding: None,
            exchanged: false,
            signed_by: None,
            authentication: None,
            parent,
            audiences: vec![Audience::parse(AUDIENCE).expect("audience")],
            scopes: ScopeSet::parse_list(&["orders:read"]).expect("scopes"),
            networks: Networks::default(),
            routes: Vec::new(),
            allowances: Allowances::default(),
        };
        let new = NewToken {
            id: token(number),
            name: Name::parse("a token").expect("name"),
            subject: Subject::parse("svc_orders").expect("subject"),
            policy,
            project_name: None,
            digest: Some(secret(number, 0)),
            hint: "abcd".into(),
            not_before: None,
            expires_at,
            metadata: "{}".into(),
            issued_at: NOW,
        };
        self.store.issue_token(new, None, actor()).await.expect("issues");
    }
    pub(crate) async fn bring(&self, number: u8, to: TokenState) {
        self.bring_as(number, to, actor()).await;
    }
    pub(crate) async fn bring_as(&self, number: u8, to: TokenState, actor: Actor) {
        let transition = Transition { to, reason: Some("tried".into()), comment: None };
        self.store.transition_token(organisation(), token(number), transition, actor).await.expect("moves");
    }
    /// Rotates with an overlap of an hour.
    pub(crate) async fn rotate(&self, number: u8, rotations: u8) {
        let previous_until = NOW.plus(Span::from_hours(1));
        let rotation = Rotation {
            digest: secret(number, rotations),
            hint: "wxyz".into(),
            previous_until,
            end_running_overlap: true,
            quiet_seconds: None,
        };
        self.store.rotate_token(organisation(), token(number), rotation, actor()).await.expect("rotates");
    }
    /// What a gate without any memory would say: `ok`, the code of the denial, or why nothing is known.
    pub(crate) async fn said(&self, number: u8, rotations: u8, scope: &str, now: Timestamp) -> String {
        said(&self.store, number, rotations, scope, now).await
    }
    /// Closes the store and opens it again.
    pub(crate) async fn reopen(&mut self) {
        self.store.close().await;
        self.store = self.place.open().await;
    }
}

pub(crate) async fn said(store: &Store, number: u8, rotations: u8, scope: &str, now: Timestamp) -> String {
    match permitted(store, token(number), secret(number, rotations), scope, now, 0).await {
        Ok(code) => code,
        Err(StoreError::Tampered { table, .. }) => format!("tampered {table}"),
        Err(StoreError::Unavailable(_)) => "unavailable".into(),
        Err(other) => format!("error {other}"),
    }
}

async fn permitted(store: &Store, id: TokenId, digest: TokenDigest, scope: &str, now: Timestamp, depth: u8) -> Result<String, StoreError> {
    let Some(record) = store.find_token(id).await?.record else { return Ok("unknown".into()) };
    let which = if depth == 0 { record.secrets.verify(&digest) } else { Some(jeton_core::facts::WhichSecret::Current) };
    let Some(which) = which else { return Ok("unknown".into()) };
    if let Some(parent) = record.policy.parent {
        let parent = Box::pin(permitted(store, parent, digest, scope, now, depth + 1)).await?;
        if parent != "ok" {
            return Ok(format!("parent {parent}"));
        }
    }
    let facts = Facts {
        id,
        subject: record.subject.as_str(),
        state: record.state,
        secret: which,
        not_before: record.not_before,
        expires_at: record.expires_at,
        policy: &record.policy,
        parent: None,
    };
    let scopes = [Scope::parse(scope).expect("scope")];
    let demand = Demand { audience: Some(AUDIENCE), scopes: &scopes, ..Demand::default() };
    Ok(match decide(&facts, &demand, now) {
        Ok(_) => "ok".into(),
        Err(denial) => denial.answer().code.into(),
    })
}
