//! Device codes: answered once, taken once, by their own client; and the pace that a device is held to outlives its questions.

use super::{
    fixture::{Fixture, NOW, actor, audience, random},
    grants,
};
use crate::{
    StoreError,
    device::{DeviceAnswer, DeviceTaking, NewDevice, Polled},
};
use jeton_core::{
    id::{ClientId, UserId},
    limits,
    oauth::{authorization::Authorization, device::DeviceRequest, user_code::UserCode},
    scope::ScopeSet,
    timestamp::Span,
};

fn new(fixture: &Fixture, client: ClientId) -> NewDevice {
    let request = DeviceRequest {
        organisation: fixture.organisation,
        client,
        client_id: client.to_string(),
        scopes: ScopeSet::parse_spaced("orders:read").expect("scopes"),
        resources: vec![audience("https://orders.example.com")],
    };
    NewDevice { digest: random(), user_code: UserCode::from_random(random()), request, expires_at: NOW.plus(Span::from_minutes(10)) }
}

fn authorization(new: &NewDevice) -> Box<Authorization> {
    let request = &new.request;
    Box::new(Authorization {
        organisation: request.organisation,
        client: request.client,
        user: UserId::from_random(random()),
        session: None,
        authenticated_at: NOW,
        methods: vec!["pwd".to_owned()],
        acr: "urn:a".to_owned(),
        scopes: request.scopes.clone(),
        resources: request.resources.clone(),
        nonce: None,
        claims: None,
        redirect_uri: None,
        code_challenge: None,
        dpop_jkt: None,
    })
}

/// A person's yes is given to the device that asked, once.
pub async fn a_device_is_answered_once_and_takes_it_once(fixture: &Fixture) {
    let owner = grants::client(fixture).await;
    let (store, client) = (&fixture.store, owner.id);
    let device = new(fixture, client);
    store.insert_device(device.clone(), actor(0)).await.expect("kept");
    let twin = NewDevice { digest: random(), ..device.clone() };
    assert_eq!(store.insert_device(twin, actor(0)).await, Err(StoreError::Exists("a device with this code")));
    let waiting = store.find_device_at(&device.user_code, NOW).await.expect("read").expect("waits");
    assert_eq!((waiting.request, waiting.expires_at), (device.request.clone(), device.expires_at));
    assert_eq!(store.find_device_at(&device.user_code, device.expires_at).await.expect("read"), None);
    assert_eq!(store.find_device_at(&UserCode::from_random(random()), NOW).await.expect("read"), None);

    let poll = async |client, seconds| store.poll_device(device.digest, client, actor(seconds)).await.expect("told");
    assert_eq!(poll(client, 0).await, Polled::Pending);
    assert_eq!(poll(client, 1).await, Polled::TooSoon);
    assert_eq!(poll(client, 8).await, Polled::TooSoon, "ten seconds from now on");
    assert_eq!(poll(client, 30).await, Polled::Pending);
    assert_eq!(poll(ClientId::from_random(random()), 60).await, Polled::Unknown);
    let allowed = authorization(&device);
    let foreign = Box::new(Authorization { client: ClientId::from_random(random()), ..*allowed.clone() });
    let answer = async |answer| store.answer_device(device.user_code.clone(), answer, actor(61)).await;
    assert!(matches!(answer(DeviceAnswer::Approve(foreign)).await, Err(StoreError::Conflict(_))));
    // Of many who answer, one counts.
    let answers = futures_util::future::join_all((0..8).map(|_| answer(DeviceAnswer::Approve(allowed.clone())))).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    assert_eq!(answer(DeviceAnswer::Deny).await.err(), Some(StoreError::NotFound("device")));
    let told = futures_util::future::join_all((0..8).map(|_| poll(client, 62))).await;
    assert!(told.iter().all(|told| *told == Polled::Approved(allowed.clone())), "asking takes nothing");
    let take = async |client| {
        let taking = DeviceTaking { digest: device.digest, client, grant: grants::grant(fixture, &owner) };
        store.take_device(taking, actor(62)).await
    };
    assert_eq!(take(ClientId::from_random(random())).await, Ok(None), "another client takes nothing");
    let taken = futures_util::future::join_all((0..8).map(|_| take(client))).await;
    assert_eq!(taken.iter().filter(|taken| matches!(taken, Ok(Some(_)))).count(), 1);
    assert_eq!(taken.iter().filter(|taken| **taken == Ok(None)).count(), 7);
    assert_eq!(poll(client, 63).await, Polled::Used);
}

/// A code for which nothing could be issued is not used up; and what is over is not taken.
pub async fn a_device_that_is_refused_its_tokens_may_come_again(fixture: &Fixture) {
    let owner = grants::client(fixture).await;
    let (store, device) = (&fixture.store, new(fixture, owner.id));
    store.insert_device(device.clone(), actor(0)).await.expect("kept");
    let taking = || DeviceTaking { digest: device.digest, client: owner.id, grant: grants::grant(fixture, &owner) };
    assert_eq!(store.take_device(taking(), actor(1)).await, Ok(None), "nobody has answered");
    store.answer_device(device.user_code.clone(), DeviceAnswer::Approve(authorization(&device)), actor(1)).await.expect("answered");
    let mut orphan = taking();
    orphan.grant.grant.policy.parent = Some(ClientId::from_random(random()).anchor());
    assert!(store.take_device(orphan, actor(2)).await.is_err(), "its client is not there");
    assert_eq!(store.take_device(taking(), actor(600)).await, Ok(None), "too late");
    assert!(matches!(store.take_device(taking(), actor(3)).await, Ok(Some(_))));
}

/// No is told as no, silence as over; and what is over is swept.
pub async fn a_device_that_is_refused_or_late_gets_nothing(fixture: &Fixture) {
    let (store, client) = (&fixture.store, ClientId::from_random(random()));
    let (denied, late, late_yes) = (new(fixture, client), new(fixture, client), new(fixture, client));
    for device in [&denied, &late, &late_yes] {
        store.insert_device(device.clone(), actor(0)).await.expect("kept");
    }
    store.answer_device(denied.user_code.clone(), DeviceAnswer::Deny, actor(1)).await.expect("answered");
    store.answer_device(late_yes.user_code.clone(), DeviceAnswer::Approve(authorization(&late_yes)), actor(1)).await.expect("answered");
    assert_eq!(store.poll_device(denied.digest, client, actor(2)).await, Ok(Polled::Denied));
    for device in [&late, &late_yes] {
        assert_eq!(store.poll_device(device.digest, client, actor(600)).await, Ok(Polled::Expired));
        let answer = store.answer_device(device.user_code.clone(), DeviceAnswer::Deny, actor(600)).await;
        assert_eq!(answer.err(), Some(StoreError::NotFound("device")));
    }
    while store.sweep_at(NOW.plus(Span::from_hours(3)), 10_000).await.expect("swept").more {}
    assert_eq!(store.poll_device(late.digest, client, actor(20_000)).await, Ok(Polled::Unknown));
}

/// A row that was changed from outside lets nobody in.
pub async fn an_edited_device_is_refused(fixture: &Fixture) {
    let (store, client) = (&fixture.store, ClientId::from_random(random()));
    let device = new(fixture, client);
    store.insert_device(device.clone(), actor(0)).await.expect("kept");
    assert_eq!(fixture.tamper("UPDATE device_codes SET state = 'approved'").await, 1);
    assert!(matches!(store.poll_device(device.digest, client, actor(1)).await, Err(StoreError::Tampered { .. })));
}

/// So many devices of one client may wait, and no more: what guessing can hit stays small.
pub async fn waiting_devices_are_bounded(fixture: &Fixture) {
    let (store, client) = (&fixture.store, ClientId::from_random(random()));
    let begin = |_| store.insert_device(new(fixture, client), actor(0));
    let begun = futures_util::future::join_all((0..limits::DEVICE_CODES_PER_CLIENT).map(begin)).await;
    assert!(begun.iter().all(Result::is_ok));
    assert!(matches!(begin(0).await, Err(StoreError::Conflict(_))));
    store.insert_device(new(fixture, ClientId::from_random(random())), actor(0)).await.expect("another client's");
    let late = NewDevice { expires_at: NOW.plus(Span::from_hours(2)), ..new(fixture, client) };
    store.insert_device(late, actor(3600)).await.expect("the others are over");
}
