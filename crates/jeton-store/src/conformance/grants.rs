//! Grants, codes, refresh families and names that are good once: what may happen once happens once, whoever comes in between.

use super::{
    clients::new_client,
    fixture::{Fixture, NOW, actor, audience, random, token_id},
};
use crate::{
    StoreError,
    audit::AuditFilter,
    client::Client,
    code::NewCode,
    grant::{NewGrant, Redeemed, Redemption},
    page::PageRequest,
    refresh::{NewRefresh, Refreshed},
    token::NewToken,
};
use futures_util::future::join_all;
use jeton_core::{
    facts::TokenState,
    id::{ClientId, TokenId, UserId},
    kind::TokenKind,
    limits,
    oauth::authorization::Authorization,
    scope::ScopeSet,
    timestamp::{Span, Timestamp},
    token_text::TokenDigest,
};
use std::collections::HashSet;

const RACERS: usize = 16;
const MINUTE: Span = Span::from_minutes(1);

/// A grant below a client, with an access token and a refresh family.
pub(super) fn grant(fixture: &Fixture, client: &Client) -> NewGrant {
    let row = |kind, parent, life| {
        let mut new = fixture.new_token();
        (new.policy.kind, new.policy.parent, new.expires_at) = (kind, Some(parent), Some(NOW.plus(life)));
        new
    };
    let mut grant = row(TokenKind::Grt, client.id.anchor(), Span::from_hours(2));
    grant.digest = None;
    let tokens = vec![row(TokenKind::Oat, grant.id, MINUTE), row(TokenKind::Ort, grant.id, Span::from_hours(1))];
    NewGrant { grant, tokens }
}

pub(super) async fn client(fixture: &Fixture) -> Client {
    fixture.store.insert_client(new_client(fixture), actor(0)).await.expect("registered").0
}

/// A code for a client; gives its digest.
pub(super) async fn code(fixture: &Fixture, client: &Client) -> [u8; 32] {
    let digest = random();
    let authorization = Authorization {
        organisation: fixture.organisation,
        client: client.id,
        user: UserId::from_random(random()),
        session: None,
        authenticated_at: NOW,
        methods: vec!["pwd".to_owned()],
        acr: String::new(),
        scopes: ScopeSet::parse_spaced("orders:read").expect("scopes"),
        resources: vec![audience("https://api.example.com")],
        nonce: Some("n".to_owned()),
        claims: None,
        redirect_uri: None,
        code_challenge: Some("c".to_owned()),
        dpop_jkt: None,
    };
    let new = NewCode { digest, authorization, expires_at: NOW.plus(MINUTE) };
    fixture.store.insert_code(new).await.expect("kept");
    digest
}

pub(super) async fn redeem(
    fixture: &Fixture,
    digest: [u8; 32],
    client: ClientId,
    grant: NewGrant,
    seconds: u32,
) -> Result<Redeemed, StoreError> {
    fixture.store.redeem_code(Redemption { digest, client, grant }, actor(seconds)).await
}

fn family_of(grant: &NewGrant) -> &NewToken {
    grant.tokens.iter().find(|token| token.policy.kind == TokenKind::Ort).expect("a family")
}

async fn events(fixture: &Fixture, action: &str) -> usize {
    let filter = AuditFilter { action: Some(action.to_owned()), ..AuditFilter::default() };
    fixture.store.audit_events(&filter, &PageRequest { after: None, limit: 100 }).await.expect("read").items.len()
}

/// The first use issues; the second one ends what the first issued, and so does every later one.
pub async fn a_code_is_good_once(fixture: &Fixture) {
    let client = client(fixture).await;
    let digest = code(fixture, &client).await;
    let first = grant(fixture, &client);
    let ids: Vec<TokenId> = first.tokens.iter().map(|token| token.id).collect();
    let grant_id = first.grant.id;
    assert!(matches!(redeem(fixture, digest, client.id, first, 1).await, Ok(Redeemed::Now(_))));
    for id in ids.iter().chain([&grant_id]) {
        assert_eq!(fixture.state(*id).await, Ok(TokenState::Active));
    }
    let stored = fixture.store.find_code(digest).await.expect("read").expect("kept");
    assert_eq!((stored.redeemed_at, stored.grant), (Some(actor(1).at), Some(grant_id)));
    let second = grant(fixture, &client);
    let unborn = second.tokens.iter().map(|token| token.id).collect::<Vec<_>>();
    let replayed = redeem(fixture, digest, client.id, second, 2).await.expect("answered");
    assert!(matches!(replayed, Redeemed::Replayed { grant: Some(ended), .. } if ended == grant_id), "{replayed:?}");
    assert_eq!(fixture.state(grant_id).await, Ok(TokenState::Revoked));
    for id in unborn {
        assert!(fixture.store.find_token(id).await.expect("read").record.is_none(), "nothing comes of a replay");
    }
    // Long after it could have been used, too.
    assert!(matches!(redeem(fixture, digest, client.id, grant(fixture, &client), 3600).await, Ok(Redeemed::Replayed { .. })));
    assert_eq!((events(fixture, "grant.issue").await, events(fixture, "grant.revoke").await), (1, 1));
}

/// Another client's use is none; neither is one that comes too late.
pub async fn a_code_is_for_its_client_and_its_time(fixture: &Fixture) {
    let (own, other) = (client(fixture).await, client(fixture).await);
    let digest = code(fixture, &own).await;
    assert_eq!(redeem(fixture, digest, other.id, grant(fixture, &other), 1).await, Ok(Redeemed::Unknown));
    assert_eq!(redeem(fixture, random(), own.id, grant(fixture, &own), 1).await, Ok(Redeemed::Unknown));
    assert_eq!(redeem(fixture, digest, own.id, grant(fixture, &own), 60).await, Ok(Redeemed::Expired));
    assert!(matches!(redeem(fixture, digest, own.id, grant(fixture, &own), 59).await, Ok(Redeemed::Now(_))));
}

/// Of all that redeem one code at once one gets the grant, and the others end it.
pub async fn one_of_many_redemptions_wins(fixture: &Fixture) {
    let client = client(fixture).await;
    let digest = code(fixture, &client).await;
    let grants: Vec<_> = (0..RACERS).map(|_| grant(fixture, &client)).collect();
    let ids: Vec<_> = grants.iter().map(|grant| grant.grant.id).collect();
    let outcomes = join_all(grants.into_iter().map(|grant| redeem(fixture, digest, client.id, grant, 1))).await;
    let won: Vec<_> = ids.iter().zip(&outcomes).filter(|(_, outcome)| matches!(outcome, Ok(Redeemed::Now(_)))).map(|(id, _)| *id).collect();
    assert_eq!(won.len(), 1, "{outcomes:?}");
    for outcome in &outcomes {
        assert!(matches!(outcome, Ok(Redeemed::Now(_) | Redeemed::Replayed { .. })), "{outcome:?}");
    }
    let winner = won.first().copied().expect("one");
    assert_eq!(fixture.state(winner).await, Ok(TokenState::Revoked), "one of them had stolen it");
}

/// A grant below a dead client is not made, and the code is not used up by the attempt.
pub async fn a_grant_needs_its_client(fixture: &Fixture) {
    let client = client(fixture).await;
    let digest = code(fixture, &client).await;
    fixture.bring(client.id.anchor(), TokenState::Suspended).await.expect("suspended");
    let refused = redeem(fixture, digest, client.id, grant(fixture, &client), 1).await;
    assert!(matches!(refused, Err(StoreError::Conflict(_))), "{refused:?}");
    assert!(matches!(fixture.store.issue_grant(grant(fixture, &client), actor(1)).await, Err(StoreError::Conflict(_))));
    fixture.bring(client.id.anchor(), TokenState::Active).await.expect("resumed");
    assert!(matches!(redeem(fixture, digest, client.id, grant(fixture, &client), 2).await, Ok(Redeemed::Now(_))));
    let mut longer = grant(fixture, &client);
    longer.tokens.iter_mut().for_each(|token| token.expires_at = Some(NOW.plus(Span::from_hours(3))));
    assert!(matches!(fixture.store.issue_grant(longer, actor(1)).await, Err(StoreError::Conflict(_))), "none outlives its grant");
}

/// A family, and who refreshes it.
struct Family {
    id: TokenId,
    grant: TokenId,
    secret: TokenDigest,
}

async fn family(fixture: &Fixture) -> Family {
    let client = client(fixture).await;
    let new = grant(fixture, &client);
    let own = family_of(&new);
    let family = Family { id: own.id, grant: new.grant.id, secret: own.digest.expect("a secret") };
    fixture.store.issue_grant(new, actor(0)).await.expect("issued");
    family
}

fn refresh(fixture: &Fixture, family: &Family, presented: TokenDigest, seconds: u32) -> NewRefresh {
    let now = actor(seconds).at;
    let mut access = fixture.new_token();
    (access.policy.kind, access.policy.parent) = (TokenKind::Oat, Some(family.grant));
    access.expires_at = Some(now.plus(MINUTE));
    NewRefresh {
        family: family.id,
        presented,
        digest: TokenDigest::from_bytes(random()),
        hint: "wxyz".to_owned(),
        expires_at: now.plus(Span::from_hours(1)),
        access,
        sealed_answer: random::<40>().to_vec(),
        holder: [1; 32],
        grace_since: now.minus(Span::from_seconds(30)),
    }
}

/// A refresh replaces the secret, slides the end, and is told again to the same holder for a while.
pub async fn a_refresh_is_told_again(fixture: &Fixture) {
    let (store, family) = (&fixture.store, family(fixture).await);
    let first = refresh(fixture, &family, family.secret, 10);
    assert!(matches!(store.refresh(first.clone(), actor(10)).await, Ok(Refreshed::Now(_))));
    let found = store.find_refresh(family.id, first.digest).await.expect("read").expect("there");
    assert_eq!((found.family.generation, found.spent.is_none(), found.grant.record.id), (2, true, family.grant));
    assert_eq!(found.family.record.expires_at, Some(first.expires_at));
    assert!(store.find_token(first.access.id).await.expect("read").record.is_some());
    let found = store.find_refresh(family.id, family.secret).await.expect("read").expect("there");
    assert_eq!(found.spent.and_then(|spent| spent.answer), Some((first.holder, first.sealed_answer.clone())));
    for seconds in [10, 25, 40] {
        let again = store.refresh(refresh(fixture, &family, family.secret, seconds), actor(seconds)).await.expect("answered");
        assert!(matches!(&again, Refreshed::Again { sealed_answer, .. } if *sealed_answer == first.sealed_answer), "{again:?}");
    }
    let second = refresh(fixture, &family, first.digest, 20);
    assert!(matches!(store.refresh(second, actor(20)).await, Ok(Refreshed::Now(_))), "and the new one refreshes on");
    assert_eq!(fixture.state(family.grant).await, Ok(TokenState::Active));
    assert_eq!(events(fixture, "token.refresh").await, 2);
}

/// A replaced secret that comes late, or from somebody else, ends the grant.
pub async fn a_stolen_refresh_token_ends_its_grant(fixture: &Fixture) {
    for (number, (seconds, holder)) in [(41, [1; 32]), (11, [2; 32])].into_iter().enumerate() {
        let family = family(fixture).await;
        let first = refresh(fixture, &family, family.secret, 10);
        fixture.store.refresh(first.clone(), actor(10)).await.expect("refreshed");
        let again = NewRefresh { holder, ..refresh(fixture, &family, family.secret, seconds) };
        let theft = fixture.store.refresh(again, actor(seconds)).await.expect("answered");
        assert!(matches!(theft, Refreshed::Theft { grant, .. } if grant == family.grant), "{theft:?}");
        assert_eq!(fixture.state(family.grant).await, Ok(TokenState::Revoked));
        assert_eq!(events(fixture, "refresh.theft").await, number + 1);
        let after = fixture.store.refresh(refresh(fixture, &family, first.digest, seconds), actor(seconds)).await;
        assert!(matches!(after, Err(StoreError::Conflict(_))), "the thief's own is dead too: {after:?}");
    }
}

/// What never was a secret of the family changes nothing, whoever knows its id.
pub async fn unknown_refresh_tokens_change_nothing(fixture: &Fixture) {
    let (family, other) = (family(fixture).await, family(fixture).await);
    fixture.store.refresh(refresh(fixture, &other, other.secret, 1), actor(1)).await.expect("refreshed");
    for presented in [TokenDigest::from_bytes(random()), other.secret] {
        assert_eq!(fixture.store.refresh(refresh(fixture, &family, presented, 2), actor(2)).await, Ok(Refreshed::Unknown));
    }
    let nobody = Family { id: token_id(), grant: family.grant, secret: family.secret };
    assert_eq!(fixture.store.refresh(refresh(fixture, &nobody, family.secret, 2), actor(2)).await, Ok(Refreshed::Unknown));
    assert!(matches!(fixture.store.refresh(refresh(fixture, &family, family.secret, 3), actor(3)).await, Ok(Refreshed::Now(_))));
    let late = refresh(fixture, &family, family.secret, 7200);
    assert_eq!(fixture.store.refresh(late, actor(7200)).await, Ok(Refreshed::Dead));
}

/// A thousand at once: one refresh, one answer, no alarm.
pub async fn a_thousand_refreshes_are_one(fixture: &Fixture) {
    let family = family(fixture).await;
    let all: Vec<_> = (0..1000).map(|_| refresh(fixture, &family, family.secret, 5)).collect();
    let outcomes = join_all(all.iter().map(|new| fixture.store.refresh(new.clone(), actor(5)))).await;
    let is_now = |outcome: &Result<Refreshed, StoreError>| matches!(outcome, Ok(Refreshed::Now(_)));
    assert_eq!(outcomes.iter().filter(|outcome| is_now(outcome)).count(), 1);
    let winner = all.iter().zip(&outcomes).find(|(_, outcome)| is_now(outcome)).map(|(new, _)| new.sealed_answer.clone());
    let told: HashSet<_> = outcomes
        .into_iter()
        .map(|outcome| match outcome.expect("nobody is refused") {
            Refreshed::Again { sealed_answer, .. } => Ok(sealed_answer),
            Refreshed::Now(_) => winner.clone().ok_or(Refreshed::Unknown),
            other => Err(other),
        })
        .collect::<Result<_, _>>()
        .expect("a refresh or its answer");
    assert_eq!(told.len(), 1, "one answer for all");
    let found = fixture.store.find_refresh(family.id, family.secret).await.expect("read").expect("there");
    assert_eq!((found.family.generation, found.grant.record.state), (2, TokenState::Active));
    assert_eq!(events(fixture, "refresh.theft").await, 0);
}

/// Many families in one group, each of them twice, and one whose access token has an id that is taken: that one alone is refused, and
/// what it presented is good still.
pub async fn families_are_refreshed_together(fixture: &Fixture) {
    let mut families = Vec::new();
    for _ in 0..8 {
        families.push(family(fixture).await);
    }
    let unlucky = family(fixture).await;
    let first: Vec<_> = families.iter().map(|family| refresh(fixture, family, family.secret, 1)).collect();
    let second: Vec<_> = families.iter().zip(&first).map(|(family, before)| refresh(fixture, family, before.digest, 2)).collect();
    let mut refused = refresh(fixture, &unlucky, unlucky.secret, 1);
    refused.access.id = families.first().expect("a family").id;
    let all = first.iter().chain(&second).chain([&refused]);
    let mut outcomes = join_all(all.map(|new| fixture.store.refresh(new.clone(), actor(2)))).await;
    assert!(matches!(outcomes.pop(), Some(Err(StoreError::Exists(_)))));
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Ok(Refreshed::Now(_)))), "{outcomes:?}");
    for (family, last) in families.iter().zip(&second) {
        let found = fixture.store.find_refresh(family.id, last.digest).await.expect("read").expect("there");
        assert_eq!((found.family.generation, found.family.record.secrets.current), (3, last.digest));
        assert_eq!((found.family.record.expires_at, found.family.hint), (Some(last.expires_at), last.hint.clone()));
        let own = fixture.store.show_token(fixture.organisation, last.access.id).await.expect("issued");
        assert_eq!(own.record.policy.parent, Some(family.grant));
    }
    let again = fixture.store.refresh(refresh(fixture, &unlucky, unlucky.secret, 3), actor(3)).await;
    assert!(matches!(again, Ok(Refreshed::Now(_))), "{again:?}");
}

/// A family's row from before a refresh, put back whole, is refused: its old secret stays used.
pub async fn an_old_family_put_back_is_refused(fixture: &Fixture) {
    let family = family(fixture).await;
    fixture.tamper("CREATE TABLE kept AS SELECT * FROM tokens WHERE kind = 'ort'").await;
    fixture.tamper("CREATE TABLE kept_changes AS SELECT * FROM changes").await;
    fixture.store.refresh(refresh(fixture, &family, family.secret, 1), actor(1)).await.expect("refreshed");
    fixture.tamper("DELETE FROM tokens WHERE kind = 'ort'").await;
    fixture.tamper("INSERT INTO tokens SELECT * FROM kept").await;
    fixture.tamper("DELETE FROM spent_refresh_tokens").await;
    let again = fixture.store.refresh(refresh(fixture, &family, family.secret, 2), actor(2)).await;
    assert!(matches!(again, Err(StoreError::Tampered { table: "tokens", .. })), "{again:?}");
    let found = fixture.store.find_refresh(family.id, family.secret).await;
    assert!(matches!(found, Err(StoreError::Tampered { table: "tokens", .. })), "{found:?}");
}

/// Of all that spend one name at once one may, and nobody after.
pub async fn names_are_spent_once(fixture: &Fixture) {
    let (name, end) = (random(), NOW.plus(MINUTE));
    let outcomes = join_all((0..RACERS).map(|_| fixture.store.spend_id(name, end))).await;
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Ok(true)).count(), 1, "{outcomes:?}");
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Ok(false)).count(), RACERS - 1);
    assert_eq!(fixture.store.spend_id(name, end).await, Ok(false));
    assert_eq!(fixture.store.spend_id(random(), end).await, Ok(true));
}

/// What is good for once goes when it would be refused for its age; kept answers go earlier; what is still remembered stays.
pub async fn what_was_spent_is_swept(fixture: &Fixture) {
    let (store, client) = (&fixture.store, client(fixture).await);
    let digest = code(fixture, &client).await;
    redeem(fixture, digest, client.id, grant(fixture, &client), 1).await.expect("redeemed");
    let name = random();
    store.spend_id(name, NOW.plus(MINUTE)).await.expect("spent");
    let family = family(fixture).await;
    let first = refresh(fixture, &family, family.secret, 1);
    store.refresh(first, actor(1)).await.expect("refreshed");
    let sweep = async |at: Timestamp| while store.sweep_at(at, 100).await.expect("swept").more {};
    let kept = async || {
        let spent = store.find_refresh(family.id, family.secret).await.expect("read").and_then(|found| found.spent);
        (
            store.find_code(digest).await.expect("read").is_some(),
            spent.as_ref().is_some(),
            spent.is_some_and(|spent| spent.answer.is_some()),
        )
    };
    sweep(NOW.plus(limits::REFRESH_GRACE_MAX)).await;
    assert_eq!(kept().await, (true, true, true));
    sweep(NOW.plus(limits::REFRESH_GRACE_MAX).plus(Span::from_seconds(2))).await;
    assert_eq!(kept().await, (true, true, false), "the answer is gone, the alarm stays");
    assert_eq!(store.spend_id(name, NOW.plus(MINUTE)).await, Ok(true), "the name is free again, being refused for its age");
    sweep(NOW.plus(Span::from_hours(2))).await;
    assert_eq!(kept().await, (true, false, false));
    sweep(NOW.plus(MINUTE).plus(limits::USED_CODE_LIFE).plus(Span::from_seconds(1))).await;
    assert_eq!(kept().await, (false, false, false));
}
