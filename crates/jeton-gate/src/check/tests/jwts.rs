//! JWTs: verified once, then recognised; dead with their record and with the key that signed them.

use crate::{
    Question,
    credential::Credential,
    fixture::{AUDIENCE, NOW, World, id, policy, record},
};
use jeton_core::{
    denial::{Denial, JwtFault},
    facts::{Secrets, TokenRecord, TokenState},
    jose::{AccessTokenClaims, Algorithm, KeySet, PlainJwt, SigningKey},
    kind::{TokenFormat, TokenKind},
    scope::ScopeSet,
    timestamp::Span,
    token_text::TokenDigest,
};
use std::sync::Arc;

const ISSUER: &str = "http://127.0.0.1:8700";

pub(super) fn jwt_record(number: u64, scopes: &[&str]) -> TokenRecord {
    let mut own = record(number);
    own.secrets = Secrets { current: TokenDigest::from_bytes([0; 32]), previous: None };
    own.expires_at = Some(NOW.plus(Span::from_minutes(15)));
    let mut rules = policy(0);
    (rules.kind, rules.format) = (TokenKind::Oat, TokenFormat::Jwt);
    rules.scopes = ScopeSet::parse_list(scopes).expect("scopes");
    own.policy = Arc::new(rules);
    own
}

pub(super) fn sign(key: &SigningKey, record: &TokenRecord) -> PlainJwt {
    key.issue_access_token(&AccessTokenClaims::of_record(ISSUER, record, NOW).expect("claims")).expect("signed")
}

fn set_of(keys: &[&SigningKey]) -> KeySet {
    KeySet::new(keys.iter().map(|key| key.public().clone()).collect()).expect("key set")
}

struct Scene {
    world: World,
    key: SigningKey,
    token: PlainJwt,
}

impl Scene {
    fn new() -> Self {
        let world = World::fresh();
        let key = SigningKey::generate(Algorithm::EdDsa).expect("key");
        world.gate.set_keys(set_of(&[&key]));
        let own = jwt_record(1, &["orders:read"]);
        let token = sign(&key, &own);
        world.issue(own);
        Self { world, key, token }
    }
    async fn check(&self) -> Result<(), Denial> {
        let credential = Credential::from_text(self.token.expose());
        let question = Question { audience: Some(AUDIENCE), ..Question::new(credential) };
        self.world.gate.check(&question).await.map(|_| ()).map_err(|refused| refused.denial)
    }
    fn seen(&self) -> usize {
        self.world.gate.inner.jwts.len()
    }
}

#[tokio::test]
async fn a_jwt_is_verified_once_and_then_recognised() {
    let scene = Scene::new();
    assert_eq!(scene.check().await, Ok(()));
    assert_eq!(scene.seen(), 1);
    assert_eq!(scene.check().await, Ok(()));
    assert_eq!((scene.seen(), scene.world.source.asked()), (1, 1));
}

#[tokio::test]
async fn a_jwt_is_dead_with_its_record() {
    let scene = Scene::new();
    assert_eq!(scene.check().await, Ok(()));
    scene.world.set_state(id(1), TokenState::Revoked);
    assert_eq!(scene.check().await, Err(Denial::Revoked));
    let stranger = Scene::new();
    stranger.world.gate.set_keys(set_of(&[&scene.key]));
    let lost = Scene { world: World::fresh(), ..scene };
    lost.world.gate.set_keys(set_of(&[&lost.key]));
    assert_eq!(lost.check().await, Err(Denial::Unknown), "signed, but no row");
}

#[tokio::test]
async fn a_jwt_is_dead_with_its_key() {
    let scene = Scene::new();
    assert_eq!(scene.check().await, Ok(()));
    let next = SigningKey::generate(Algorithm::Es256).expect("key");
    scene.world.gate.set_keys(set_of(&[&scene.key, &next]));
    assert_eq!((scene.check().await, scene.seen()), (Ok(()), 1), "a key more changes nothing");
    scene.world.gate.set_keys(set_of(&[&next]));
    assert_eq!(scene.seen(), 0);
    assert_eq!(scene.check().await, Err(Denial::Unknown));
}

#[tokio::test]
async fn a_record_that_no_longer_says_what_was_signed_refuses_the_jwt() {
    let scene = Scene::new();
    assert_eq!(scene.check().await, Ok(()));
    let wider = jwt_record(1, &["orders:read", "orders:write"]);
    let original = jwt_record(1, &["orders:read"]);
    scene.world.issue(wider);
    assert_eq!(scene.check().await, Err(Denial::BadJwt(JwtFault::Differs)));
    scene.world.issue(original);
    assert_eq!(scene.check().await, Ok(()));
}

#[tokio::test]
async fn a_jwt_ends_when_it_says_so() {
    let scene = Scene::new();
    assert_eq!(scene.check().await, Ok(()));
    scene.world.clock.advance(std::time::Duration::from_secs(15 * 60));
    scene.world.follow();
    assert!(matches!(scene.check().await, Err(Denial::Expired { .. })));
}

#[tokio::test]
async fn a_forged_signature_is_unknown_and_an_opaque_text_is_no_way_to_a_jwts_row() {
    let scene = Scene::new();
    let forger = SigningKey::generate(Algorithm::EdDsa).expect("key");
    let forged = Scene { token: sign(&forger, &jwt_record(1, &["orders:read"])), ..scene };
    assert_eq!(forged.check().await, Err(Denial::Unknown));
    let text = jeton_core::token_text::PlainToken::from_random(None, TokenKind::Oat, id(1), &[0; 32]);
    let question = Question::new(Credential::from_text(text.expose()));
    assert_eq!(forged.world.gate.check(&question).await.expect_err("refused").denial, Denial::Unknown);
}
