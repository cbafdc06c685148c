//! A seeded simulation of tokens' lives (issued, derived, rotated, suspended, resumed, revoked, used at any time) against a
//! model that is too simple to be wrong: plain flags, plain lists, no sharing with the code under test.
//!
//! Set `JETON_SEED` to run one seed; a failure prints the one it had.

use jeton_core::{
    decide::decide,
    demand::Demand,
    derive::{DerivationRequest, Parent, derive_at},
    facts::{Facts, Secrets, TokenRecord, TokenState, WhichSecret},
    id::{OrganisationId, TokenId},
    kind::{TokenFormat, TokenKind},
    name::{Audience, Subject},
    policy::Policy,
    scope::{Scope, ScopeSet},
    timestamp::{Span, Timestamp},
    token_text::{PlainToken, TokenDigest},
};
use std::sync::Arc;

const START: i64 = 1_800_000_000;
const SCOPES: [&str; 4] = ["a", "b", "c", "d"];

/// A small generator (SplitMix64), so that a seed tells the whole run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.roll() % limit as u64).expect("small")
    }
    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.roll() as u8)
    }
}

/// What the model knows of a token: nothing that it took from the code under test.
struct Simple {
    scopes: [bool; 4],
    suspended: bool,
    revoked: bool,
    ends: Option<i64>,
    parent: Option<usize>,
    secrets: Vec<(String, Option<i64>)>,
}

struct World {
    dice: Dice,
    now: i64,
    records: Vec<TokenRecord>,
    model: Vec<Simple>,
}

#[test]
fn the_rules_agree_with_a_naive_model() {
    let seeds = match std::env::var("JETON_SEED").ok().and_then(|text| text.parse().ok()) {
        Some(seed) => seed..seed + 1,
        None => 1..13,
    };
    let mut permits = 0;
    for seed in seeds {
        let mut world = World { dice: Dice(seed), now: START, records: Vec::new(), model: Vec::new() };
        for step in 0..300 {
            world.step();
            permits += world.check(&format!("JETON_SEED={seed}, step {step}"));
        }
    }
    assert!(permits > 0, "a simulation that permits nothing proves nothing");
}

impl World {
    fn at(&self) -> Timestamp {
        Timestamp::from_seconds(self.now)
    }

    fn step(&mut self) {
        if self.records.is_empty() {
            return self.issue();
        }
        let token = self.dice.below(self.records.len());
        match self.dice.below(16) {
            0..=1 if self.records.len() < 30 => self.issue(),
            2..=4 if self.records.len() < 30 => self.derive(token),
            5..=6 => self.rotate(token),
            7 => self.suspend(token, true),
            8..=9 => self.suspend(token, false),
            10 if self.dice.below(3) == 0 => {
                self.records[token].state = TokenState::Revoked;
                self.model[token].revoked = true;
            }
            _ => self.now += i64::try_from(self.dice.below(20)).expect("small"),
        }
    }

    fn plain(&mut self, id: TokenId) -> PlainToken {
        PlainToken::from_random(None, TokenKind::Pat, id, &self.dice.bytes())
    }

    fn issue(&mut self) {
        let id = TokenId::from_random(self.dice.bytes());
        let scopes: [bool; 4] = std::array::from_fn(|_| self.dice.below(2) == 0);
        let named: Vec<&str> = SCOPES.into_iter().zip(scopes).filter(|(_, held)| *held).map(|(scope, _)| scope).collect();
        let policy = Policy {
            organisation: OrganisationId::from_random([1; 16]),
            project: None,
            kind: TokenKind::Pat,
            format: TokenFormat::Opaque,
            client_id: None,
            binding: None,
            exchanged: false,
            signed_by: None,
            authentication: None,
            parent: None,
            audiences: vec![Audience::parse("https://api.example.com").expect("audience")],
            scopes: ScopeSet::parse_list(&named).expect("scopes"),
            networks: Default::default(),
            routes: Vec::new(),
            allowances: Default::default(),
        };
        let ends = (self.dice.below(3) != 0).then(|| self.now + 1 + i64::try_from(self.dice.below(400)).expect("small"));
        self.keep(id, policy, ends, scopes, None);
    }

    fn keep(&mut self, id: TokenId, policy: Policy, ends: Option<i64>, scopes: [bool; 4], parent: Option<usize>) {
        let plain = self.plain(id);
        self.records.push(TokenRecord {
            id,
            secrets: Secrets { current: plain.digest(), previous: None },
            subject: Subject::parse("usr_1").expect("subject"),
            state: TokenState::Active,
            not_before: None,
            expires_at: ends.map(Timestamp::from_seconds),
            policy: Arc::new(policy),
        });
        let secrets = vec![(plain.expose().to_owned(), None)];
        self.model.push(Simple { scopes, suspended: false, revoked: false, ends, parent, secrets });
    }

    /// Asks for a random child; the model says for itself whether there may be one.
    fn derive(&mut self, parent: usize) {
        let wanted: [bool; 4] = std::array::from_fn(|_| self.dice.below(3) == 0);
        let named: Vec<&str> = SCOPES.into_iter().zip(wanted).filter(|(_, held)| *held).map(|(scope, _)| scope).collect();
        let life = (self.dice.below(2) == 0).then(|| 1 + self.dice.below(300));
        let request = DerivationRequest {
            scopes: Some(ScopeSet::parse_list(&named).expect("scopes")),
            expires_in: life.map(|seconds| Span::from_seconds(u32::try_from(seconds).expect("small"))),
            ..DerivationRequest::default()
        };
        let depth = self.line(parent).len();
        let above = &self.model[parent];
        let ends = life.map(|seconds| self.now + i64::try_from(seconds).expect("small"));
        let fits = depth < 4
            && wanted.into_iter().zip(above.scopes).all(|(wanted, held)| held || !wanted)
            && ends.is_none_or(|own| above.ends.is_none_or(|end| own <= end));
        let record = &self.records[parent];
        let asked = Parent { id: record.id, policy: &record.policy, expires_at: record.expires_at, depth };
        let child = derive_at(asked, request, self.at());
        assert_eq!(child.is_ok(), fits, "{child:?}");
        let Ok(child) = child else { return };
        let ends = ends.or(above.ends);
        assert_eq!(child.expires_at, ends.map(Timestamp::from_seconds));
        let id = TokenId::from_random(self.dice.bytes());
        self.keep(id, child.policy, ends, wanted, Some(parent));
    }

    fn rotate(&mut self, token: usize) {
        let overlap = i64::try_from(self.dice.below(60)).expect("small");
        let plain = self.plain(self.records[token].id);
        let until = self.now + overlap;
        let secrets = &mut self.records[token].secrets;
        *secrets = Secrets { current: plain.digest(), previous: Some((secrets.current, Timestamp::from_seconds(until))) };
        let model = &mut self.model[token].secrets;
        let count = model.len();
        for (at, (_, ends)) in model.iter_mut().enumerate() {
            // Only the secret before the newest has an overlap; whatever is older is gone.
            *ends = Some(if at + 1 == count { until } else { i64::MIN });
        }
        model.push((plain.expose().to_owned(), None));
    }

    fn suspend(&mut self, token: usize, suspended: bool) {
        if !self.model[token].revoked {
            self.records[token].state = if suspended { TokenState::Suspended } else { TokenState::Active };
            self.model[token].suspended = suspended;
        }
    }

    /// A token and its ancestors.
    fn line(&self, token: usize) -> Vec<usize> {
        std::iter::successors(Some(token), |at| self.model[*at].parent).collect()
    }

    /// Presents every secret that ever was, for one scope; returns how many were let pass.
    fn check(&mut self, place: &str) -> usize {
        let mut permits = 0;
        let wanted = self.dice.below(SCOPES.len());
        let scope = [Scope::parse(SCOPES[wanted]).expect("scope")];
        for token in 0..self.model.len() {
            for (text, ends) in &self.model[token].secrets {
                let naive = ends.is_none_or(|end| self.now < end) && self.line(token).into_iter().all(|at| self.naive(at, wanted));
                let real = self.decided(token, text, &scope);
                assert_eq!(real, naive, "{place}, token {token}");
                permits += usize::from(real);
            }
        }
        permits
    }

    fn naive(&self, token: usize, scope: usize) -> bool {
        let simple = &self.model[token];
        !simple.revoked && !simple.suspended && simple.ends.is_none_or(|end| self.now < end) && simple.scopes[scope]
    }

    fn decided(&self, token: usize, text: &str, scopes: &[Scope]) -> bool {
        let record = &self.records[token];
        let Some(secret) = record.secrets.verify(&TokenDigest::of(text.as_bytes())) else { return false };
        let line: Vec<&TokenRecord> = self.line(token).into_iter().map(|at| &self.records[at]).collect();
        let demand = Demand { audience: Some("https://api.example.com"), scopes, ..Demand::default() };
        chained(&line, secret, None, &|facts| decide(facts, &demand, self.at()).is_ok())
    }
}

/// Builds the chain of facts from its far end, each borrowing the one before.
fn chained(line: &[&TokenRecord], secret: WhichSecret, parent: Option<&Facts<'_>>, ask: &dyn Fn(&Facts<'_>) -> bool) -> bool {
    let Some((record, rest)) = line.split_last() else { return parent.is_some_and(ask) };
    let facts = Facts {
        id: record.id,
        subject: record.subject.as_str(),
        state: record.state,
        secret: if rest.is_empty() { secret } else { WhichSecret::Current },
        not_before: record.not_before,
        expires_at: record.expires_at,
        policy: &record.policy,
        parent,
    };
    chained(rest, secret, Some(&facts), ask)
}
