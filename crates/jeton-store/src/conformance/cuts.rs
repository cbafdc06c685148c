//! Cuts: one row ends what was issued before it, and nothing else; no race, no restart and no edit brings any of it back.

use super::{
    fixture::{Fixture, NOW, actor, name, random},
    grants::{client, code, grant, redeem},
    nouns::{key, user},
};
use crate::{
    StoreError,
    cut::{MadeCut, NewCut},
    grant::Redeemed,
    key::NewKey,
    page::PageRequest,
    project::Project,
    session::{NewSession, Session, SessionLimits},
    token::{NewToken, TokenEdit, TokenFilter},
};
use futures_util::future::join_all;
use jeton_core::{
    change::{Changed, Revision},
    cut::{CutScope, CutWhat},
    facts::TokenState,
    id::{OrganisationId, ProjectId, SessionId, TokenId},
    limits,
    name::Subject,
    oauth::status_list::Status,
    timestamp::{Span, Timestamp},
};

const LIMITS: SessionLimits = SessionLimits { idle: Span::from_hours(12), whole: Span::from_days(7) };

fn subject(text: &str) -> Subject {
    Subject::parse(text).expect("a subject")
}

fn new_cut(fixture: &Fixture, what: CutWhat) -> NewCut {
    let scope = CutScope { organisation: fixture.organisation, what };
    NewCut { scope, issued_before: None, reason: Some("leaked".to_owned()), comment: None, spared: None }
}

async fn cut(fixture: &Fixture, what: CutWhat, seconds: u32) -> MadeCut {
    fixture.store.make_cut(new_cut(fixture, what), actor(seconds)).await.expect("cut")
}

async fn issue(fixture: &Fixture, adjust: impl FnOnce(&mut NewToken)) -> TokenId {
    let mut new = fixture.new_token();
    adjust(&mut new);
    let id = new.id;
    fixture.issue_this(new).await.expect("issued");
    id
}

async fn states(fixture: &Fixture, ids: &[TokenId]) -> Vec<TokenState> {
    let mut states = Vec::new();
    for id in ids {
        states.push(fixture.state(*id).await.expect("found"));
    }
    states
}

/// A cut ends what is in its scope and was issued before it; what is outside, and what comes later, lives.
pub async fn a_cut_ends_what_was_issued_before_it(fixture: &Fixture) {
    use TokenState::{Active, Revoked};
    let store = &fixture.store;
    let project =
        Project { id: ProjectId::from_random(random()), organisation: fixture.organisation, name: name("p"), created_at: NOW, version: 1 };
    store.insert_project(project.clone(), actor(0)).await.expect("added");
    let by_subject = issue(fixture, |new| new.subject = subject("robot/7")).await;
    let by_project = issue(fixture, |new| new.policy.project = Some(project.id)).await;
    let by_client = issue(fixture, |new| new.policy.client_id = Some("https://app.example.com/c".into())).await;
    let other = fixture.issue().await;
    let all = [by_subject, by_project, by_client, other];
    let before = store.head().await.expect("read");
    let made = cut(fixture, CutWhat::Subject(subject("robot/7")), 1).await;
    assert_eq!(made.revision(), Revision(before.0 + 1), "one place in the log");
    let named = store.changes_after(before, 10).await.expect("read").changes;
    assert_eq!(named.iter().map(|change| &change.what).collect::<Vec<_>>(), [&Changed::Cut(Box::new(made.cut.scope.clone()))]);
    assert_eq!(states(fixture, &all).await, [Revoked, Active, Active, Active]);
    cut(fixture, CutWhat::Project(project.id), 1).await;
    assert_eq!(states(fixture, &all).await, [Revoked, Revoked, Active, Active]);
    cut(fixture, CutWhat::client("https://app.example.com/c").expect("a client"), 1).await;
    assert_eq!(states(fixture, &all).await, [Revoked, Revoked, Revoked, Active]);
    store.remove_project(fixture.organisation, project.id, actor(1)).await.expect("nothing alive belongs to it");
    let again = issue(fixture, |new| new.subject = subject("robot/7")).await;
    assert_eq!(fixture.state(again).await, Ok(Active), "issued later, though by a clock that is behind");
    cut(fixture, CutWhat::Everything, 1).await;
    assert_eq!(states(fixture, &[other, again]).await, [Revoked, Revoked]);
    assert_eq!(fixture.state(fixture.issue().await).await, Ok(Active));
    let shown = store.show_token(fixture.organisation, by_subject).await.expect("shown");
    assert_eq!((shown.record.state, shown.reason.as_deref(), shown.changed_at), (Revoked, Some("leaked"), actor(1).at));
    let listed = store.list_cuts(fixture.organisation, &PageRequest { after: None, limit: 3 }).await.expect("listed");
    assert_eq!((listed.items.len(), listed.items.first().map(|cut| cut.scope.what.clone())), (3, Some(CutWhat::Everything)));
    let rest = store.list_cuts(fixture.organisation, &PageRequest { after: listed.next, limit: 3 }).await.expect("listed");
    assert_eq!((rest.items.len(), rest.next), (1, None));
}

/// Only what was issued before an instant; a later cut of the same scope reaches further, an earlier one changes nothing.
pub async fn a_cut_of_an_instant_spares_what_is_younger(fixture: &Fixture) {
    use TokenState::{Active, Revoked};
    let at = |seconds| NOW.plus(Span::from_seconds(seconds));
    let (old, young) = (issue(fixture, |new| new.issued_at = at(10)).await, issue(fixture, |new| new.issued_at = at(20)).await);
    let until = |before| NewCut { issued_before: Some(before), ..new_cut(fixture, CutWhat::Everything) };
    let first = fixture.store.make_cut(until(at(20)), actor(30)).await.expect("cut");
    assert_eq!(states(fixture, &[old, young]).await, [Revoked, Active], "the instant itself is not before it");
    let less = fixture.store.make_cut(until(at(5)), actor(31)).await.expect("nothing new");
    assert_eq!((less.revision(), less.cut.until), (first.revision(), first.cut.until));
    let more = fixture.store.make_cut(until(at(21)), actor(32)).await.expect("cut");
    assert!(more.revision() > first.revision());
    assert_eq!(states(fixture, &[old, young]).await, [Revoked, Revoked]);
    let ahead = fixture.store.make_cut(until(at(1_000_000)), actor(33)).await.expect("cut");
    assert!(ahead.cut.until <= actor(33).at, "nothing is revoked in advance");
}

/// Nothing leaves a cut: no resuming, no rotating, no editing, no child.
pub async fn nothing_leaves_a_cut(fixture: &Fixture) {
    let (id, held) = (fixture.issue().await, fixture.issue().await);
    fixture.bring(held, TokenState::Suspended).await.expect("suspended");
    cut(fixture, CutWhat::Everything, 2).await;
    for id in [id, held] {
        let resumed = fixture.bring(id, TokenState::Active).await;
        assert!(matches!(resumed, Err(StoreError::Conflict(_))), "{resumed:?}");
        let rotated = fixture.store.rotate_token(fixture.organisation, id, super::fixture::rotation(), actor(3)).await;
        assert!(matches!(rotated, Err(StoreError::Conflict(_))));
        let edit = TokenEdit { expires_at: Some(None), ..TokenEdit::default() };
        let version = fixture.store.show_token(fixture.organisation, id).await.expect("shown").version;
        assert!(matches!(fixture.store.edit_token(fixture.organisation, id, version, edit, actor(3)).await, Err(StoreError::Conflict(_))));
        assert!(matches!(fixture.issue_this(fixture.child_of(id)).await, Err(StoreError::Conflict(_))));
        assert_eq!(fixture.state(id).await, Ok(TokenState::Revoked));
    }
    let (_, place) = fixture.bring(id, TokenState::Revoked).await.expect("no error");
    let listed = fixture.store.list_cuts(fixture.organisation, &PageRequest::default()).await.expect("listed");
    assert!(listed.items.first().is_some_and(|cut| place >= cut.revision));
}

/// The wall between organisations holds, and clients' anchors are in no cut.
pub async fn a_cut_stays_within_its_organisation_and_leaves_anchors(fixture: &Fixture) {
    let id = fixture.issue().await;
    let client = client(fixture).await;
    let scope = CutScope { organisation: OrganisationId::from_random(random()), what: CutWhat::Everything };
    fixture.store.make_cut(NewCut { scope, ..new_cut(fixture, CutWhat::Everything) }, actor(1)).await.expect("cut");
    assert_eq!(fixture.state(id).await, Ok(TokenState::Active));
    cut(fixture, CutWhat::Everything, 1).await;
    assert_eq!(states(fixture, &[id, client.id.anchor()]).await, [TokenState::Revoked, TokenState::Active]);
    let grant = grant(fixture, &client);
    let granted = grant.grant.id;
    fixture.store.issue_grant(grant, actor(2)).await.expect("a client goes on");
    assert_eq!(fixture.state(granted).await, Ok(TokenState::Active));
}

/// The token that asks is spared where that is wanted.
pub async fn whoever_asks_is_spared(fixture: &Fixture) {
    let id = fixture.issue().await;
    let spare = NewCut { spared: Some(id), ..new_cut(fixture, CutWhat::Everything) };
    assert!(matches!(fixture.store.make_cut(spare.clone(), actor(1)).await, Err(StoreError::Conflict(_))));
    assert_eq!(fixture.state(id).await, Ok(TokenState::Active));
    let elsewhere = NewCut { scope: CutScope { what: CutWhat::Subject(subject("nobody")), ..spare.scope.clone() }, ..spare };
    fixture.store.make_cut(elsewhere, actor(1)).await.expect("it is not in that scope");
}

/// Tokens that are issued while a cut is made are on one side of it, and the log says on which.
pub async fn issues_race_a_cut(fixture: &Fixture) {
    for round in 0..8u32 {
        let new: Vec<_> = (0..24).map(|_| fixture.new_token()).collect();
        let ids: Vec<_> = new.iter().map(|new| new.id).collect();
        let (issued, made) =
            tokio::join!(join_all(new.into_iter().map(|new| fixture.issue_this(new))), cut(fixture, CutWhat::Everything, round + 1));
        for (id, place) in ids.into_iter().zip(issued) {
            let wanted = if place.expect("issued") < made.revision() { TokenState::Revoked } else { TokenState::Active };
            assert_eq!(fixture.state(id).await, Ok(wanted), "round {round}");
        }
    }
}

/// Look-ups that race a cut never claim to be newer than it and not to know of it.
pub async fn fills_know_of_cuts(fixture: &Fixture) {
    for round in 0..8u32 {
        let id = fixture.issue().await;
        let looks = join_all((0..8).map(|_| fixture.store.find_token(id)));
        let (looks, made) = tokio::join!(looks, cut(fixture, CutWhat::Everything, round + 1));
        for found in looks {
            let found = found.expect("found");
            let state = found.record.expect("there").state;
            assert!(state == TokenState::Revoked || found.as_of < made.revision(), "{state:?} as of {}", found.as_of);
        }
    }
}

/// Another process's cut is known to every look-up at once, and to its writer.
pub async fn a_cut_of_another_process_counts(fixture: &Fixture) {
    if fixture.store.engine() == crate::Engine::Sqlite {
        return;
    }
    let other = fixture.place.try_open().await.expect("a second process");
    let id = fixture.issue().await;
    let made = other.make_cut(new_cut(fixture, CutWhat::Everything), actor(1)).await.expect("cut");
    assert_eq!(fixture.state(id).await, Ok(TokenState::Revoked));
    assert!(matches!(fixture.issue_this(fixture.child_of(id)).await, Err(StoreError::Conflict(_))));
    let later = fixture.issue().await;
    assert_eq!(
        (fixture.state(later).await, other.find_token(later).await.expect("found").record.map(|record| record.state)),
        (Ok(TokenState::Active), Some(TokenState::Active))
    );
    assert!(fixture.store.show_token(fixture.organisation, later).await.expect("shown").issued_at > made.cut.until);
    other.close().await;
}

/// Lists by state, counts and status lists tell of cuts as of any other end.
pub async fn lists_tell_of_cuts(fixture: &Fixture) {
    let store = &fixture.store;
    let (cut_one, revoked, living) = (
        issue(fixture, |new| new.subject = subject("a")).await,
        fixture.issue().await,
        issue(fixture, |new| new.policy.client_id = Some("app".into())).await,
    );
    fixture.bring(revoked, TokenState::Revoked).await.expect("revoked");
    let mut places = Vec::new();
    for id in [cut_one, living] {
        let draws = std::array::from_fn(|_| u32::from_be_bytes(random()));
        places.push(store.take_status_slot(id, NOW.plus(Span::from_hours(1)), draws).await.expect("a place"));
    }
    let scope = CutScope { organisation: fixture.organisation, what: CutWhat::Subject(subject("a")) };
    assert_eq!(store.count_cut(&scope, NOW, NOW).await, Ok(1));
    assert_eq!(store.count_cut(&scope, NOW.minus(Span::from_seconds(1)), NOW).await, Ok(0), "issued later");
    cut(fixture, CutWhat::Subject(subject("a")), 1).await;
    let in_state = async |state| {
        let filter = TokenFilter { state: Some(state), ..TokenFilter::default() };
        let mut ids: Vec<_> = store
            .list_tokens(fixture.organisation, &filter, &PageRequest::default())
            .await
            .expect("listed")
            .items
            .iter()
            .map(|one| one.record.id)
            .collect();
        ids.sort();
        ids
    };
    let mut dead = vec![cut_one, revoked];
    dead.sort();
    assert_eq!(in_state(TokenState::Revoked).await, dead);
    assert_eq!(in_state(TokenState::Active).await, [living]);
    let listed = async || store.status_list_at(0, NOW.plus(Span::from_seconds(2))).await.expect("read").expect("there");
    let first = places.first().expect("a place").slot;
    assert_eq!(listed().await, [(first, Status::Invalid)]);
    cut(fixture, CutWhat::client("app").expect("a client"), 3).await;
    assert_eq!(listed().await.len(), 2);
    for what in [CutWhat::Everything, CutWhat::client("app").expect("a client"), CutWhat::Project(ProjectId::from_random(random()))] {
        let scope = CutScope { organisation: fixture.organisation, what: what.clone() };
        let wanted = if matches!(what, CutWhat::Project(_)) { 0 } else { 1 };
        let counted = store.count_cut(&scope, NOW.plus(Span::from_hours(1)), NOW).await.expect("counted");
        assert!(counted >= wanted, "{what:?}: {counted}");
    }
}

/// A code that was given before the person's tokens were cut becomes nothing; neither does one of a client that was cut.
pub async fn codes_of_before_a_cut_become_nothing(fixture: &Fixture) {
    let client = client(fixture).await;
    let (one, two) = (code(fixture, &client).await, code(fixture, &client).await);
    let authorization = fixture.store.find_code(one).await.expect("read").expect("there").authorization;
    cut(fixture, CutWhat::Subject(subject(&authorization.user.to_string())), 1).await;
    assert_eq!(redeem(fixture, one, client.id, grant(fixture, &client), 2).await, Ok(Redeemed::Expired));
    cut(fixture, CutWhat::client(client.client_id.as_str()).expect("a client"), 2).await;
    assert_eq!(redeem(fixture, two, client.id, grant(fixture, &client), 3).await, Ok(Redeemed::Unknown));
    let later = code(fixture, &client).await;
    assert!(matches!(redeem(fixture, later, client.id, grant(fixture, &client), 4).await, Ok(Redeemed::Now(_))));
}

/// A person whose tokens are cut is signed out; a cut of everything signs everybody out.
pub async fn sessions_end_with_their_persons_tokens(fixture: &Fixture) {
    let store = &fixture.store;
    let ann = store.insert_user(user(fixture, "ann"), actor(0)).await.expect("added");
    let start = async |seconds: u32| {
        let (digest, at) = (random(), actor(seconds).at);
        let session = Session {
            id: SessionId::from_random(random()),
            organisation: fixture.organisation,
            user: ann.id,
            methods: vec!["pwd".to_owned()],
            authenticated_at: at,
            created_at: at,
            seen_at: at,
            expires_at: at.plus(LIMITS.whole),
            client_ip: None,
            user_agent: None,
            ended_at: None,
        };
        store.start_session(NewSession { session, digest }, actor(seconds)).await.expect("started");
        digest
    };
    let is_there = async |digest, seconds: u32| store.find_session_at(digest, actor(seconds).at, LIMITS).await.expect("read").is_some();
    let first = start(1).await;
    assert!(is_there(first, 2).await);
    let made = cut(fixture, CutWhat::Subject(subject(&ann.id.to_string())), 3).await;
    assert_eq!(made.sessions.iter().map(|session| session.user).collect::<Vec<_>>(), [ann.id]);
    assert!(!is_there(first, 4).await);
    let second = start(5).await;
    assert!(is_there(second, 6).await, "whoever signs in again is in");
    cut(fixture, CutWhat::Everything, 7).await;
    assert!(!is_there(second, 8).await);
    let page = PageRequest::default();
    assert!(store.list_sessions_at(ann.id, actor(8).at, LIMITS, page).await.expect("listed").items.is_empty());
}

/// Cuts outlive the process, and what somebody does to their rows: the journal tells.
pub async fn an_edited_cut_brings_nothing_back(fixture: &Fixture) {
    let id = fixture.issue().await;
    cut(fixture, CutWhat::Everything, 1).await;
    fixture.store.close().await;
    let store = fixture.place.open().await;
    let state = async |store: &crate::Store| store.find_token(id).await.map(|found| found.record.map(|record| record.state));
    assert_eq!(state(&store).await, Ok(Some(TokenState::Revoked)));
    let tamper = async |sql: &'static str| {
        let url = fixture.place.options().url;
        crate::testing::execute(&url, sql).await
    };
    assert_eq!(tamper("DELETE FROM cuts").await, 1);
    assert_eq!(state(&store).await, Ok(Some(TokenState::Revoked)), "the process knows");
    store.close().await;
    let store = fixture.place.open().await;
    assert_eq!(state(&store).await, Ok(Some(TokenState::Revoked)), "the journal knows");
    store.close().await;
}

/// A cut's row without its mark is reported; no token is believed as long as it is there.
pub async fn a_cut_without_its_mark_is_refused(fixture: &Fixture) {
    let id = fixture.issue().await;
    cut(fixture, CutWhat::Subject(subject("nobody")), 1).await;
    fixture.tamper("UPDATE cuts SET until = 0, revision = revision + 1").await;
    let found = fixture.store.find_token(id).await;
    assert!(matches!(found, Err(StoreError::Tampered { table: "cuts", .. })), "{found:?}");
}

/// Long after, the sweeper takes the tokens, and then the cut.
pub async fn what_was_cut_is_swept(fixture: &Fixture) {
    let parent = issue(fixture, |new| new.expires_at = None).await;
    let child = issue(fixture, |new| (new.expires_at, new.policy.parent) = (None, Some(parent))).await;
    cut(fixture, CutWhat::Everything, 1).await;
    let living = issue(fixture, |new| new.expires_at = None).await;
    let sweep = async |at: Timestamp| fixture.store.sweep_at(at, 100).await.expect("swept").tokens;
    assert_eq!(sweep(actor(2).at).await, 0, "not yet");
    let later = actor(2).at.plus(limits::DEAD_TOKEN_LIFE);
    assert_eq!((sweep(later).await, sweep(later).await, sweep(later).await), (1, 1, 0), "children before their parents");
    for id in [parent, child] {
        assert!(fixture.store.find_token(id).await.expect("read").record.is_none());
    }
    assert!(fixture.store.list_cuts(fixture.organisation, &PageRequest::default()).await.expect("listed").items.is_empty());
    assert_eq!(fixture.state(living).await, Ok(TokenState::Active));
}

/// What a key signed ends with it, and nothing that another one signed or nobody; lists, counts and status lists say so, and it is swept.
pub async fn a_keys_jwts_end_with_it(fixture: &Fixture) {
    let store = &fixture.store;
    let by = async |kid: Option<&str>| issue(fixture, |new| (new.policy.signed_by, new.expires_at) = (kid.map(Into::into), None)).await;
    let (first, second, opaque) = (by(Some("k1")).await, by(Some("k2")).await, by(None).await);
    let what = CutWhat::signing_key("k1").expect("a key");
    let scope = CutScope { organisation: fixture.organisation, what: what.clone() };
    assert_eq!(store.count_cut(&scope, actor(1).at, actor(1).at).await, Ok(1));
    for (token, slot) in [(first, 4), (second, 6)] {
        store.take_status_slot(token, actor(60).at, [slot; crate::status::DRAWS]).await.expect("a place");
    }
    cut(fixture, what, 1).await;
    assert_eq!(states(fixture, &[first, second, opaque]).await, [TokenState::Revoked, TokenState::Active, TokenState::Active]);
    let listed = async |state| {
        let filter = TokenFilter { state: Some(state), ..TokenFilter::default() };
        let page = store.list_tokens(fixture.organisation, &filter, &PageRequest::default()).await.expect("listed");
        page.items.iter().map(|token| token.record.id).collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(listed(TokenState::Revoked).await, [first].into());
    assert_eq!(listed(TokenState::Active).await, [second, opaque].into());
    assert_eq!(store.status_list_at(0, actor(2).at).await.expect("read"), Some(vec![(4, Status::Invalid)]));
    let later = actor(2).at.plus(limits::DEAD_TOKEN_LIFE);
    assert_eq!(store.sweep_at(later, 100).await.expect("swept").tokens, 1);
    assert!(store.find_token(first).await.expect("read").record.is_none());
    assert_eq!(states(fixture, &[second, opaque]).await, [TokenState::Active; 2]);
}

/// A signing key that is taken back is gone at once and never comes again.
pub async fn a_revoked_key_is_gone(fixture: &Fixture) {
    let store = &fixture.store;
    store.insert_key(&actor(0), NewKey { key: key("first", NOW), after: None, older_removed_at: NOW }).await.expect("added");
    let place = store.revoke_key("first", &actor(1)).await.expect("revoked");
    assert!(store.signing_keys().await.expect("read").is_empty());
    assert_eq!(store.revoke_key("first", &actor(1)).await, Err(StoreError::NotFound("signing key")));
    let named = store.changes_after(Revision(place.0 - 1), 1).await.expect("read").changes;
    assert_eq!(named.first().map(|change| &change.what), Some(&Changed::SigningKeys));
}
