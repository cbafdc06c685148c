//! Pushed requests: open for a while, good for one code, and not believed once they were edited.

use super::fixture::{Fixture, NOW, random};
use crate::{StoreError, code::NewCode, request::NewPushedRequest};
use futures_util::future::join_all;
use jeton_core::{
    id::{ClientId, UserId},
    limits,
    oauth::authorization::Authorization,
    scope::ScopeSet,
    timestamp::{Span, Timestamp},
};

fn after(seconds: u32) -> Timestamp {
    NOW.plus(Span::from_seconds(seconds))
}

fn code(fixture: &Fixture, client: ClientId) -> NewCode {
    let authorization = Authorization {
        organisation: fixture.organisation,
        client,
        user: UserId::from_random(random()),
        session: None,
        authenticated_at: NOW,
        methods: vec!["pwd".to_owned()],
        acr: "1".to_owned(),
        scopes: ScopeSet::empty(),
        resources: Vec::new(),
        nonce: None,
        claims: None,
        redirect_uri: None,
        code_challenge: None,
        dpop_jkt: None,
    };
    NewCode { digest: random(), authorization, expires_at: after(60) }
}

async fn push(fixture: &Fixture) -> (ClientId, [u8; 32]) {
    let (client, digest) = (ClientId::from_random(random()), random());
    let new = NewPushedRequest { digest, client, body: "scope=openid".to_owned(), expires_at: after(90) };
    fixture.store.insert_pushed_request_at(new, NOW).await.expect("kept");
    (client, digest)
}

/// One client's requests are bounded, while they wait and no longer; another's are its own.
pub async fn pushed_requests_are_bounded(fixture: &Fixture) {
    let client = ClientId::from_random(random());
    let push = |client| NewPushedRequest { digest: random(), client, body: "scope=openid".to_owned(), expires_at: after(90) };
    let outcomes =
        join_all((0..limits::PUSHED_REQUESTS_PER_CLIENT).map(|_| fixture.store.insert_pushed_request_at(push(client), NOW))).await;
    assert!(outcomes.iter().all(Result::is_ok));
    let over = fixture.store.insert_pushed_request_at(push(client), after(89)).await;
    assert!(matches!(over, Err(StoreError::Conflict(_))), "{over:?}");
    fixture.store.insert_pushed_request_at(push(ClientId::from_random(random())), NOW).await.expect("another client's");
    fixture.store.insert_pushed_request_at(push(client), after(90)).await.expect("the others are over");
}

/// A request can be come back to until a code is issued for it, of which there is one even in a race.
pub async fn a_pushed_request_is_good_for_one_code(fixture: &Fixture) {
    let store = &fixture.store;
    let (client, digest) = push(fixture).await;
    assert_eq!(store.find_pushed_request_at(digest, after(89)).await.expect("read").expect("there").body, "scope=openid");
    assert_eq!(store.find_pushed_request_at(digest, after(90)).await.expect("read"), None);
    // Opened in time, it can be gone on with; a second opening does not draw it out.
    store.open_pushed_request_at(digest, after(80), after(680)).await.expect("opened");
    store.open_pushed_request_at(digest, after(600), after(1200)).await.expect("opened");
    assert!(store.find_pushed_request_at(digest, after(679)).await.expect("read").is_some());
    assert!(store.find_pushed_request_at(digest, after(680)).await.expect("read").is_none());
    // Another client gets nothing for it, and does not use it up.
    let foreign = store.insert_code_of_pushed_at(code(fixture, ClientId::from_random(random())), digest, after(100)).await;
    assert!(matches!(foreign, Err(StoreError::Conflict(_))), "{foreign:?}");
    let races = (0..8).map(|_| {
        let (store, code) = (store.clone(), code(fixture, client));
        tokio::spawn(async move {
            let kept = store.insert_code_of_pushed_at(code.clone(), digest, after(100)).await;
            (kept, store.find_code(code.digest).await.expect("read").is_some())
        })
    });
    let mut won = 0;
    for race in races.collect::<Vec<_>>() {
        let (kept, is_there) = race.await.expect("joined");
        assert_eq!(kept.is_ok(), is_there);
        won += u32::from(is_there);
    }
    assert_eq!(won, 1);
    assert_eq!(store.find_pushed_request_at(digest, after(100)).await.expect("read"), None);
    let (late, over) = push(fixture).await;
    assert!(store.insert_code_of_pushed_at(code(fixture, late), over, after(91)).await.is_err());
    while store.sweep_at(after(1000), 100).await.expect("swept").more {}
    assert_eq!(fixture.tamper("UPDATE pushed_requests SET body = body").await, 0);
}

/// A request that was changed from outside is an error, never a request.
pub async fn an_edited_push_is_not_believed(fixture: &Fixture) {
    for edit in [
        "UPDATE pushed_requests SET body = 'scope=all'",
        "UPDATE pushed_requests SET expires_at = expires_at + 1",
        "UPDATE pushed_requests SET client = 'app_000000000000'",
    ] {
        let (client, digest) = push(fixture).await;
        assert!(fixture.tamper(edit).await > 0);
        let read = fixture.store.find_pushed_request_at(digest, NOW).await;
        assert!(matches!(read, Err(StoreError::Tampered { .. })), "{edit}: {read:?}");
        let used = fixture.store.insert_code_of_pushed_at(code(fixture, client), digest, NOW).await;
        assert!(matches!(used, Err(StoreError::Tampered { .. })), "{edit}: {used:?}");
    }
    // A used one that is made unused is the same.
    let (client, digest) = push(fixture).await;
    fixture.store.insert_code_of_pushed_at(code(fixture, client), digest, NOW).await.expect("used");
    assert!(fixture.tamper("UPDATE pushed_requests SET used_at = NULL").await > 0);
    assert!(matches!(fixture.store.find_pushed_request_at(digest, NOW).await, Err(StoreError::Tampered { .. })));
}
