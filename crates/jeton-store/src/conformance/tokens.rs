//! What happens to one token at a time.

use super::fixture::{Fixture, NOW, actor, audience, name, rotation, to, token_id};
use crate::{
    StoreError,
    page::PageRequest,
    token::{Idempotency, Issued, TokenEdit, TokenFilter},
};
use jeton_core::{
    facts::TokenState,
    id::OrganisationId,
    kind::TokenKind,
    limits,
    timestamp::{Span, Timestamp},
};
use std::{collections::HashSet, sync::Arc};

/// What was issued is what is found, to the last field.
pub async fn issued_tokens_are_found_and_shown(fixture: &Fixture) {
    let mut new = fixture.new_token();
    new.metadata = r#"{"team":"orders"}"#.to_owned();
    new.not_before = Some(NOW);
    let revision = fixture.issue_this(new.clone()).await.expect("issued");
    let found = fixture.store.find_token(new.id).await.expect("found");
    assert!(found.as_of >= revision);
    let record = found.record.expect("there");
    assert_eq!(*record.policy, new.policy);
    assert_eq!(Some(record.secrets.current), new.digest);
    assert_eq!((record.state, record.secrets.previous), (TokenState::Active, None));
    assert_eq!((record.not_before, record.expires_at, &record.subject), (new.not_before, new.expires_at, &new.subject));
    let shown = fixture.store.show_token(fixture.organisation, new.id).await.expect("shown");
    assert_eq!(shown.record, record);
    assert_eq!((shown.version, shown.generation, shown.issued_at), (1, 1, NOW));
    assert_eq!((shown.hint, shown.metadata, shown.issued_by.as_str()), (new.hint.clone(), new.metadata.clone(), "system"));
    assert!(fixture.store.find_token(token_id()).await.expect("looked up").record.is_none());
    assert_eq!(fixture.issue_this(new).await, Err(StoreError::Exists("a token with this id")));
}

/// Another organisation's token is not there, whatever is tried.
pub async fn other_organisations_find_nothing(fixture: &Fixture) {
    let id = fixture.issue().await;
    let other = OrganisationId::from_random([1; 16]);
    let store = &fixture.store;
    let missing = StoreError::NotFound("token");
    assert_eq!(store.show_token(other, id).await.err(), Some(missing.clone()));
    assert_eq!(store.rotate_token(other, id, rotation(), actor(1)).await.err(), Some(missing.clone()));
    assert_eq!(store.transition_token(other, id, to(TokenState::Revoked), actor(1)).await.err(), Some(missing.clone()));
    assert_eq!(store.edit_token(other, id, 1, TokenEdit::default(), actor(1)).await.err(), Some(missing));
    let page = store.list_tokens(other, &TokenFilter::default(), &PageRequest::default()).await.expect("listed");
    assert!(page.items.is_empty() && page.next.is_none());
    assert_eq!(fixture.state(id).await, Ok(TokenState::Active));
}

/// A revoked token stays revoked, and revoking it again is no error and no change.
pub async fn nothing_leaves_revoked(fixture: &Fixture) {
    let id = fixture.issue().await;
    let (_, revoked) = fixture.bring(id, TokenState::Revoked).await.expect("revoked");
    let head = fixture.store.head().await.expect("read");
    let (_, again) = fixture.bring(id, TokenState::Revoked).await.expect("no error");
    assert_eq!((again, fixture.store.head().await), (revoked, Ok(head)));
    for state in [TokenState::Active, TokenState::Suspended] {
        assert!(matches!(fixture.bring(id, state).await, Err(StoreError::Conflict(_))));
    }
    let rotated = fixture.store.rotate_token(fixture.organisation, id, rotation(), actor(2)).await;
    assert!(matches!(rotated, Err(StoreError::Conflict(_))));
    let edit = TokenEdit { expires_at: Some(None), ..TokenEdit::default() };
    assert!(matches!(fixture.store.edit_token(fixture.organisation, id, 2, edit, actor(2)).await, Err(StoreError::Conflict(_))));
    assert_eq!(fixture.state(id).await, Ok(TokenState::Revoked));
}

/// A suspended token is resumed; an active one cannot be.
pub async fn suspended_tokens_resume(fixture: &Fixture) {
    let id = fixture.issue().await;
    assert!(matches!(fixture.bring(id, TokenState::Active).await, Err(StoreError::Conflict(_))));
    let (shown, suspended) = fixture.bring(id, TokenState::Suspended).await.expect("suspended");
    assert_eq!(shown.reason.as_deref(), Some("tried"));
    assert_eq!(fixture.bring(id, TokenState::Suspended).await.expect("again").1, suspended);
    let rotated = fixture.store.rotate_token(fixture.organisation, id, rotation(), actor(2)).await;
    assert!(matches!(rotated, Err(StoreError::Conflict(_))));
    let (shown, resumed) = fixture.bring(id, TokenState::Active).await.expect("resumed");
    assert!(resumed > suspended);
    assert_eq!(shown.version, 3);
    assert_eq!(fixture.state(id).await, Ok(TokenState::Active));
}

/// The old secret lives until the overlap ends; a second rotation waits for that or ends it.
pub async fn rotations_overlap_once(fixture: &Fixture) {
    let new = fixture.new_token();
    let (id, first) = (new.id, new.digest);
    fixture.issue_this(new).await.expect("issued");
    let second = rotation();
    let (shown, _) = fixture.store.rotate_token(fixture.organisation, id, second.clone(), actor(1)).await.expect("rotated");
    assert_eq!(shown.record.secrets.current, second.digest);
    assert_eq!(shown.record.secrets.previous.map(|(digest, _)| digest), first);
    assert_eq!((shown.generation, shown.hint.as_str()), (2, "wxyz"));
    let within = fixture.store.rotate_token(fixture.organisation, id, rotation(), actor(59)).await;
    assert!(matches!(within, Err(StoreError::Conflict(_))));
    let third = crate::token::Rotation { end_running_overlap: true, ..rotation() };
    let (shown, _) = fixture.store.rotate_token(fixture.organisation, id, third, actor(59)).await.expect("ends the overlap");
    assert_eq!(shown.record.secrets.previous.map(|(digest, _)| digest), Some(second.digest));
    let after = crate::token::Rotation { previous_until: NOW, ..rotation() };
    let (shown, _) = fixture.store.rotate_token(fixture.organisation, id, after, actor(61)).await.expect("after the overlap");
    assert_eq!(shown.record.secrets.previous.map(|(_, until)| until), Some(actor(61).at), "no overlap lies in the past");
    let expired = actor(90_000);
    assert!(matches!(fixture.store.rotate_token(fixture.organisation, id, rotation(), expired).await, Err(StoreError::Conflict(_))));
}

/// An edit of what was changed meanwhile is refused, and what makes a token what it is cannot be edited.
pub async fn edits_need_the_version(fixture: &Fixture) {
    let id = fixture.issue().await;
    let store = &fixture.store;
    let edit = TokenEdit { name: Some(name("another name")), expires_at: Some(None), ..TokenEdit::default() };
    let (shown, _) = store.edit_token(fixture.organisation, id, 1, edit.clone(), actor(1)).await.expect("edited");
    assert_eq!((shown.name.as_str(), shown.record.expires_at, shown.version), ("another name", None, 2));
    assert!(matches!(store.edit_token(fixture.organisation, id, 1, edit, actor(2)).await, Err(StoreError::Outdated { .. })));
    let mut policy = fixture.policy();
    policy.kind = TokenKind::Svc;
    let edit = TokenEdit { policy: Some(policy), ..TokenEdit::default() };
    assert!(matches!(store.edit_token(fixture.organisation, id, 2, edit, actor(2)).await, Err(StoreError::Conflict(_))));
    assert_eq!(store.show_token(fixture.organisation, id).await.expect("shown").version, 2);
}

/// Many at once are all there or none is.
pub async fn many_are_issued_all_or_none(fixture: &Fixture) {
    let new: Vec<_> = (0..300).map(|_| fixture.new_token()).collect();
    let ids: Vec<_> = new.iter().map(|new| new.id).collect();
    let before = fixture.store.head().await.expect("read");
    let last = fixture.store.issue_tokens(new.clone(), actor(0)).await.expect("issued");
    assert_eq!(last.0, before.0 + 300);
    for id in ids {
        assert_eq!(fixture.state(id).await, Ok(TokenState::Active));
    }
    let fresh = fixture.new_token();
    let fresh_id = fresh.id;
    let mixed = [vec![fresh], new.into_iter().take(1).collect()].concat();
    assert!(matches!(fixture.store.issue_tokens(mixed, actor(0)).await, Err(StoreError::Exists(_))));
    assert!(fixture.store.find_token(fresh_id).await.expect("looked up").record.is_none());
    assert_eq!(fixture.store.head().await, Ok(last));
}

/// Every token that was there at the start is listed exactly once, whatever is issued meanwhile.
pub async fn pages_have_no_gap_under_inserts(fixture: &Fixture) {
    let mut known = HashSet::new();
    for second in 0..25 {
        let mut new = fixture.new_token();
        // Several tokens at the same instant: the id decides.
        new.issued_at = NOW.plus(Span::from_seconds(second / 5));
        known.insert(new.id);
        fixture.issue_this(new).await.expect("issued");
    }
    let (mut seen, mut last, mut page) = (HashSet::new(), Timestamp::MAX, PageRequest { after: None, limit: 4 });
    loop {
        let got = fixture.store.list_tokens(fixture.organisation, &TokenFilter::default(), &page).await.expect("listed");
        for item in got.items {
            assert!(item.issued_at <= last, "the newest first");
            last = item.issued_at;
            assert!(seen.insert(item.record.id), "listed twice");
        }
        let mut new = fixture.new_token();
        new.issued_at = NOW.plus(Span::from_hours(1));
        fixture.issue_this(new).await.expect("issued");
        match got.next {
            Some(next) => page.after = Some(next),
            None => break,
        }
    }
    assert_eq!(seen, known);
    let bad = PageRequest { after: Some("nonsense".to_owned()), limit: 4 };
    assert!(matches!(fixture.store.list_tokens(fixture.organisation, &TokenFilter::default(), &bad).await, Err(StoreError::BadCursor)));
}

/// A gate is told every token of its APIs exactly once, and no other; tokens of one policy share it.
pub async fn a_gate_is_told_all_that_is_its_own(fixture: &Fixture) {
    let (own, other) = (audience("https://own.example"), audience("https://other.example"));
    let mut known = Vec::new();
    for second in 0..25 {
        let mut new = fixture.new_token();
        new.issued_at = NOW.plus(Span::from_seconds(second / 5));
        new.policy.audiences = if second % 3 == 0 { vec![other.clone()] } else { vec![other.clone(), own.clone()] };
        if second % 3 != 0 {
            known.push((new.issued_at, new.id));
        }
        fixture.issue_this(new).await.expect("issued");
    }
    known.sort_unstable();
    let own: Arc<[_]> = [own].into();
    let (mut told, mut after) = (Vec::new(), None);
    loop {
        let page = fixture.store.read_tokens_for(fixture.organisation, &own, after, 4).await.expect("read");
        after = page.next();
        let tokens = fixture.store.checked(page).await.expect("checked");
        let policies: Vec<_> = tokens.iter().map(|token| &token.policy).collect();
        assert!(policies.iter().zip(policies.iter().skip(1)).all(|(one, other)| Arc::ptr_eq(one, other)));
        told.extend(tokens.iter().map(|token| token.id));
        if after.is_none() {
            break;
        }
    }
    assert_eq!(told, known.iter().map(|(_, id)| *id).collect::<Vec<_>>());
    let nobody = fixture.store.read_tokens_for(fixture.organisation, &[].into(), None, 4).await.expect("read");
    assert!(nobody.next().is_none() && fixture.store.checked(nobody).await.expect("checked").is_empty());
}

/// A page that was read before something happened to its tokens is told as it is afterwards: whole, and with what came between them.
pub async fn a_page_for_a_gate_that_was_overtaken_is_read_again(fixture: &Fixture) {
    let own = audience("https://own.example");
    let new = |second| {
        let mut new = fixture.new_token();
        new.issued_at = NOW.plus(Span::from_seconds(second));
        new.policy.audiences = vec![own.clone()];
        new
    };
    let issue = async |second| {
        let new = new(second);
        let id = new.id;
        fixture.issue_this(new).await.expect("issued");
        id
    };
    let (first, second, fourth) = (issue(0).await, issue(10).await, issue(20).await);
    let (fifth, sixth) = (issue(30).await, issue(40).await);
    let audiences = [own.clone()].into();
    let page = fixture.store.read_tokens_for(fixture.organisation, &audiences, None, 4).await.expect("read");
    let next = page.next();
    fixture.bring(second, TokenState::Revoked).await.expect("revoked");
    let third = issue(15).await;
    let told = fixture.store.checked(page).await.expect("checked");
    assert_eq!(told.iter().map(|token| token.id).collect::<Vec<_>>(), [first, second, third, fourth, fifth]);
    let revoked: Vec<_> = told.iter().filter(|token| token.state == TokenState::Revoked).map(|token| token.id).collect();
    assert_eq!(revoked, [second]);
    let rest = fixture.store.read_tokens_for(fixture.organisation, &audiences, next, 4).await.expect("read");
    let rest = fixture.store.checked(rest).await.expect("checked");
    assert_eq!(rest.iter().map(|token| token.id).collect::<Vec<_>>(), [sixth]);
}

/// Many tokens are found by one question: those that there are, whole, and of this organisation alone.
pub async fn named_tokens_are_found_at_once(fixture: &Fixture) {
    let revoked = fixture.issue().await;
    let mut named = vec![token_id(), revoked];
    for _ in 0..4 {
        named.push(fixture.issue().await);
    }
    fixture.issue().await;
    fixture.bring(revoked, TokenState::Revoked).await.expect("revoked");
    let mut found = fixture.store.tokens_named(fixture.organisation, &named).await.expect("read");
    found.sort_unstable_by_key(|record| record.id);
    let mut whole = Vec::new();
    for id in &named {
        whole.extend(fixture.store.find_token(*id).await.expect("read").record);
    }
    whole.sort_unstable_by_key(|record| record.id);
    assert_eq!((found.len(), &found), (5, &whole));
    assert!(found.iter().any(|record| record.id == revoked && record.state == TokenState::Revoked));
    let strangers = OrganisationId::from_random([1; 16]);
    assert!(fixture.store.tokens_named(strangers, &named).await.expect("read").is_empty());
    assert!(fixture.store.tokens_named(fixture.organisation, &[]).await.expect("read").is_empty());
}

/// Each filter finds what fits and nothing else.
pub async fn filters_narrow(fixture: &Fixture) {
    fixture.issue().await;
    let mut new = fixture.new_token();
    let parent = fixture.issue().await;
    new.policy.kind = TokenKind::Svc;
    new.policy.parent = Some(parent);
    new.policy.audiences = vec![audience("https://a.example/%_x"), audience("https://b.example")];
    new.subject = jeton_core::name::Subject::parse("someone").expect("a subject");
    new.hint = "9999".to_owned();
    new.expires_at = Some(NOW.plus(Span::from_seconds(10)));
    let wanted = new.id;
    let subject = new.subject.clone();
    fixture.issue_this(new).await.expect("issued");
    fixture.bring(wanted, TokenState::Suspended).await.expect("suspended");
    let filters = [
        TokenFilter { kind: Some(TokenKind::Svc), ..TokenFilter::default() },
        TokenFilter { state: Some(TokenState::Suspended), ..TokenFilter::default() },
        TokenFilter { subject: Some(subject), ..TokenFilter::default() },
        TokenFilter { audience: Some(audience("https://a.example/%_x")), ..TokenFilter::default() },
        TokenFilter { hint: Some("9999".to_owned()), ..TokenFilter::default() },
        TokenFilter { parent: Some(parent), ..TokenFilter::default() },
        TokenFilter { expired_at: Some((true, NOW.plus(Span::from_seconds(10)))), ..TokenFilter::default() },
    ];
    for filter in filters {
        let page = fixture.store.list_tokens(fixture.organisation, &filter, &PageRequest::default()).await.expect("listed");
        assert_eq!(page.items.iter().map(|item| item.record.id).collect::<Vec<_>>(), [wanted], "{filter:?}");
    }
    let live = TokenFilter { expired_at: Some((false, NOW.plus(Span::from_seconds(10)))), ..TokenFilter::default() };
    let page = fixture.store.list_tokens(fixture.organisation, &live, &PageRequest::default()).await.expect("listed");
    assert_eq!(page.items.len(), 2);
    let half = TokenFilter { audience: Some(audience("https://a.example/")), ..TokenFilter::default() };
    assert!(fixture.store.list_tokens(fixture.organisation, &half, &PageRequest::default()).await.expect("listed").items.is_empty());
}

/// A child needs a parent that is there, alive, of the same organisation, and that does not end before it.
pub async fn children_need_a_living_parent(fixture: &Fixture) {
    assert_eq!(fixture.issue_this(fixture.child_of(token_id())).await, Err(StoreError::NotFound("parent token")));
    let parent = fixture.issue().await;
    fixture.issue_this(fixture.child_of(parent)).await.expect("a child");
    let mut longer = fixture.child_of(parent);
    longer.expires_at = Some(NOW.plus(Span::from_days(2)));
    assert!(matches!(fixture.issue_this(longer.clone()).await, Err(StoreError::Conflict(_))));
    longer.expires_at = None;
    assert!(matches!(fixture.issue_this(longer).await, Err(StoreError::Conflict(_))));
    fixture.bring(parent, TokenState::Suspended).await.expect("suspended");
    assert!(matches!(fixture.issue_this(fixture.child_of(parent)).await, Err(StoreError::Conflict(_))));
    fixture.bring(parent, TokenState::Active).await.expect("resumed");
    let late = fixture.store.issue_token(fixture.child_of(parent), None, actor(86_400)).await;
    assert!(matches!(late, Err(StoreError::Conflict(_))), "the parent has expired");
}

/// A key is forgotten after its time, and not before.
pub async fn idempotency_keys_end(fixture: &Fixture) {
    let owner = fixture.issue().await;
    let key =
        |answer: &[u8]| Idempotency { owner: owner.to_string(), key: "once".to_owned(), request: [1; 32], sealed_answer: answer.to_vec() };
    let issue = |answer: &'static [u8], at: Timestamp| {
        let mut new = fixture.new_token();
        new.expires_at = None;
        fixture.store.issue_token(new, Some(key(answer)), crate::audit::Actor::system(at))
    };
    assert!(matches!(issue(b"first", NOW).await, Ok(Issued::Now(_))));
    let end = NOW.plus(limits::IDEMPOTENCY_LIFE);
    let last = end.minus(Span::from_seconds(1));
    assert!(matches!(issue(b"second", last).await, Ok(Issued::Before { sealed_answer }) if sealed_answer == b"first"));
    assert!(matches!(issue(b"third", end).await, Ok(Issued::Now(_))));
    assert!(matches!(issue(b"fourth", end).await, Ok(Issued::Before { sealed_answer }) if sealed_answer == b"third"));
}
