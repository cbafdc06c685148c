//! Organisations, projects, users, APIs and signing keys.

use super::fixture::{Fixture, NOW, actor, audience, name, random};
use crate::{
    StoreError,
    api::StoredApi,
    audit::AuditFilter,
    key::{NewKey, StoredKey},
    organisation::{Founding, Organisation},
    page::PageRequest,
    project::Project,
    token::TokenFilter,
    user::{Role, User, UserEdit},
};
use futures_util::future::join_all;
use jeton_core::{
    api::{Api, ApiScope},
    change::Changed,
    facts::TokenState,
    id::{ApiId, OrganisationId, ProjectId, UserId},
    kind::TokenFormat,
    name::Subject,
    scope::Scope,
    timestamp::{Span, Timestamp},
};

fn project(fixture: &Fixture, text: &str) -> Project {
    let id = ProjectId::from_random(random());
    Project { id, organisation: fixture.organisation, name: name(text), created_at: NOW, version: 1 }
}

pub(super) fn user(fixture: &Fixture, text: &str) -> User {
    User {
        id: UserId::from_random(random()),
        organisation: fixture.organisation,
        name: name(text),
        email: Some("a@example.com".to_owned()),
        role: Role::Developer,
        disabled: false,
        created_at: NOW,
        version: 1,
    }
}

/// An API of the fixture's organisation.
pub(super) fn api(fixture: &Fixture, uri: &str) -> Api {
    let scope = Scope::parse("orders:read").expect("a scope");
    Api {
        id: ApiId::from_random(random()),
        organisation: fixture.organisation,
        audience: audience(uri),
        name: name("Orders"),
        scopes: vec![ApiScope { scope, description: "Read orders".to_owned(), public: false, sensitive: false }],
        routes: Vec::new(),
        token_format: TokenFormat::Opaque,
        access_token_seconds: None,
        access_token_seconds_by_grant: Default::default(),
        limits: Vec::new(),
        max_staleness_ms: None,
        serve_stale_seconds: None,
    }
}

/// A signing key.
pub(super) fn key(kid: &str, signs_from: Timestamp) -> StoredKey {
    StoredKey {
        kid: kid.to_owned(),
        algorithm: "ES256".to_owned(),
        public_jwk: "{}".to_owned(),
        sealed_private: vec![1, 2, 3],
        published_at: NOW,
        signs_from,
        removed_at: None,
    }
}

/// Names are one of a kind; renaming needs the version.
pub async fn organisations_keep_names_apart(fixture: &Fixture) {
    let store = &fixture.store;
    let new = |text: &str| Organisation { id: OrganisationId::from_random(random()), name: name(text), created_at: NOW, version: 1 };
    let other = store.insert_organisation(new("Other"), actor(0)).await.expect("added");
    assert!(matches!(store.insert_organisation(new("Other"), actor(0)).await, Err(StoreError::Exists(_))));
    assert!(matches!(store.rename_organisation(other.id, 1, name("Example"), actor(1)).await, Err(StoreError::Exists(_))));
    let renamed = store.rename_organisation(other.id, 1, name("Third"), actor(1)).await.expect("renamed");
    assert!(matches!(store.rename_organisation(other.id, 1, name("Fourth"), actor(1)).await, Err(StoreError::Outdated { found: 2 })));
    assert_eq!(store.show_organisation(other.id).await.expect("shown"), renamed);
    assert_eq!(store.list_organisations().await.expect("listed").len(), 2);
}

/// A project stays while tokens belong to it, and no token is issued for one that is gone.
pub async fn projects_are_kept_while_used(fixture: &Fixture) {
    let store = &fixture.store;
    let own = store.insert_project(project(fixture, "orders"), actor(0)).await.expect("added");
    assert!(matches!(store.insert_project(project(fixture, "orders"), actor(0)).await, Err(StoreError::Exists(_))));
    store.insert_project(project(fixture, "billing"), actor(0)).await.expect("added");
    let other = OrganisationId::from_random([1; 16]);
    assert_eq!(store.show_project(other, own.id).await, Err(StoreError::NotFound("project")));
    let own = store.edit_project(fixture.organisation, own.id, 1, name("all orders"), actor(1)).await.expect("renamed");
    assert!(store.edit_project(fixture.organisation, own.id, 1, name("again"), actor(1)).await.is_err());
    let first = store.list_projects(fixture.organisation, PageRequest { after: None, limit: 1 }).await.expect("listed");
    assert_eq!((first.items, first.next.as_deref()), (vec![own.clone()], Some("all orders")));
    let rest = store.list_projects(fixture.organisation, PageRequest { after: first.next, limit: 1 }).await.expect("listed");
    assert!(rest.items.iter().all(|project| project.name.as_str() == "billing") && rest.next.is_none());

    let mut new = fixture.new_token();
    new.policy.project = Some(own.id);
    let token = new.id;
    fixture.issue_this(new.clone()).await.expect("issued");
    assert!(matches!(store.remove_project(fixture.organisation, own.id, actor(2)).await, Err(StoreError::Conflict(_))));
    fixture.bring(token, TokenState::Revoked).await.expect("revoked");
    store.remove_project(fixture.organisation, own.id, actor(2)).await.expect("removed");
    new.id = super::fixture::token_id();
    assert_eq!(fixture.issue_this(new).await, Err(StoreError::NotFound("project")));
}

/// Disabling an account suspends its tokens with it; no token is issued for it any more, however close the race.
pub async fn users_take_their_tokens_along(fixture: &Fixture) {
    let store = &fixture.store;
    let own = store.insert_user(user(fixture, "ann"), actor(0)).await.expect("added");
    assert!(matches!(store.insert_user(user(fixture, "ann"), actor(0)).await, Err(StoreError::Exists(_))));
    assert_eq!(store.show_user(OrganisationId::from_random([1; 16]), own.id).await, Err(StoreError::NotFound("user")));
    let theirs = || {
        let mut new = fixture.new_token();
        new.subject = Subject::parse(&own.id.to_string()).expect("a subject");
        new
    };
    let bystander = fixture.issue().await;
    let revoked = theirs();
    fixture.issue_this(revoked.clone()).await.expect("issued");
    fixture.bring(revoked.id, TokenState::Revoked).await.expect("revoked");
    let disable = UserEdit { disabled: Some(true), ..UserEdit::default() };
    let (issued, edited) = tokio::join!(
        join_all((0..16).map(|_| fixture.issue_this(theirs()))),
        store.edit_user(fixture.organisation, own.id, 1, disable, actor(1)),
    );
    let edited = edited.expect("disabled");
    assert_eq!(issued.iter().filter(|outcome| outcome.is_ok()).count() as u64, edited.suspended);
    assert!(issued.iter().filter_map(|outcome| outcome.as_ref().err()).all(|error| matches!(error, StoreError::Conflict(_))));
    let filter = TokenFilter { subject: Some(theirs().subject), state: Some(TokenState::Active), ..TokenFilter::default() };
    assert!(store.list_tokens(fixture.organisation, &filter, &PageRequest::default()).await.expect("listed").items.is_empty());
    assert_eq!(fixture.state(revoked.id).await, Ok(TokenState::Revoked));
    assert_eq!(fixture.state(bystander).await, Ok(TokenState::Active));
    assert!(store.show_user(fixture.organisation, own.id).await.expect("shown").disabled);
    assert!(store.list_users(fixture.organisation, PageRequest::default()).await.is_ok_and(|page| page.items.len() == 1));
    let removal = store.remove_user(fixture.organisation, own.id, actor(2)).await;
    assert_eq!(removal.is_ok(), edited.suspended == 0);
}

/// Audiences are one of a kind and fixed; an API stays while tokens are for it; each change is in the log.
pub async fn apis_are_kept_while_used(fixture: &Fixture) {
    let store = &fixture.store;
    let own = api(fixture, "https://api.example.com");
    let (stored, added) = store.insert_api(own.clone(), actor(0)).await.expect("added");
    assert_eq!(stored, StoredApi { api: own.clone(), created_at: NOW, version: 1 });
    let twin = api(fixture, "https://api.example.com");
    assert!(matches!(store.insert_api(twin, actor(0)).await, Err(StoreError::Exists(_))));
    let renamed = Api { name: name("All orders"), ..own.clone() };
    let (stored, edited) = store.edit_api(1, renamed.clone(), actor(1)).await.expect("edited");
    assert!(matches!(store.edit_api(1, renamed.clone(), actor(1)).await, Err(StoreError::Outdated { found: 2 })));
    let moved = Api { audience: audience("https://elsewhere.example"), ..own.clone() };
    assert!(matches!(store.edit_api(2, moved, actor(1)).await, Err(StoreError::Conflict(_))));
    assert_eq!(store.show_api(fixture.organisation, own.id).await, Ok(stored));
    assert_eq!(store.show_api(OrganisationId::from_random([1; 16]), own.id).await, Err(StoreError::NotFound("API")));
    assert_eq!(store.catalogue().await, Ok(vec![renamed]));
    assert_eq!(store.list_apis(fixture.organisation, PageRequest::default()).await.expect("listed").items.len(), 1);

    let token = fixture.issue().await;
    assert!(matches!(store.remove_api(fixture.organisation, own.id, actor(2)).await, Err(StoreError::Conflict(_))));
    fixture.bring(token, TokenState::Revoked).await.expect("revoked");
    let removed = store.remove_api(fixture.organisation, own.id, actor(2)).await.expect("removed");
    assert_eq!(store.catalogue().await, Ok(Vec::new()));
    let changes = store.changes_after(jeton_core::change::Revision(0), 100).await.expect("read").changes;
    let named: Vec<_> = changes.iter().filter(|change| change.what == Changed::Api(own.id)).map(|change| change.revision).collect();
    assert_eq!(named, [added, edited, removed]);
}

/// Two that add a signing key at once: one succeeds; the older ones of its algorithm are given an end, and go when it has come.
pub async fn signing_keys_follow_each_other(fixture: &Fixture) {
    let store = &fixture.store;
    let end = NOW.plus(Span::from_days(2));
    let add = |kid: &'static str, after: Option<&str>, seconds: u32| {
        let new = NewKey { key: key(kid, actor(seconds).at), after: after.map(str::to_owned), older_removed_at: end };
        async move { store.insert_key(&actor(seconds), new).await }
    };
    add("first", None, 0).await.expect("added");
    assert!(matches!(add("rival", None, 1).await, Err(StoreError::Conflict(_))));
    let (one, two) = tokio::join!(add("second", Some("first"), 1), add("other", Some("first"), 1));
    assert_eq!([one, two].iter().filter(|outcome| outcome.is_ok()).count(), 1);
    let keys = store.signing_keys().await.expect("read");
    assert_eq!(keys.iter().map(|key| key.removed_at).collect::<Vec<_>>(), [Some(end), None]);
    // A key of another algorithm begins a chain of its own, and ends nothing of this one.
    let own = StoredKey { algorithm: "RS256".into(), ..key("third", actor(2).at) };
    let new = NewKey { key: own, after: None, older_removed_at: end };
    store.insert_key(&actor(2), new.clone()).await.expect("added");
    let twice = NewKey { key: StoredKey { kid: "fourth".into(), ..new.key.clone() }, ..new };
    assert!(matches!(store.insert_key(&actor(3), twice).await, Err(StoreError::Conflict(_))));
    let ends = store.signing_keys().await.expect("read").iter().map(|key| key.removed_at).collect::<Vec<_>>();
    assert_eq!(ends, [Some(end), None, None]);
    assert!(store.remove_ended_keys(&actor(10)).await.expect("none yet").is_empty());
    let later = crate::audit::Actor::system(end.plus(Span::from_seconds(1)));
    assert_eq!(store.remove_ended_keys(&later).await, Ok(vec!["first".to_owned()]));
    assert_eq!(store.signing_keys().await.expect("read").len(), 2);
}

/// An organisation is founded with all that belongs to it, or not at all.
pub async fn organisations_are_founded_whole(fixture: &Fixture) {
    let founding = |text: &str| {
        let organisation = OrganisationId::from_random(random());
        let owner = User { organisation, ..user(fixture, "owner") };
        let mut token = fixture.new_token();
        token.policy.organisation = organisation;
        token.subject = Subject::parse(&owner.id.to_string()).expect("a subject");
        let project = Project { id: ProjectId::from_random(random()), organisation, name: name("default"), created_at: NOW, version: 1 };
        Founding { organisation: Organisation { id: organisation, name: name(text), created_at: NOW, version: 1 }, project, owner, token }
    };
    let store = &fixture.store;
    let first = founding("Another");
    let (made, revision) = store.found_organisation(first.clone(), actor(0)).await.expect("founded");
    assert_eq!((&made, store.show_organisation(made.id).await.as_ref()), (&first.organisation, Ok(&made)));
    assert_eq!(store.show_project(made.id, first.project.id).await, Ok(first.project));
    assert_eq!(store.show_user(made.id, first.owner.id).await, Ok(first.owner));
    assert_eq!(fixture.state(first.token.id).await, Ok(TokenState::Active));
    assert!(store.head().await.expect("read") >= revision);
    // Each of its parts stands in the way of all of them.
    let events = || async { store.audit_events(&AuditFilter::default(), &PageRequest::default()).await.expect("read").items };
    let before = events().await;
    let mut shut = founding("Shut");
    shut.owner.disabled = true;
    let mut orphan = founding("Orphan");
    orphan.token.subject = Subject::parse(&UserId::from_random(random()).to_string()).expect("a subject");
    for (new, what) in [(founding("Another"), "a name twice"), (shut, "an owner who is shut out"), (orphan, "an owner who is not there")] {
        assert!(store.found_organisation(new.clone(), actor(1)).await.is_err(), "{what}");
        assert_eq!(store.show_organisation(new.organisation.id).await, Err(StoreError::NotFound("organisation")), "{what}");
        assert!(store.find_token(new.token.id).await.is_ok_and(|found| found.record.is_none()), "{what}");
    }
    assert_eq!(events().await, before);
}
