//! Many at once: what may happen only once happens once.

use super::fixture::{Fixture, actor, name, rotation, to, token_id};
use crate::{
    StoreError,
    token::{Idempotency, Issued, TokenEdit},
    user::UserEdit,
};
use futures_util::future::join_all;
use jeton_core::{change::Changed, change::Revision, facts::TokenState, name::Subject};
use std::collections::{HashMap, HashSet};

/// Callers in a race.
const RACERS: usize = 16;

/// Of all that edit the same version, and of all that resume the same token, one succeeds.
pub async fn the_second_taker_loses(fixture: &Fixture) {
    let id = fixture.issue().await;
    let edits = (0..RACERS).map(|number| {
        let edit = TokenEdit { name: Some(name(&format!("name {number}"))), ..TokenEdit::default() };
        fixture.store.edit_token(fixture.organisation, id, 1, edit, actor(1))
    });
    let won: Vec<_> = join_all(edits).await.into_iter().filter_map(Result::ok).collect();
    assert_eq!(won.len(), 1);
    let shown = fixture.store.show_token(fixture.organisation, id).await.expect("shown");
    assert_eq!(won.first().map(|(detail, _)| &detail.name), Some(&shown.name));
    fixture.bring(id, TokenState::Suspended).await.expect("suspended");
    let resumed = join_all((0..RACERS).map(|_| fixture.bring(id, TokenState::Active))).await;
    assert_eq!(resumed.iter().filter(|one| one.is_ok()).count(), 1);
}

/// Of all that rotate the same token at once, one succeeds, and its secret is the one that counts.
pub async fn one_rotation_wins(fixture: &Fixture) {
    let id = fixture.issue().await;
    let rotations: Vec<_> = (0..RACERS).map(|_| rotation()).collect();
    let store = &fixture.store;
    let done = join_all(rotations.iter().map(|own| store.rotate_token(fixture.organisation, id, own.clone(), actor(1)))).await;
    let won: Vec<_> = done.iter().zip(&rotations).filter(|(outcome, _)| outcome.is_ok()).map(|(_, own)| own.digest).collect();
    let record = store.find_token(id).await.expect("found").record.expect("there");
    assert_eq!(won, [record.secrets.current]);
    assert!(done.iter().filter_map(|outcome| outcome.as_ref().err()).all(|error| matches!(error, StoreError::Conflict(_))));
}

/// Operations that are refused leave nothing behind and take nobody with them.
pub async fn refused_members_leave_their_neighbours(fixture: &Fixture) {
    let before = fixture.store.head().await.expect("read");
    let new: Vec<_> = (0..64)
        .map(|number| {
            let mut new = fixture.new_token();
            // Eight ids for 64 tokens: one of each eight may live.
            new.id = jeton_core::id::TokenId::from_random([number % 8 + 1; 16]);
            new
        })
        .collect();
    let ids: HashSet<_> = new.iter().map(|new| new.id).collect();
    let missing = token_id();
    let (issued, moved) = tokio::join!(
        join_all(new.into_iter().map(|new| fixture.issue_this(new))),
        join_all((0..16).map(|_| fixture.bring(missing, TokenState::Revoked))),
    );
    assert!(moved.iter().all(|outcome| matches!(outcome, Err(StoreError::NotFound("token")))));
    assert_eq!(issued.iter().filter(|outcome| outcome.is_ok()).count(), 8);
    assert!(issued.iter().filter_map(|outcome| outcome.as_ref().err()).all(|error| matches!(error, StoreError::Exists(_))));
    let places: HashSet<_> = issued.into_iter().filter_map(Result::ok).collect();
    assert_eq!(places, (before.0 + 1..=before.0 + 8).map(Revision).collect());
    for id in ids {
        assert_eq!(fixture.state(id).await, Ok(TokenState::Active));
    }
}

/// No child is issued after its parent's end.
pub async fn children_race_their_parents_end(fixture: &Fixture) {
    for _ in 0..8 {
        let parent = fixture.issue().await;
        let children = (0..RACERS).map(|_| fixture.issue_this(fixture.child_of(parent)));
        let (children, end) = tokio::join!(join_all(children), fixture.bring(parent, TokenState::Revoked));
        let (_, end) = end.expect("revoked");
        for child in children {
            match child {
                Ok(place) => assert!(place < end, "a child at {place} after the parent's end at {end}"),
                Err(error) => assert!(matches!(error, StoreError::Conflict(_)), "{error}"),
            }
        }
    }
}

/// The same idempotency key at once issues one token; the others are given its answer.
pub async fn equal_keys_issue_once(fixture: &Fixture) {
    let owner = fixture.issue().await;
    let key = |number: u8, request: [u8; 32]| Idempotency {
        owner: owner.to_string(),
        key: "once".to_owned(),
        request,
        sealed_answer: vec![number],
    };
    let issues = (0..RACERS as u8).map(|number| fixture.store.issue_token(fixture.new_token(), Some(key(number, [1; 32])), actor(0)));
    let outcomes: Vec<_> = join_all(issues).await.into_iter().map(|outcome| outcome.expect("answered")).collect();
    let now = outcomes.iter().filter(|outcome| matches!(outcome, Issued::Now(_))).count();
    assert_eq!(now, 1);
    let winner = outcomes.iter().position(|outcome| matches!(outcome, Issued::Now(_))).expect("one");
    for outcome in &outcomes {
        if let Issued::Before { sealed_answer } = outcome {
            assert_eq!(sealed_answer.as_slice(), [winner as u8]);
        }
    }
    let other = fixture.store.issue_token(fixture.new_token(), Some(key(99, [2; 32])), actor(0)).await;
    assert_eq!(other.err(), Some(StoreError::KeyReused));
}

/// Two processes on one database: one log without a gap, and each sees what the other did.
pub async fn two_writers_share_one_log(fixture: &Fixture) {
    let other = crate::Store::open_apart(fixture.place.options()).await.expect("opens a second time");
    let before = fixture.store.head().await.expect("read");
    let here = join_all((0..40).map(|_| fixture.issue_this(fixture.new_token())));
    let there = join_all((0..40).map(|_| other.issue_token(fixture.new_token(), None, actor(0))));
    let (here, there) = tokio::join!(here, there);
    let there = there.into_iter().map(|outcome| match outcome.expect("issued") {
        Issued::Now(revision) => revision,
        Issued::Before { .. } => Revision(0),
    });
    let places: HashSet<_> = here.into_iter().map(|outcome| outcome.expect("issued")).chain(there).collect();
    assert_eq!(places, (before.0 + 1..=before.0 + 80).map(Revision).collect());
    let id = fixture.issue().await;
    let (_, revoked) = other.transition_token(fixture.organisation, id, to(TokenState::Revoked), actor(1)).await.expect("revoked there");
    assert_eq!(fixture.state(id).await, Ok(TokenState::Revoked));
    let changes = fixture.store.changes_after(Revision(revoked.0 - 1), 10).await.expect("read");
    let named: HashMap<_, _> = changes.changes.iter().map(|change| (change.revision, change.what.clone())).collect();
    assert_eq!(named.get(&revoked), Some(&Changed::Token(id)));
    other.close().await;
}

/// Of a group that holds an id twice, one is issued; its neighbours do not notice.
pub async fn a_taken_id_refuses_only_itself(fixture: &Fixture) {
    let mut many: Vec<_> = (0..40).map(|_| fixture.new_token()).collect();
    let taken = many.first().expect("some").id;
    many.iter_mut().skip(30).for_each(|new| new.id = taken);
    let ids: HashSet<_> = many.iter().map(|new| new.id).collect();
    let done = join_all(many.into_iter().map(|new| fixture.issue_this(new))).await;
    assert_eq!(done.iter().filter(|outcome| outcome.is_ok()).count(), ids.len());
    assert!(done.iter().filter_map(|outcome| outcome.as_ref().err()).all(|error| matches!(error, StoreError::Exists(_))), "{done:?}");
    let revisions: HashSet<_> = done.into_iter().flatten().collect();
    assert_eq!(revisions.len(), ids.len(), "each has a place of its own");
    for id in ids {
        assert_eq!(fixture.state(id).await, Ok(TokenState::Active));
    }
}

/// What is issued and changed in one group: shutting an account takes along the token that was issued just before, a child finds
/// its parent, and a removed project takes no more.
pub async fn a_group_sees_its_own_tokens(fixture: &Fixture) {
    let (store, owner) = (&fixture.store, fixture.organisation);
    let user = super::nouns::user(fixture, "ada");
    store.insert_user(user.clone(), actor(0)).await.expect("added");
    for _ in 0..8 {
        let mut new = fixture.new_token();
        new.subject = Subject::parse(&user.id.to_string()).expect("a subject");
        let (id, version) = (new.id, store.show_user(owner, user.id).await.expect("shown").version);
        let child = fixture.child_of(id);
        let child_id = child.id;
        let disable = UserEdit { disabled: Some(true), ..UserEdit::default() };
        let (issued, derived, shut) =
            tokio::join!(fixture.issue_this(new), fixture.issue_this(child), store.edit_user(owner, user.id, version, disable, actor(1)));
        issued.expect("issued before the account was shut");
        assert_eq!(fixture.state(id).await, Ok(TokenState::Suspended));
        derived.expect("derived before its parent was suspended");
        assert_eq!(fixture.state(child_id).await, Ok(TokenState::Active));
        let shut = shut.expect("shut");
        let mut late = fixture.new_token();
        late.subject = Subject::parse(&user.id.to_string()).expect("a subject");
        let enable = UserEdit { disabled: Some(false), ..UserEdit::default() };
        let (opened, late) = tokio::join!(store.edit_user(owner, user.id, shut.user.version, enable, actor(2)), fixture.issue_this(late));
        opened.expect("opened");
        late.expect("issued after the account was opened");
    }
}
