//! The signing keys of each algorithm: made when they are needed, published, replaced by themselves; each kind of JWT verifies
//! under the key set that is published.

use crate::world::{Anonymous, ISSUER, On, World};
use jeton_core::{
    jose::{
        Algorithm, Ended, IdTokenClaims, IntrospectionAnswerClaims, KeySet, LogoutTokenClaims, StatusListClaims, UserinfoAnswerClaims,
        verify_id_token_hint,
    },
    timestamp::{Span, Timestamp},
};
use serde_json::Map;

fn id_token(now: Timestamp) -> IdTokenClaims<'static> {
    IdTokenClaims {
        issuer: ISSUER,
        subject: "usr_1",
        client_id: "app_1",
        expires_at: now.plus(Span::from_minutes(10)),
        issued_at: now,
        auth_time: None,
        nonce: None,
        acr: None,
        amr: &[],
        session: None,
        access_token: None,
        code: None,
        state: None,
        profile: Map::new(),
    }
}

async fn published(world: &World) -> KeySet {
    let jwks = world.get(&Anonymous, "/oauth/jwks").await.expect(200);
    let (keys, skipped) = KeySet::parse(jwks.text.as_bytes()).expect("a key set");
    assert_eq!(skipped, []);
    keys
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_made_when_it_is_first_needed_and_once() {
    for engine in [On::Sqlite, On::Postgres] {
        let world = World::on(engine, |_| {}).await;
        let keys = &world.authority().keys;
        let now = world.authority().now();
        let (one, two, three) = tokio::join!(
            keys.signing_with_at(Algorithm::Rs256, now),
            keys.signing_with_at(Algorithm::Rs256, now),
            keys.signing_with_at(Algorithm::Rs256, now),
        );
        let kids = [one, two, three].map(|key| key.expect("a key").kid().to_owned());
        assert!(kids.iter().all(|kid| *kid == kids[0]), "{kids:?}");
        let of_rsa = |keys: &KeySet| keys.iter().filter(|key| key.algorithm() == Algorithm::Rs256).count();
        assert_eq!(of_rsa(&published(&world).await), 1);
        // Access tokens are signed as configured all the while.
        assert_eq!(keys.signing_at(now).expect("a key").algorithm(), Algorithm::Es256);
        for algorithm in Algorithm::SIGNING {
            let issued = keys.issue_id_token_at(algorithm, &id_token(now), now).await.expect("signed");
            let hint = verify_id_token_hint(issued.expose().as_bytes(), &published(&world).await, ISSUER).expect("verifies");
            assert_eq!((hint.subject.as_str(), hint.client_id.as_str()), ("usr_1", "app_1"));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_is_signed_with_the_algorithm_that_is_asked_for() {
    let world = World::start().await;
    let (keys, now) = (&world.authority().keys, world.authority().now());
    let (algorithm, until) = (Algorithm::EdDsa, now.plus(Span::from_minutes(2)));
    let ended = Ended::Subject("usr_1");
    let logout = LogoutTokenClaims { issuer: ISSUER, client_id: "app_1", issued_at: now, expires_at: until, id: "one", ended };
    let userinfo = UserinfoAnswerClaims { issuer: ISSUER, client_id: "app_1", subject: "usr_1", issued_at: now, profile: Map::new() };
    let answer = IntrospectionAnswerClaims { issuer: ISSUER, audience: "app_1", issued_at: now, answer: Map::new() };
    let list = StatusListClaims {
        issuer: ISSUER,
        list: "http://127.0.0.1:8700/oauth/status/1",
        issued_at: now,
        expires_at: until,
        time_to_live: Span::from_minutes(1),
        bits: 1,
        states: "eNrbuRgAAhcBXQ",
    };
    let signed = [
        keys.issue_logout_token_at(algorithm, &logout, now).await.expect("signed"),
        keys.issue_userinfo_answer_at(algorithm, &userinfo, now).await.expect("signed"),
        keys.issue_introspection_answer_at(algorithm, &answer, now).await.expect("signed"),
        keys.issue_status_list_at(&list, now).expect("signed"),
    ];
    let named = signed.iter().map(|jwt| jeton_core::jose::UnverifiedJwt::parse(jwt.expose().as_bytes()).expect("a JWT").alg().to_owned());
    assert_eq!(named.collect::<Vec<_>>(), ["EdDSA", "EdDSA", "EdDSA", "ES256"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_chain_keeps_its_own_schedule() {
    let world = World::start().await;
    let keys = &world.authority().keys;
    let now = world.authority().now();
    keys.keep_schedule_at(now).await.expect("kept");
    keys.keep_schedule_at(now).await.expect("kept");
    let of = |algorithm: Algorithm| keys.list().into_iter().filter(|key| key.algorithm == algorithm.as_str()).collect::<Vec<_>>();
    let first: Vec<_> = Algorithm::SIGNING.into_iter().map(|algorithm| of(algorithm)[0].kid.clone()).collect();
    assert_eq!(keys.list().len(), 3, "one of each, however often it is asked");
    let due = now.plus(Span::from_days(89)).plus(Span::from_hours(1));
    keys.keep_schedule_at(due).await.expect("kept");
    assert_eq!(keys.list().len(), 6);
    for (algorithm, first) in Algorithm::SIGNING.into_iter().zip(first) {
        let chain = of(algorithm);
        assert_eq!((chain[0].kid.as_str(), chain[0].removed_at.is_some(), chain[1].removed_at), (first.as_str(), true, None));
        let signing = |at| async move { keys.signing_with_at(algorithm, at).await.expect("a key").kid().to_owned() };
        assert_eq!(signing(due).await, first);
        assert_eq!(signing(now.plus(Span::from_days(91))).await, chain[1].kid);
    }
}
