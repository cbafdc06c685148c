//! Many unknown tokens, and many questions at once.

use crate::{
    Question,
    fixture::{World, credential, id, plain, record},
    settings::Settings,
};
use jeton_core::{
    denial::{Denial, Unavailable},
    facts::TokenState,
};
use std::net::IpAddr;

#[tokio::test]
async fn a_flood_of_made_up_tokens_does_not_reach_the_source() {
    let world = World::fresh();
    for number in 0..2000 {
        world.issue(record(number));
    }
    world.scan();
    let mut refused = 0;
    for number in 1_000_000..1_020_000 {
        let token = plain(number);
        let outcome = world.gate.check(&Question::new(Ok(credential(&token)))).await;
        refused += usize::from(outcome.is_err_and(|refused| refused.denial == Denial::Unknown));
    }
    assert_eq!(refused, 20_000);
    assert!(world.source.asked() < 200, "{} of 20,000 reached the source", world.source.asked());
    for number in 0..2000 {
        let token = plain(number);
        assert!(world.gate.check(&Question::new(Ok(credential(&token)))).await.is_ok(), "{number}");
    }
}

#[tokio::test]
async fn a_fresh_token_passes_at_once_though_it_was_asked_for_before() {
    let world = World::fresh();
    world.scan();
    let token = plain(1);
    for _ in 0..2 {
        assert!(world.gate.check(&Question::new(Ok(credential(&token)))).await.is_err());
    }
    let unscanned = World::fresh();
    assert!(unscanned.gate.check(&Question::new(Ok(credential(&token)))).await.is_err());
    for world in [&world, &unscanned] {
        world.issue(record(1));
        assert!(world.gate.check(&Question::new(Ok(credential(&token)))).await.is_ok());
    }
}

#[tokio::test]
async fn a_token_issued_during_the_scan_is_not_lost() {
    let world = World::fresh();
    let scan = world.gate.scan_ids(10);
    scan.add(world.source.ids());
    world.issue(record(1));
    scan.finish();
    assert!(world.gate.knows_ids());
    let token = plain(1);
    assert!(world.gate.check(&Question::new(Ok(credential(&token)))).await.is_ok());
}

#[tokio::test]
async fn the_same_unknown_token_is_looked_up_once_in_a_while() {
    let world = World::fresh();
    let token = plain(1);
    for _ in 0..100 {
        assert!(world.gate.check(&Question::new(Ok(credential(&token)))).await.is_err());
    }
    assert_eq!(world.source.asked(), 1);
    world.clock.advance(std::time::Duration::from_secs(5));
    world.follow();
    assert!(world.gate.check(&Question::new(Ok(credential(&token)))).await.is_err());
    assert_eq!(world.source.asked(), 2);
}

#[tokio::test]
async fn without_a_scan_the_flooder_is_slowed_and_others_are_not() {
    let world = World::fresh();
    world.issue(record(1));
    world.issue(record(2));
    let flooder: IpAddr = "192.0.2.7".parse().expect("address");
    let mut turned_away = 0;
    for number in 1_000_000..1_005_000 {
        let token = plain(number);
        let question = Question { client_ip: Some(flooder), ..Question::new(Ok(credential(&token))) };
        let refused = world.gate.check(&question).await.expect_err("refused");
        turned_away += usize::from(refused.denial == Denial::Unavailable(Unavailable::Store));
    }
    assert_eq!((turned_away, world.source.asked()), (4000, 1000));
    // Another network finds room, unless chance put it into the same one of the 1,024 groups.
    let mut passed = 0;
    for last in 1..=8u8 {
        let token = plain(1);
        let client_ip = Some(IpAddr::from([198, 51, last, 1]));
        passed += usize::from(world.gate.check(&Question { client_ip, ..Question::new(Ok(credential(&token))) }).await.is_ok());
    }
    assert!(passed >= 7, "{passed}");
    // And what is in memory is answered for everybody.
    let token = plain(1);
    let question = Question { client_ip: Some(flooder), ..Question::new(Ok(credential(&token))) };
    assert!(world.gate.check(&question).await.is_ok());
}

#[tokio::test]
async fn concurrent_first_look_ups_are_one_and_outlive_their_first_asker() {
    let world = World::fresh();
    world.issue(record(1));
    world.source.held.send_replace(true);
    let ask = || {
        let gate = world.gate.clone();
        tokio::spawn(async move {
            let token = plain(1);
            gate.check(&Question::new(Ok(credential(&token)))).await.is_ok()
        })
    };
    let first = ask();
    while world.source.asked() == 0 {
        tokio::task::yield_now().await;
    }
    let others: Vec<_> = (0..50).map(|_| ask()).collect();
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    first.abort();
    assert!(first.await.is_err());
    world.source.held.send_replace(false);
    for other in others {
        assert!(other.await.expect("no panic"));
    }
    assert_eq!(world.source.asked(), 1);
}

#[tokio::test]
async fn too_many_look_ups_at_once_are_turned_away_and_known_tokens_are_not() {
    let world = World::new(Settings { lookups_at_once: 4, ..Settings::default() });
    world.follow();
    world.issue(record(1));
    let token = plain(1);
    assert!(world.gate.check(&Question::new(Ok(credential(&token)))).await.is_ok());
    world.source.held.send_replace(true);
    let waiting: Vec<_> = (10..14)
        .map(|number| {
            let gate = world.gate.clone();
            tokio::spawn(async move { gate.check(&Question::new(Ok(credential(&plain(number))))).await.map(|_| ()).map_err(|r| r.denial) })
        })
        .collect();
    while world.source.asked() < 5 {
        tokio::task::yield_now().await;
    }
    let stranger = plain(20);
    let refused = world.gate.check(&Question::new(Ok(credential(&stranger)))).await.expect_err("turned away");
    assert_eq!(refused.denial, Denial::Unavailable(Unavailable::Store));
    assert!(world.gate.check(&Question::new(Ok(credential(&token)))).await.is_ok());
    world.source.held.send_replace(false);
    for outcome in waiting {
        assert_eq!(outcome.await.expect("no panic"), Err(Denial::Unknown));
    }
}

#[tokio::test]
async fn a_full_memory_stays_within_its_bound_and_still_answers() {
    let world = World::new(Settings { memory_tokens: 512, ..Settings::default() });
    world.follow();
    for number in 0..5000 {
        let mut own = record(number);
        own.state = if number % 2 == 0 { TokenState::Active } else { TokenState::Revoked };
        world.issue(own);
    }
    for number in 0..5000 {
        let token = plain(number);
        let outcome = world.gate.check(&Question::new(Ok(credential(&token)))).await;
        assert_eq!(outcome.is_ok(), number % 2 == 0, "{}", id(number));
    }
    assert!(world.gate.inner.around.memory.held() <= 700, "{}", world.gate.inner.around.memory.held());
}
