//! Passwords, sessions and consents.

use super::{
    fixture::{Fixture, NOW, actor, audience, random},
    nouns::user,
};
use crate::{
    StoreError,
    audit::AuditFilter,
    consent::ConsentedScopes,
    page::PageRequest,
    password::PasswordHash,
    session::{NewSession, Session, SessionLimits},
    user::{User, UserEdit},
};
use jeton_core::{
    facts::TokenState,
    id::{ClientId, SessionId, TokenId},
    limits,
    name::Subject,
    scope::ScopeSet,
    timestamp::{Span, Timestamp},
};

const LIMITS: SessionLimits = SessionLimits { idle: Span::from_hours(12), whole: Span::from_days(7) };

fn hours(hours: u32) -> Timestamp {
    NOW.plus(Span::from_hours(hours))
}

/// The hash of a password.
pub(super) fn hash(text: &str) -> PasswordHash {
    PasswordHash::new(text.to_owned())
}

async fn ann(fixture: &Fixture) -> User {
    fixture.store.insert_user(user(fixture, "ann"), actor(0)).await.expect("added")
}

async fn start(fixture: &Fixture, own: &User, digest: [u8; 32], seconds: u32) -> Result<Session, StoreError> {
    let at = NOW.plus(Span::from_seconds(seconds));
    let session = Session {
        id: SessionId::from_random(random()),
        organisation: own.organisation,
        user: own.id,
        methods: vec!["pwd".to_owned()],
        authenticated_at: at,
        created_at: at,
        seen_at: at,
        expires_at: at.plus(LIMITS.whole),
        client_ip: Some("192.0.2.1".to_owned()),
        user_agent: None,
        ended_at: None,
    };
    fixture.store.start_session(NewSession { session, digest }, actor(seconds)).await
}

/// A session is found by its cookie until it is ended, idle too long, or too old; use is written down once a minute.
pub async fn sessions_are_over_when_they_are(fixture: &Fixture) {
    let store = &fixture.store;
    let own = ann(fixture).await;
    let session = start(fixture, &own, [1; 32], 0).await.expect("started");
    let found = |at, limits| async move { store.find_session_at([1; 32], at, limits).await.expect("found") };
    assert_eq!(found(NOW, LIMITS).await, Some(session.clone()));
    assert_eq!(store.find_session_at([2; 32], NOW, LIMITS).await, Ok(None));
    assert_eq!(found(hours(12), LIMITS).await, None, "idle");
    assert!(found(hours(11), SessionLimits { whole: Span::from_hours(10), ..LIMITS }).await.is_none(), "too old by now");
    let head = store.head().await.expect("head");
    store.touch_session_at(&session, NOW.plus(Span::from_seconds(59))).await.expect("touched");
    assert_eq!(found(NOW, LIMITS).await.expect("alive").seen_at, NOW);
    store.touch_session_at(&session, hours(11)).await.expect("touched");
    store.touch_session_at(&session, hours(10)).await.expect("touched");
    assert_eq!(found(hours(22), LIMITS).await.expect("alive").seen_at, hours(11));
    let never = SessionLimits { idle: Span::from_days(3650), whole: Span::from_days(3650) };
    assert_eq!(found(hours(7 * 24), never).await, None, "its end was fixed when it began");
    assert_eq!(store.head().await.expect("head"), head, "no verifier needs to hear of sessions");
    assert_eq!(fixture.tamper("UPDATE sessions SET expires_at = expires_at + 1").await, 1);
    assert!(matches!(store.find_session_at([1; 32], NOW, LIMITS).await, Err(StoreError::Tampered { .. })));
}

/// Ending one ends that one, of that user; ending all leaves the one that is named. What was signed in at is told.
pub async fn sessions_end_once(fixture: &Fixture) {
    let store = &fixture.store;
    let own = ann(fixture).await;
    let other = store.insert_user(user(fixture, "bob"), actor(0)).await.expect("added");
    let begin = |number: u8| start(fixture, &own, [number; 32], number.into());
    let first = begin(1).await.expect("started").id;
    let second = begin(2).await.expect("started").id;
    let third = begin(3).await.expect("started").id;
    let fourth = begin(4).await.expect("started").id;
    let theirs = start(fixture, &other, [9; 32], 9).await.expect("started");
    let client = ClientId::from_random(random());
    for _ in 0..2 {
        store.note_session_client(first, client, NOW).await.expect("noted");
    }
    assert_eq!(store.list_session_clients(first).await, Ok(vec![client]));
    assert_eq!(store.end_session(other.id, first, "user", actor(20)).await, Err(StoreError::NotFound("session")));
    let ended = store.end_session(own.id, first, "user", actor(20)).await.expect("ended").expect("now");
    assert_eq!((ended.id, ended.clients), (first, vec![client]));
    assert_eq!(store.end_session(own.id, first, "user", actor(21)).await, Ok(None));
    assert_eq!(store.find_session_at([1; 32], NOW, LIMITS).await, Ok(None));

    let page = |after| PageRequest { after, limit: 2 };
    let head = store.list_sessions_at(own.id, hours(1), LIMITS, page(None)).await.expect("listed");
    assert_eq!(head.items.iter().map(|session| session.id).collect::<Vec<_>>(), [fourth, third]);
    let rest = store.list_sessions_at(own.id, hours(1), LIMITS, page(head.next)).await.expect("listed");
    assert_eq!((rest.items.iter().map(|session| session.id).collect::<Vec<_>>(), rest.next), (vec![second], None));

    let ended = store.end_sessions(own.id, Some(third), "user", actor(30)).await.expect("ended");
    assert_eq!(ended.len(), 2);
    let left = store.list_sessions_at(own.id, hours(1), LIMITS, page(None)).await.expect("listed");
    assert_eq!(left.items.iter().map(|session| session.id).collect::<Vec<_>>(), [third]);
    assert!(store.find_session_at([9; 32], NOW, LIMITS).await.expect("found").is_some(), "{}", theirs.id);

    let edit = UserEdit { disabled: Some(true), ..UserEdit::default() };
    let edited = store.edit_user(own.organisation, own.id, 1, edit, actor(40)).await.expect("disabled");
    assert_eq!(edited.ended.iter().map(|ended| ended.id).collect::<Vec<_>>(), [third]);
    assert_eq!(store.find_session_at([3; 32], NOW, LIMITS).await, Ok(None));
    assert!(matches!(start(fixture, &own, [5; 32], 50).await, Err(StoreError::Conflict(_))));

    let due = NOW.plus(LIMITS.whole).plus(limits::DEAD_SESSION_LIFE).plus(Span::from_minutes(1));
    let swept = store.sweep_at(due, 2).await.expect("swept");
    assert_eq!((swept.sessions, swept.more), (2, true));
    while store.sweep_at(due, 2).await.expect("swept").more {}
    assert_eq!(fixture.tamper("UPDATE sessions SET seen_at = 0").await, 0, "none is left");
    assert_eq!(store.list_session_clients(first).await, Ok(Vec::new()));
}

/// Passwords are found by name and by e-mail address; a new one ends the sessions of the old; a hash that was put in is refused.
pub async fn passwords_are_kept_as_hashes(fixture: &Fixture) {
    let store = &fixture.store;
    let own = ann(fixture).await;
    let mailed = User { email: Some("Bob@Example.com".to_owned()), ..user(fixture, "bob") };
    let other = store.insert_user(mailed, actor(0)).await.expect("added");
    let found = |name: &'static str| async move { store.find_credentials(name, limits::SIGN_IN_CANDIDATES).await.expect("found").pop() };
    assert_eq!(found("nobody").await, None);
    assert_eq!(found("ann").await.expect("there").hash, None);
    start(fixture, &own, [1; 32], 0).await.expect("started");
    store.set_password(own.organisation, own.id, hash("$one"), actor(1)).await.expect("set");
    assert_eq!(store.find_session_at([1; 32], NOW, LIMITS).await, Ok(None));
    assert_eq!(found("ann").await.expect("there").hash, Some(hash("$one")));
    assert_eq!(found("bob@example.com").await.expect("there").user.id, other.id);
    assert_eq!(found("Ann").await, None);

    store.upgrade_password(own.id, hash("$one"), hash("$two"), actor(2)).await.expect("upgraded");
    store.upgrade_password(own.id, hash("$one"), hash("$three"), actor(2)).await.expect("too late");
    assert_eq!(found("a@example.com").await.expect("there").hash, Some(hash("$two")));
    assert!(!format!("{:?}", found("ann").await).contains("two"));
    let elsewhere = jeton_core::id::OrganisationId::from_random([1; 16]);
    let foreign = store.set_password(elsewhere, own.id, hash("$four"), actor(3)).await;
    assert_eq!(foreign.err(), Some(StoreError::NotFound("user")));
    let events = store.audit_events(&AuditFilter::default(), &PageRequest::default()).await.expect("listed").items;
    assert!(events.iter().any(|event| event.action == "password.set") && events.iter().all(|event| !event.details.contains('$')));

    assert_eq!(fixture.tamper("UPDATE passwords SET hash = '$mine'").await, 1);
    assert!(matches!(store.find_credentials("ann", 4).await, Err(StoreError::Tampered { .. })));
    store.remove_user(own.organisation, own.id, actor(4)).await.expect("removed");
    assert_eq!(fixture.tamper("UPDATE passwords SET hash = '$mine'").await, 0, "it went with its user");
}

/// Consents add up; withdrawing one takes along what the client holds for this person, and nothing else.
pub async fn consents_take_their_grants_along(fixture: &Fixture) {
    let store = &fixture.store;
    let own = ann(fixture).await;
    let (anchor, other_anchor) = (fixture.issue().await, fixture.issue().await);
    let (client, other_client) = (ClientId::of_anchor(anchor), ClientId::of_anchor(other_anchor));
    let grant = |parent: TokenId, subject: &str| {
        let mut new = fixture.child_of(parent);
        new.subject = Subject::parse(subject).expect("a subject");
        let id = new.id;
        async move {
            fixture.issue_this(new).await.expect("issued");
            id
        }
    };
    let ann = own.id.to_string();
    let theirs = [grant(anchor, &ann).await, grant(anchor, &ann).await];
    let others = [grant(anchor, "svc_other").await, grant(other_anchor, &ann).await, anchor, other_anchor];

    let scopes = |uri: &str, list: &str| -> ConsentedScopes { [(audience(uri), ScopeSet::parse_spaced(list).expect("scopes"))].into() };
    let orders = "https://api.example.com";
    for (client, given) in [
        (client, scopes(orders, "orders:read")),
        (client, scopes(orders, "orders:write")),
        (client, scopes("https://issuer.example.com/oauth/userinfo", "openid email")),
        (other_client, scopes(orders, "orders:read")),
    ] {
        store.give_consent(own.organisation, own.id, client, given, actor(1)).await.expect("given");
    }
    let consent = store.find_consent(own.id, client).await.expect("found").expect("given");
    assert_eq!((consent.version, consent.scopes.len()), (3, 2));
    assert!(consent.covers(&audience(orders), &ScopeSet::parse_spaced("orders:read orders:write").expect("scopes")));
    assert!(!consent.covers(&audience("https://other.example.com"), &ScopeSet::parse_spaced("orders:read").expect("scopes")));
    let first = store.list_consents(own.id, PageRequest { after: None, limit: 1 }).await.expect("listed");
    let rest = store.list_consents(own.id, PageRequest { after: first.next, limit: 1 }).await.expect("listed");
    assert_eq!((first.items.len(), rest.items.len(), rest.next), (1, 1, None));

    let withdrawn = store.withdraw_consent(own.organisation, own.id, client, actor(2)).await.expect("withdrawn");
    assert_eq!((withdrawn.grants, withdrawn.revision), (2, store.head().await.expect("head")));
    for id in theirs {
        assert_eq!(fixture.state(id).await, Ok(TokenState::Revoked));
    }
    for id in others {
        assert_eq!(fixture.state(id).await, Ok(TokenState::Active));
    }
    assert_eq!(store.find_consent(own.id, client).await, Ok(None));
    assert!(store.find_consent(own.id, other_client).await.expect("found").is_some());
    assert_eq!(store.withdraw_consent(own.organisation, own.id, client, actor(3)).await.expect("again").grants, 0);
    assert_eq!(fixture.tamper("UPDATE consents SET version = 7").await, 1);
    assert!(matches!(store.find_consent(own.id, other_client).await, Err(StoreError::Tampered { .. })));
}
