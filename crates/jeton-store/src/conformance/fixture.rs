//! A fresh store with an organisation, and short words for what the cases do all the time.

use crate::{
    Engine, Store, StoreError,
    audit::Actor,
    link::{Conn, each},
    organisation::Organisation,
    testing::Place,
    token::{Issued, NewToken, Rotation, TokenDetail, Transition},
};
use jeton_core::{
    allowance::Allowances,
    change::Revision,
    facts::TokenState,
    id::{OrganisationId, TokenId},
    kind::{TokenFormat, TokenKind},
    name::{Audience, Name, Subject},
    network::Networks,
    policy::Policy,
    scope::ScopeSet,
    timestamp::{Span, Timestamp},
    token_text::TokenDigest,
};

/// The instant at which the cases play.
pub(super) const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

/// A fresh store.
#[derive(Debug)]
pub struct Fixture {
    /// Where it lives.
    pub place: Place,
    /// The store.
    pub store: Store,
    /// Its organisation.
    pub organisation: OrganisationId,
}

/// Randomness for ids and digests.
pub(super) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).expect("the system gives randomness");
    bytes
}
/// A fresh token id.
pub(super) fn token_id() -> TokenId {
    TokenId::from_random(random())
}
/// A name.
pub(super) fn name(text: &str) -> Name {
    Name::parse(text).expect("a name")
}
/// An audience.
pub(super) fn audience(text: &str) -> Audience {
    Audience::parse(text).expect("an audience")
}
/// Who acts, some seconds after the beginning.
pub(super) fn actor(seconds: u32) -> Actor {
    Actor::system(NOW.plus(Span::from_seconds(seconds)))
}
/// A change of state.
pub(super) fn to(state: TokenState) -> Transition {
    Transition { to: state, reason: Some("tried".to_owned()), comment: None }
}
/// A rotation with an overlap of a minute.
pub(super) fn rotation() -> Rotation {
    let previous_until = NOW.plus(Span::from_minutes(1));
    Rotation {
        digest: TokenDigest::from_bytes(random()),
        hint: "wxyz".to_owned(),
        previous_until,
        end_running_overlap: false,
        quiet_seconds: None,
    }
}

impl Fixture {
    /// Opens a fresh store.
    pub async fn new(engine: Engine) -> Self {
        let place = Place::new(engine);
        let store = place.open().await;
        let organisation = OrganisationId::from_random(random());
        let new = Organisation { id: organisation, name: name("Example"), created_at: NOW, version: 1 };
        store.insert_organisation(new, actor(0)).await.expect("an organisation");
        Self { place, store, organisation }
    }
    /// A token that can be issued.
    pub(super) fn new_token(&self) -> NewToken {
        NewToken {
            id: token_id(),
            name: name("a token"),
            subject: Subject::parse("svc_orders").expect("a subject"),
            policy: self.policy(),
            project_name: None,
            digest: Some(TokenDigest::from_bytes(random())),
            hint: "abcd".to_owned(),
            not_before: None,
            expires_at: Some(NOW.plus(Span::from_days(1))),
            metadata: "{}".to_owned(),
            issued_at: NOW,
        }
    }
    /// A policy.
    pub(super) fn policy(&self) -> Policy {
        Policy {
            organisation: self.organisation,
            project: None,
            kind: TokenKind::Pat,
            format: TokenFormat::Opaque,
            client_id: None,
            binding: None,
            exchanged: false,
            signed_by: None,
            authentication: None,
            parent: None,
            audiences: vec![audience("https://api.example.com")],
            scopes: ScopeSet::parse_list(&["orders:read"]).expect("scopes"),
            networks: Networks::default(),
            routes: Vec::new(),
            allowances: Allowances::default(),
        }
    }
    /// A child of a token.
    pub(super) fn child_of(&self, parent: TokenId) -> NewToken {
        let mut child = self.new_token();
        child.policy.parent = Some(parent);
        child
    }
    /// Issues a token.
    pub async fn issue_one(&self) {
        self.issue().await;
    }
    /// Issues a token; gives its id.
    pub(super) async fn issue(&self) -> TokenId {
        let new = self.new_token();
        let id = new.id;
        self.issue_this(new).await.expect("issued");
        id
    }
    /// Issues this token.
    pub(super) async fn issue_this(&self, new: NewToken) -> Result<Revision, StoreError> {
        match self.store.issue_token(new, None, actor(0)).await? {
            Issued::Now(revision) => Ok(revision),
            Issued::Before { .. } => Err(StoreError::KeyReused),
        }
    }
    /// Brings a token into a state.
    pub(super) async fn bring(&self, id: TokenId, state: TokenState) -> Result<(TokenDetail, Revision), StoreError> {
        self.store.transition_token(self.organisation, id, to(state), actor(1)).await
    }
    /// The state that verifiers see.
    pub(super) async fn state(&self, id: TokenId) -> Result<TokenState, StoreError> {
        Ok(self.store.find_token(id).await?.record.expect("found").state)
    }
    /// Does what only somebody with the database's password could do: executes a statement beside the store.
    pub(super) async fn tamper(&self, sql: &'static str) -> u64 {
        let mut conn: Conn = self.store.source().connect(self.place.options().deadline).await.expect("connects");
        each!(&mut conn.link(), c => sqlx::query(sql).execute(c).await.map(|done| done.rows_affected())).expect("executes")
    }
}
