//! Tokens that are bound to a key or a certificate: what opens, what does not, and what is said of it.

use crate::{
    Question, answer,
    check::Passed,
    credential::Scheme,
    dpop::{CalledUrl, Offered},
    fixture::{AUDIENCE, NOW, NoUses, World, credential, id, plain, policy, record},
    fixture_key::ClientKey,
    settings::{Disclosure, Settings},
};
use http::header::WWW_AUTHENTICATE;
use jeton_core::{
    binding::Binding,
    change::Revision,
    denial::{Denial, ProofFault, Unavailable},
    dpop_nonce::NonceKey,
    facts::{TokenRecord, TokenState},
    policy::Policy,
};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

const URL: &str = "https://api.example.com/v1/orders";

fn bound(number: u64, binding: Binding) -> TokenRecord {
    TokenRecord { policy: Arc::new(Policy { binding: Some(binding), ..policy(0) }), ..record(number) }
}

/// A world with the token 1, bound to a key.
struct Bound {
    world: World,
    key: ClientKey,
    text: String,
}

impl Bound {
    fn with(settings: Settings) -> Self {
        let (world, key) = (World::new(settings), ClientKey::generate());
        world.follow();
        world.issue(bound(1, Binding::Dpop(key.thumbprint())));
        Self { world, key, text: plain(1).expose().to_owned() }
    }
    fn fresh() -> Self {
        Self::with(Settings { memory_tokens: 4096, ..Settings::default() })
    }
    fn claims(&self, jti: &str) -> Value {
        ClientKey::claims(&self.text, "GET", URL, jti, self.world.gate.now().as_seconds())
    }
    async fn present(&self, scheme: Scheme, proof: Result<&str, ProofFault>) -> Result<Passed, crate::Refused> {
        let token = plain(1);
        let url = CalledUrl::Parts { secure: true, authority: "api.example.com", path: "/v1/orders" };
        let question = Question {
            audience: Some(AUDIENCE),
            offered: Offered { proof: proof.map(str::as_bytes), method: "GET", url },
            ..Question::new(Ok(credential(&token).under(scheme)))
        };
        self.world.gate.check(&question).await
    }
    async fn refusal(&self, scheme: Scheme, proof: Result<&str, ProofFault>) -> Denial {
        self.present(scheme, proof).await.expect_err("refused").denial
    }
}

#[tokio::test]
async fn a_bound_token_opens_with_a_proof_of_its_own_key_alone() {
    let bound = Bound::fresh();
    let proof = bound.key.sign(&bound.claims("a"));
    assert!(bound.present(Scheme::Dpop, Ok(&proof)).await.is_ok());
    assert_eq!(bound.refusal(Scheme::Dpop, Ok(&proof)).await, Denial::BadProof(ProofFault::Replayed));
    let next = bound.key.sign(&bound.claims("b"));
    assert_eq!(bound.refusal(Scheme::Bearer, Ok(&next)).await, Denial::BindingMismatch, "as a bearer token, proof or not");
    assert_eq!(bound.refusal(Scheme::Bearer, Err(ProofFault::Missing)).await, Denial::BindingMismatch);
    assert_eq!(bound.refusal(Scheme::Dpop, Err(ProofFault::Missing)).await, Denial::BadProof(ProofFault::Missing));
    assert_eq!(bound.refusal(Scheme::Dpop, Err(ProofFault::Several)).await, Denial::BadProof(ProofFault::Several));
    let stranger = ClientKey::generate().sign(&bound.claims("c"));
    assert_eq!(bound.refusal(Scheme::Dpop, Ok(&stranger)).await, Denial::BindingMismatch);
    assert!(bound.present(Scheme::Dpop, Ok(&next)).await.is_ok(), "what was refused is not used up");
}

#[tokio::test]
async fn a_proof_is_for_this_request() {
    let bound = Bound::fresh();
    let now = NOW.as_seconds();
    let cases = [
        ("htm", json!("POST"), ProofFault::WrongMethod),
        ("htu", json!("https://api.example.com/v1/other"), ProofFault::WrongTarget),
        ("htu", json!("http://api.example.com/v1/orders"), ProofFault::WrongTarget),
        ("ath", json!("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), ProofFault::WrongToken),
        ("iat", json!(now - 3600), ProofFault::NotFresh),
        ("iat", json!(now + 3600), ProofFault::NotFresh),
        ("jti", json!(7), ProofFault::Malformed),
    ];
    for (name, value, fault) in cases {
        let mut claims = bound.claims("a");
        claims[name] = value;
        assert_eq!(bound.refusal(Scheme::Dpop, Ok(&bound.key.sign(&claims))).await, Denial::BadProof(fault), "{name}");
    }
    for garbage in ["", "x", "a.b.c"] {
        assert_eq!(bound.refusal(Scheme::Dpop, Ok(garbage)).await, Denial::BadProof(ProofFault::Malformed), "{garbage}");
    }
    let token = plain(1);
    let proof = bound.key.sign(&bound.claims("a"));
    let offered = Offered { proof: Ok(proof.as_bytes()), method: "GET", url: CalledUrl::Unknown };
    let question = Question { offered, ..Question::new(Ok(credential(&token).under(Scheme::Dpop))) };
    let refused = bound.world.gate.check(&question).await.expect_err("nobody knows the address");
    assert_eq!(refused.denial, Denial::Unavailable(Unavailable::Configuration));
}

#[tokio::test]
async fn a_proof_tells_nothing_of_the_token() {
    let bound = Bound::with(Settings { disclosure: Disclosure::Minimal, ..Settings::default() });
    let settings = bound.world.gate.settings().clone();
    let told = |refused: crate::Refused| {
        let answer = answer::refusal(&refused, &settings);
        answer.headers().get_all(WWW_AUTHENTICATE).iter().map(|value| value.to_str().expect("text").to_owned()).collect::<Vec<_>>()
    };
    let known = told(bound.present(Scheme::Dpop, Ok("x")).await.expect_err("refused"));
    bound.world.set_state(id(1), TokenState::Revoked);
    assert_eq!(told(bound.present(Scheme::Dpop, Ok("x")).await.expect_err("refused")), known);
    let stranger = ClientKey::generate();
    let revoked = told(bound.present(Scheme::Dpop, Ok(&stranger.sign(&bound.claims("a")))).await.expect_err("refused"));
    bound.world.set_state(id(1), TokenState::Active);
    assert_eq!(told(bound.present(Scheme::Dpop, Ok(&stranger.sign(&bound.claims("b")))).await.expect_err("refused")), revoked);
}

#[tokio::test]
async fn a_proof_needs_a_nonce_where_one_is_asked_for() {
    let key = NonceKey::from_bytes(&[5; 32]);
    let bound = Bound::with(Settings { dpop_nonce: Some(key.clone()), ..Settings::default() });
    let refused = bound.present(Scheme::Dpop, Ok(&bound.key.sign(&bound.claims("a")))).await.expect_err("no nonce");
    assert_eq!(refused.denial, Denial::UseDpopNonce);
    let answer = answer::refusal(&refused, bound.world.gate.settings());
    let nonce = answer.headers()["dpop-nonce"].to_str().expect("text").to_owned();
    let challenge = answer.headers()[WWW_AUTHENTICATE].to_str().expect("text");
    assert!(challenge.starts_with("DPoP realm=") && challenge.contains("error=\"use_dpop_nonce\"") && challenge.contains("algs=\"ES256"));
    assert_eq!(answer.status().as_u16(), 401);
    let mut claims = bound.claims("b");
    claims["nonce"] = json!(nonce);
    let passed = bound.present(Scheme::Dpop, Ok(&bound.key.sign(&claims))).await.expect("passes");
    assert_eq!(passed.next_nonce, None, "it goes on being good");
    bound.world.clock.advance(Duration::from_secs(60));
    bound.world.follow();
    let mut claims = bound.claims("c");
    claims["nonce"] = json!(nonce);
    let passed = bound.present(Scheme::Dpop, Ok(&bound.key.sign(&claims))).await.expect("still passes");
    assert_eq!(passed.next_nonce.as_deref(), Some(key.fresh_at(bound.world.gate.now()).as_str()));
    let mut headers = http::HeaderMap::new();
    answer::decorate(&passed, &mut headers);
    assert_eq!(headers["dpop-nonce"], key.fresh_at(bound.world.gate.now()), "so that the next proof is not refused");
    bound.world.clock.advance(Duration::from_secs(120));
    bound.world.follow();
    let mut claims = bound.claims("d");
    claims["nonce"] = json!(nonce);
    assert_eq!(bound.refusal(Scheme::Dpop, Ok(&bound.key.sign(&claims))).await, Denial::UseDpopNonce, "it is over");
}

#[tokio::test]
async fn a_token_that_is_not_bound_is_not_taken_for_one() {
    let bound = Bound::fresh();
    bound.world.issue(record(1));
    let proof = bound.key.sign(&bound.claims("a"));
    assert_eq!(bound.refusal(Scheme::Dpop, Ok(&proof)).await, Denial::BindingMismatch);
    assert!(bound.present(Scheme::Bearer, Ok(&proof)).await.is_ok());
}

#[tokio::test]
async fn challenges_name_the_scheme_that_is_right() {
    let bound = Bound::fresh();
    let settings = bound.world.gate.settings();
    let schemes = |refused: &crate::Refused| {
        let answer = answer::refusal(refused, settings);
        let all = answer.headers().get_all(WWW_AUTHENTICATE).iter();
        all.map(|value| value.to_str().expect("text").split(' ').next().expect("a scheme").to_owned()).collect::<Vec<_>>()
    };
    let refused = bound.present(Scheme::Bearer, Err(ProofFault::Missing)).await.expect_err("bound to a key");
    assert_eq!(schemes(&refused), ["DPoP"]);
    let refused = bound.present(Scheme::Dpop, Ok("x")).await.expect_err("no proof");
    assert_eq!(schemes(&refused), ["DPoP"]);
    let refused = bound.world.gate.check(&Question::new(Err(Denial::NoCredential))).await.expect_err("nothing came");
    assert_eq!(schemes(&refused), ["Bearer", "DPoP"]);
    bound.world.issue(record(1));
    let refused = bound.present(Scheme::Dpop, Ok(&bound.key.sign(&bound.claims("a")))).await.expect_err("not bound");
    assert_eq!(schemes(&refused), ["Bearer"]);
}

#[tokio::test]
async fn a_certificate_opens_what_is_bound_to_it() {
    let world = World::fresh();
    world.issue(bound(1, Binding::Certificate([4; 32])));
    let token = plain(1);
    for (certificate, expected) in
        [(Some([4; 32]), Ok(())), (Some([5; 32]), Err(Denial::BindingMismatch)), (None, Err(Denial::BindingMismatch))]
    {
        let question = Question { certificate, ..Question::new(Ok(credential(&token))) };
        assert_eq!(world.gate.check(&question).await.map(|_| ()).map_err(|refused| refused.denial), expected);
    }
    assert_eq!(world.gate.explain(id(1), &Question::new(Err(Denial::NoCredential))).await, Ok(()), "the owner is not asked for it");
}

#[test]
fn a_check_with_a_certificate_allocates_nothing() {
    let settings = Settings { memory_tokens: 4096, ..Settings::default() };
    let world = World::with_usage(settings, Arc::new(NoUses), Arc::default());
    world.follow();
    world.gate.remember(&[bound(1, Binding::Certificate([4; 32]))], Revision(0));
    let token = plain(1);
    let question = Question { certificate: Some([4; 32]), ..Question::new(Ok(credential(&token))) };
    assert!(world.gate.check_now(&question).expect("in memory").is_ok());
    let counted = allocation_counter::measure(|| assert!(world.gate.check_now(&question).is_some_and(|outcome| outcome.is_ok())));
    assert_eq!(counted.count_total, 0);
}
