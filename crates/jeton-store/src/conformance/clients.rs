//! OAuth clients: their rows, their anchors, their states, and what somebody with the database's password can do to them.

use super::fixture::{Fixture, actor, name, random, rotation};
use crate::{
    StoreError,
    client::{Client, ClientEdit, ClientFilter, ClientMove, ClientSecret, ClientSource, ClientState, NewClient},
    page::PageRequest,
    token::TokenFilter,
};
use futures_util::future::join_all;
use jeton_core::{
    change::{Changed, Revision},
    facts::TokenState,
    id::ClientId,
    kind::TokenKind,
    oauth::{client_policy::ClientPolicy, registration::Registration},
    timestamp::{Span, Timestamp},
    token_text::TokenDigest,
};

/// A client that an operator registers.
pub(super) fn new_client(fixture: &Fixture) -> NewClient {
    let id = ClientId::from_random(random());
    let registration = Registration { redirect_uris: vec!["https://app.example/back".to_owned()], ..Registration::default() };
    NewClient {
        client: Client {
            id,
            client_id: id.to_string(),
            organisation: fixture.organisation,
            name: name("An app"),
            state: ClientState::Approved,
            source: ClientSource::Operator,
            registration,
            policy: ClientPolicy::default(),
            pending: None,
            reason: None,
            registration_digest: None,
            created_at: Timestamp::default(),
            changed_at: Timestamp::default(),
            version: 0,
            revision: Revision(0),
        },
        secret: Some(ClientSecret { digest: TokenDigest::from_bytes(random()), hint: "abcd".to_owned() }),
        uninvited_max: None,
    }
}

fn waiting(fixture: &Fixture) -> NewClient {
    let mut new = new_client(fixture);
    (new.client.state, new.client.source, new.secret) = (ClientState::Pending, ClientSource::Dynamic, None);
    new
}

async fn registered(fixture: &Fixture, new: NewClient) -> Client {
    fixture.store.insert_client(new, actor(0)).await.expect("registered").0
}

fn tampered<T: std::fmt::Debug>(outcome: Result<T, StoreError>) {
    assert!(matches!(&outcome, Err(StoreError::Tampered { table: "clients", .. })), "{outcome:?}");
}

/// A client comes with its anchor, is found by what requests call it, and nobody else's organisation sees it.
pub async fn clients_come_with_their_anchors(fixture: &Fixture) {
    let store = &fixture.store;
    let new = new_client(fixture);
    let secret = new.secret.clone().expect("a secret");
    let client = registered(fixture, new.clone()).await;
    assert_eq!((client.version, client.created_at), (1, actor(0).at));
    let (found, as_of) = store.find_client(&client.client_id).await.expect("looked up");
    assert_eq!(found.as_ref(), Some(&client));
    assert!(as_of >= client.revision);
    assert_eq!(store.find_client_by_id(client.id).await.expect("looked up").0, found);
    assert_eq!(store.find_client("https://nobody.example/").await.expect("looked up").0, None);
    let anchor = store.find_token(client.id.anchor()).await.expect("looked up").record.expect("an anchor");
    assert_eq!((anchor.policy.kind, anchor.secrets.current, anchor.expires_at), (TokenKind::Cls, secret.digest, None));
    assert_eq!(anchor.policy.client_id.as_deref(), Some(client.client_id.as_str()));
    assert_eq!(anchor.subject.as_str(), client.id.to_string());
    let other = jeton_core::id::OrganisationId::from_random([1; 16]);
    assert_eq!(store.show_client(other, client.id).await, Err(StoreError::NotFound("client")));
    assert!(store.remove_client(other, client.id, actor(1)).await.is_err());
    // The same again leaves nothing half done.
    let mut twin = new_client(fixture);
    twin.client.client_id.clone_from(&client.client_id);
    assert!(matches!(store.insert_client(twin.clone(), actor(1)).await, Err(StoreError::Exists(_))));
    assert!(store.find_token(twin.client.id.anchor()).await.expect("looked up").record.is_none());
    let changes = store.changes_after(Revision(0), 100).await.expect("read").changes;
    assert!(changes.iter().any(|change| change.what == Changed::Client(client.id) && change.revision == client.revision));
    let (rotated, _) = store.rotate_token(fixture.organisation, client.id.anchor(), rotation(), actor(1)).await.expect("rotated");
    assert_eq!(rotated.record.secrets.previous.map(|(digest, _)| digest), Some(secret.digest));
}

/// A registration waits, is approved or rejected with a reason; a change of it waits beside what holds.
pub async fn registrations_change_their_states(fixture: &Fixture) {
    let store = &fixture.store;
    let owner = fixture.organisation;
    let go = |id, version, to| store.move_client(owner, id, version, to, actor(2));
    let client = registered(fixture, waiting(fixture)).await;
    let id = client.id;
    let approve = |registration: &Registration| ClientMove::Approve { registration: Box::new(registration.clone()) };
    assert!(go(id, None, ClientMove::Suspend { reason: None }).await.is_err());
    let (rejected, _) = go(id, Some(1), ClientMove::Reject { reason: "unknown".to_owned() }).await.expect("rejected");
    assert_eq!((rejected.state, rejected.reason.as_deref()), (ClientState::Rejected, Some("unknown")));
    assert!(go(id, None, ClientMove::Reject { reason: "again".to_owned() }).await.is_err());
    assert_eq!(go(id, Some(1), approve(&client.registration)).await, Err(StoreError::Outdated { found: 2 }));
    let (approved, _) = go(id, Some(2), approve(&client.registration)).await.expect("approved");
    assert_eq!((approved.state, approved.reason), (ClientState::Approved, None));
    assert!(go(id, None, approve(&client.registration)).await.is_err(), "nothing waits");

    let wider = Registration { scope: Some("orders:write".to_owned()), ..client.registration.clone() };
    let edit = ClientEdit { pending: Some(Some(wider.clone())), ..ClientEdit::default() };
    let (edited, _) = store.edit_client(owner, id, 3, edit.clone(), actor(3)).await.expect("edited");
    assert_eq!((edited.state, &edited.registration, edited.pending.as_ref()), (ClientState::Approved, &client.registration, Some(&wider)));
    let filter = ClientFilter { waiting: Some(true), ..ClientFilter::default() };
    assert_eq!(store.list_clients(owner, &filter, &PageRequest::default()).await.expect("listed").items, [edited]);
    let (kept, _) = go(id, Some(4), ClientMove::Reject { reason: "no".to_owned() }).await.expect("rejected");
    assert_eq!((kept.state, kept.pending, &kept.registration), (ClientState::Approved, None, &client.registration));
    store.edit_client(owner, id, 5, edit, actor(3)).await.expect("edited");
    let (wide, _) = go(id, Some(6), approve(&wider)).await.expect("approved");
    assert_eq!((wide.registration, wide.pending), (wider, None));
}

/// Suspending a client suspends its anchor, which nothing but resuming ends; removing it revokes the anchor for good.
pub async fn suspended_clients_take_their_tokens_along(fixture: &Fixture) {
    let store = &fixture.store;
    let owner = fixture.organisation;
    let client = registered(fixture, new_client(fixture)).await;
    let (id, anchor) = (client.id, client.id.anchor());
    fixture.issue_this(fixture.child_of(anchor)).await.expect("issued");
    let suspend = || ClientMove::Suspend { reason: Some("looks odd".to_owned()) };
    let (suspended, at) = store.move_client(owner, id, None, suspend(), actor(1)).await.expect("suspended");
    assert_eq!(suspended.state, ClientState::Suspended);
    assert_eq!(fixture.state(anchor).await, Ok(TokenState::Suspended));
    assert_eq!(store.move_client(owner, id, None, suspend(), actor(2)).await.expect("again"), (suspended, at));
    assert!(matches!(fixture.issue_this(fixture.child_of(anchor)).await, Err(StoreError::Conflict(_))));
    let (resumed, _) = store.move_client(owner, id, None, ClientMove::Resume, actor(3)).await.expect("resumed");
    assert_eq!((resumed.state, resumed.reason), (ClientState::Approved, None));
    assert_eq!(fixture.state(anchor).await, Ok(TokenState::Active));
    store.remove_client(owner, id, actor(4)).await.expect("removed");
    assert_eq!(store.find_client(&client.client_id).await.expect("looked up").0, None);
    assert_eq!(fixture.state(anchor).await, Ok(TokenState::Revoked));
    let filter = TokenFilter { kind: Some(TokenKind::Cls), state: Some(TokenState::Active), ..TokenFilter::default() };
    assert!(store.list_tokens(owner, &filter, &PageRequest::default()).await.expect("listed").items.is_empty());
}

/// One of two approvals of different versions wins; an edit in between makes an approval come too late.
pub async fn an_edit_beats_an_approval_of_something_else(fixture: &Fixture) {
    let store = &fixture.store;
    for _ in 0..8 {
        let client = registered(fixture, waiting(fixture)).await;
        let evil = Registration { redirect_uris: vec!["https://evil.example/".to_owned()], ..client.registration.clone() };
        let edit = ClientEdit { registration: Some(evil.clone()), ..ClientEdit::default() };
        let approve = ClientMove::Approve { registration: Box::new(client.registration.clone()) };
        let (edited, approved) = tokio::join!(
            store.edit_client(fixture.organisation, client.id, 1, edit, actor(1)),
            store.move_client(fixture.organisation, client.id, Some(1), approve, actor(1)),
        );
        assert!(edited.is_ok() != approved.is_ok(), "both or none: {edited:?} {approved:?}");
        let (found, _) = store.find_client(&client.client_id).await.expect("looked up");
        let found = found.expect("it is there");
        assert!(found.state == ClientState::Pending || found.registration != evil, "what nobody looked at was approved");
    }
}

/// Who registered without an operator and was never used goes after a month; whoever got a token, or an operator's word, stays.
pub async fn unused_clients_go(fixture: &Fixture) {
    let store = &fixture.store;
    let by_address = || {
        let mut new = waiting(fixture);
        (new.client.source, new.client.state) = (ClientSource::MetadataDocument, ClientState::Approved);
        new
    };
    let (asked, came, used, suspended, trusted) = (waiting(fixture), by_address(), by_address(), by_address(), by_address());
    let own = registered(fixture, new_client(fixture)).await;
    for new in [&asked, &came, &used, &suspended, &trusted] {
        registered(fixture, new.clone()).await;
    }
    let mut token = fixture.new_token();
    (token.policy.kind, token.policy.parent) = (TokenKind::Oat, Some(used.client.id.anchor()));
    token.expires_at = Some(actor(0).at.plus(Span::from_days(40)));
    store.issue_token(token, None, actor(1)).await.expect("issued");
    let stop = ClientMove::Suspend { reason: None };
    store.move_client(fixture.organisation, suspended.client.id, None, stop, actor(1)).await.expect("suspended");
    let policy = Some(ClientPolicy { first_party: true, ..ClientPolicy::default() });
    let edit = ClientEdit { policy, ..ClientEdit::default() };
    store.edit_client(fixture.organisation, trusted.client.id, 1, edit, actor(1)).await.expect("edited");
    let sweep = async |days| store.sweep_at(actor(60).at.plus(Span::from_days(days)), 100).await.expect("swept").clients;
    assert_eq!((sweep(29).await, sweep(30).await, sweep(31).await), (0, 2, 0));
    let is_there = async |id| store.find_client_by_id(id).await.expect("looked up").0.is_some();
    for (id, stays) in [
        (own.id, true),
        (asked.client.id, false),
        (came.client.id, false),
        (used.client.id, true),
        (suspended.client.id, true),
        (trusted.client.id, true),
    ] {
        assert_eq!(is_there(id).await, stays);
        assert_eq!(store.find_token(id.anchor()).await.expect("looked up").record.is_some(), stays);
    }
    store.insert_client(came.clone(), actor(90)).await.expect("who comes by an address may come again");
    assert!(is_there(came.client.id).await);
}

/// Lists have no gap; filters narrow; no more come uninvited than may, however many try at once.
pub async fn uninvited_clients_are_bounded(fixture: &Fixture) {
    let store = &fixture.store;
    registered(fixture, new_client(fixture)).await;
    let uninvited = || NewClient { uninvited_max: Some(5), ..waiting(fixture) };
    let outcomes = join_all((0..12).map(|_| store.insert_client(uninvited(), actor(1)))).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 5);
    let (mut after, mut seen) = (None, Vec::new());
    loop {
        let page =
            store.list_clients(fixture.organisation, &ClientFilter::default(), &PageRequest { after, limit: 2 }).await.expect("page");
        seen.extend(page.items.into_iter().map(|client| client.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let distinct: std::collections::HashSet<_> = seen.iter().collect();
    assert_eq!((seen.len(), distinct.len()), (6, 6));
    let filter = ClientFilter { state: Some(ClientState::Pending), source: Some(ClientSource::Dynamic), waiting: Some(true) };
    assert_eq!(store.list_clients(fixture.organisation, &filter, &PageRequest::default()).await.expect("listed").items.len(), 5);
    let bad = PageRequest { after: Some("x".to_owned()), limit: 1 };
    assert!(matches!(store.list_clients(fixture.organisation, &filter, &bad).await, Err(StoreError::BadCursor)));
}

/// A client that proves itself otherwise from now on loses its secrets at once.
pub async fn a_replaced_secret_is_dead_at_once(fixture: &Fixture) {
    let store = &fixture.store;
    let client = registered(fixture, new_client(fixture)).await;
    store.rotate_token(fixture.organisation, client.id.anchor(), rotation(), actor(0)).await.expect("rotated");
    let public = ClientEdit { secret: Some(None), ..ClientEdit::default() };
    store.edit_client(fixture.organisation, client.id, 1, public, actor(1)).await.expect("edited");
    let anchor = store.find_token(client.id.anchor()).await.expect("looked up").record.expect("an anchor");
    assert_eq!((anchor.secrets.current, anchor.secrets.previous), (TokenDigest::from_bytes([0; 32]), None));
}

/// Each column that was changed from outside makes the client unusable, and so does an old row that was put back.
pub async fn edited_clients_are_refused(fixture: &Fixture) {
    let edits = [
        "UPDATE clients SET state = 'approved'",
        "UPDATE clients SET registration = replace(registration, 'app.example', 'evil.example')",
        "UPDATE clients SET policy = replace(policy, 'false', 'true')",
        "UPDATE clients SET source = 'operator'",
        "UPDATE clients SET organisation = organisation, registration_digest = mark",
        "UPDATE clients SET version = version + 1",
        "UPDATE clients SET revision = revision + 1",
    ];
    let store = &fixture.store;
    for sql in edits {
        let client = registered(fixture, waiting(fixture)).await;
        fixture.tamper(sql).await;
        tampered(store.find_client(&client.client_id).await);
        tampered(store.list_clients(fixture.organisation, &ClientFilter::default(), &PageRequest::default()).await);
        tampered(store.move_client(fixture.organisation, client.id, None, ClientMove::Resume, actor(1)).await);
        fixture.tamper("DELETE FROM clients").await;
    }
    let client = registered(fixture, new_client(fixture)).await;
    fixture.tamper("CREATE TABLE kept AS SELECT * FROM clients").await;
    store.move_client(fixture.organisation, client.id, None, ClientMove::Suspend { reason: None }, actor(1)).await.expect("suspended");
    let places = store.head().await.expect("a place").0;
    fixture.tamper("DELETE FROM clients").await;
    fixture.tamper("INSERT INTO clients SELECT * FROM kept").await;
    tampered(store.find_client(&client.client_id).await);
    // Its later changes are cut out of the log as well: the journal knows.
    assert!(places > 2);
    fixture.tamper("DELETE FROM changes WHERE kind = 'client' AND revision > 2").await;
    tampered(store.find_client(&client.client_id).await);
}
