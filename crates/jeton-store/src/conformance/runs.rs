//! Runs that revoke many tokens: batch by batch to the end, whoever works on them.

use super::fixture::{Fixture, NOW, actor, random};
use crate::{
    StoreError,
    audit::AuditFilter,
    page::PageRequest,
    revocation_run::{NewRun, RevocationRun, RunState},
    token::{NewToken, TokenFilter},
};
use jeton_core::{
    facts::TokenState,
    id::{OrganisationId, RequestId, TokenId},
    kind::TokenKind,
    limits,
    name::Subject,
    timestamp::{Span, Timestamp},
};

const SEARCH: &str = "subject=svc_orders";

fn filter() -> TokenFilter {
    TokenFilter { subject: Subject::parse("svc_orders").ok(), ..TokenFilter::default() }
}

fn new_run(fixture: &Fixture, search: &str, spared: Option<TokenId>) -> NewRun {
    NewRun {
        id: RequestId::from_random(random()),
        organisation: fixture.organisation,
        search: search.to_owned(),
        found: 3,
        spared,
        reason: Some("tried".to_owned()),
        comment: None,
    }
}

fn at(seconds: u32) -> Timestamp {
    NOW.plus(Span::from_seconds(seconds))
}

async fn begin(fixture: &Fixture, search: &str, spared: Option<TokenId>) -> RevocationRun {
    fixture.store.begin_revocation_run(new_run(fixture, search, spared), actor(1)).await.expect("begun")
}

async fn take(fixture: &Fixture, seconds: u32) -> Option<RevocationRun> {
    fixture.store.take_revocation_run_at(at(seconds)).await.expect("looked for")
}

async fn step(fixture: &Fixture, run: RevocationRun, seconds: u32) -> RevocationRun {
    fixture.store.step_revocation_run_at(run, filter(), at(seconds)).await.expect("a batch")
}

async fn issue_many(fixture: &Fixture, count: usize) -> Vec<TokenId> {
    let new: Vec<NewToken> = (0..count).map(|_| fixture.new_token()).collect();
    let ids = new.iter().map(|new| new.id).collect();
    fixture.store.issue_tokens(new, actor(0)).await.expect("issued");
    ids
}

/// Batches follow each other to the end; what does not fit, what asks, and secrets of clients stay. Each batch says how far the run is.
pub async fn many_are_revoked_in_batches(fixture: &Fixture) {
    let count = limits::REVOKED_AT_ONCE + 5;
    let asks = issue_many(fixture, count).await.first().copied().expect("one");
    let mut anchor = fixture.new_token();
    anchor.policy.kind = TokenKind::Cls;
    let anchor_id = anchor.id;
    fixture.issue_this(anchor).await.expect("issued");
    let mut other = fixture.new_token();
    other.subject = Subject::parse("else").expect("a subject");
    let other_id = other.id;
    fixture.issue_this(other).await.expect("issued");
    let begun = begin(fixture, SEARCH, Some(asks)).await;
    assert_eq!((&begun.state, begun.revoked, begun.began_by.as_str()), (&RunState::Running, 0, "system"));
    let mut run = take(fixture, 1).await.expect("it waits");
    let mut batches = 0;
    while run.is_running() {
        let before = run.revoked;
        run = step(fixture, run, 2).await;
        batches += 1;
        assert!(run.revoked - before <= limits::REVOKED_AT_ONCE as u64);
        assert_eq!(fixture.store.show_revocation_run(fixture.organisation, run.id).await.as_ref(), Ok(&run));
    }
    assert_eq!((&run.state, run.revoked, batches, run.ended_at), (&RunState::Done, count as u64 - 1, 2, Some(at(2))));
    assert_eq!(Ok(run.revision), fixture.store.head().await);
    for stays in [asks, anchor_id, other_id] {
        assert_eq!(fixture.state(stays).await, Ok(TokenState::Active));
    }
    assert!(take(fixture, 1000).await.is_none(), "what is through is worked on no more");
    let elsewhere = OrganisationId::from_random([9; 16]);
    assert_eq!(fixture.store.show_revocation_run(elsewhere, run.id).await, Err(StoreError::NotFound("run")));
    let filter = AuditFilter { target: Some(run.id.to_string()), ..AuditFilter::default() };
    let told = fixture.store.audit_events(&filter, &PageRequest::default()).await.expect("read").items;
    assert_eq!(told.iter().map(|event| event.action.as_str()).collect::<Vec<_>>(), ["token.revoke_many"]);
}

/// Who is silent loses the run; the next one goes on where it was, and whoever was silent cannot.
pub async fn a_run_outlives_who_worked_on_it(fixture: &Fixture) {
    let count = limits::REVOKED_AT_ONCE * 2 + 1;
    let ids = issue_many(fixture, count).await;
    begin(fixture, SEARCH, None).await;
    let first = take(fixture, 1).await.expect("it waits");
    assert!(take(fixture, 2).await.is_none(), "somebody works on it");
    let silent = step(fixture, first.clone(), 3).await;
    assert_eq!(silent.revoked, limits::REVOKED_AT_ONCE as u64);
    let stale = fixture.store.step_revocation_run_at(first, filter(), at(3)).await;
    assert!(matches!(stale, Err(StoreError::Outdated { .. })), "{stale:?}");
    let late = 4 + u32::try_from(limits::REVOCATION_RUN_HOLD.as_seconds_up()).expect("a count");
    assert!(take(fixture, 12).await.is_none(), "not yet");
    let second = take(fixture, late).await.expect("nobody is heard of");
    let stale = fixture.store.step_revocation_run_at(silent, filter(), at(late)).await;
    assert!(matches!(stale, Err(StoreError::Outdated { .. })), "{stale:?}");
    let second = step(fixture, second, late).await;
    let freed = fixture.store.release_revocation_run_at(second, at(late)).await.expect("let go");
    let mut third = take(fixture, late).await.expect("it was let go");
    assert_eq!(third.revoked, freed.revoked);
    while third.is_running() {
        third = step(fixture, third, late).await;
    }
    assert_eq!(third.revoked, count as u64, "each was revoked once");
    for id in ids {
        assert_eq!(fixture.state(id).await, Ok(TokenState::Revoked));
    }
}

/// The same search is one run while it is under way, and another one after it.
pub async fn a_search_is_run_once_at_a_time(fixture: &Fixture) {
    issue_many(fixture, 2).await;
    let first = begin(fixture, SEARCH, None).await;
    assert_eq!(begin(fixture, SEARCH, None).await, first);
    assert_ne!(begin(fixture, "subject=else", None).await.id, first.id);
    let owner = fixture.organisation;
    assert_eq!(fixture.store.revocation_run_under_way(owner, SEARCH).await, Ok(Some(first.clone())));
    let failed = fixture.store.fail_revocation_run_at(first.clone(), "for a reason".to_owned(), at(2)).await.expect("ended");
    assert_eq!((&failed.state, failed.ended_at), (&RunState::Failed("for a reason".to_owned()), Some(at(2))));
    assert_eq!(fixture.store.revocation_run_under_way(owner, SEARCH).await, Ok(None));
    assert_ne!(begin(fixture, SEARCH, None).await.id, first.id);
    assert_eq!(fixture.store.newest_revocation_runs(owner, 9).await.map(|runs| runs.len()), Ok(3));
    assert_eq!(fixture.store.newest_revocation_runs(owner, 2).await.map(|runs| runs.len()), Ok(2));
}

/// A run that was edited from outside revokes nothing.
pub async fn an_edited_run_is_not_worked_on(fixture: &Fixture) {
    let run = begin(fixture, SEARCH, None).await;
    fixture.tamper("UPDATE revocation_runs SET search = 'kind=pat'").await;
    assert!(matches!(fixture.store.take_revocation_run_at(at(2)).await, Err(StoreError::Tampered { table: "revocation_runs", .. })));
    let stepped = fixture.store.step_revocation_run_at(run, filter(), at(2)).await;
    assert!(matches!(stepped, Err(StoreError::Tampered { .. })), "{stepped:?}");
}

/// So many of an organisation at once; how one ended is forgotten after its time, and never before it ended.
pub async fn runs_are_bounded_and_swept(fixture: &Fixture) {
    for number in 0..limits::REVOCATION_RUNS_MAX {
        begin(fixture, &format!("q={number}"), None).await;
    }
    let one_more = fixture.store.begin_revocation_run(new_run(fixture, "q=more", None), actor(1)).await;
    assert!(matches!(one_more, Err(StoreError::Conflict(_))), "{one_more:?}");
    let run = take(fixture, 1).await.expect("one waits");
    fixture.store.fail_revocation_run_at(run, "why".to_owned(), at(2)).await.expect("ended");
    begin(fixture, "q=more", None).await;
    let sweep = async |at: Timestamp| fixture.store.sweep_at(at, 100).await.expect("swept").runs;
    assert_eq!(sweep(at(2).plus(limits::REVOCATION_RUN_LIFE)).await, 0);
    assert_eq!(sweep(at(3).plus(limits::REVOCATION_RUN_LIFE)).await, 1);
    assert_eq!(sweep(at(4).plus(limits::REVOCATION_RUN_LIFE)).await, 0);
}
