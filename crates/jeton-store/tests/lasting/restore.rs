//! Laws of backup and restore: what was dead when the backup was restored stays dead; nothing is touched before the whole file
//! is verified; the two engines read each other's backups.

use crate::{
    both,
    fixture::{NOW, World, actor, organisation, token},
    keys,
};
use jeton_core::{
    change::{Changed, Revision},
    cut::{CutScope, CutWhat},
    facts::TokenState,
    oauth::registration::Registration,
    timestamp::{Span, Timestamp},
};
use jeton_store::{
    Engine, StoreError,
    client::{Client, ClientEdit, ClientMove, ClientState},
    cut::NewCut,
    page::PageRequest,
    restore::{RestoreOptions, RestoreReport, restore_at},
    token::TokenEdit,
    usage::{LastUse, UsageBatch},
};
use std::{fs, path::PathBuf};

const LATER: Timestamp = Timestamp::from_seconds(1_800_000_600);
const OPEN: &str = "orders:read";

async fn backed_up(world: &World) -> PathBuf {
    let path = world.place.folder().join("backup.jsonl");
    let report = world.store.backup_at(&path, NOW, |_| ()).await.expect("backs up");
    assert!(report.rows.get("tokens").copied().unwrap_or_default() > 0);
    path
}

async fn restored(world: &World, path: &std::path::Path, how: RestoreOptions) -> Result<RestoreReport, StoreError> {
    world.store.close().await;
    restore_at(world.place.options(), path, how, LATER, |_| ()).await
}

fn forced() -> RestoreOptions {
    RestoreOptions { force: true, ..RestoreOptions::default() }
}

async fn nothing_dead_comes_back(engine: Engine) {
    let mut world = World::new(engine).await;
    for number in 1..=7 {
        world.issue(number).await;
    }
    world.bring(5, TokenState::Suspended).await;
    let path = backed_up(&world).await;
    world.bring(1, TokenState::Revoked).await;
    world.bring(2, TokenState::Suspended).await;
    world.rotate(3, 1).await;
    world.bring(5, TokenState::Active).await;
    world
        .store
        .edit_token(organisation(), token(6), 1, TokenEdit { expires_at: Some(Some(LATER)), ..TokenEdit::default() }, actor())
        .await
        .expect("edits");
    world.issue(8).await;
    let head = world.store.head().await.expect("head");

    let report = restored(&world, &path, forced()).await.expect("restores");
    assert!(report.covered);
    assert_eq!((report.replayed, report.suspended, report.generation), (4, 1, 2));
    assert!(report.revision > head);
    world.store = world.place.open().await;
    assert_eq!(world.said(1, 0, OPEN, LATER).await, "revoked");
    assert_eq!(world.said(2, 0, OPEN, LATER).await, "suspended");
    assert_eq!(world.said(3, 1, OPEN, LATER).await, "ok");
    assert_eq!(world.said(3, 0, OPEN, LATER).await, "ok", "the overlap still runs");
    assert_eq!(world.said(3, 0, OPEN, NOW.plus(Span::from_hours(2))).await, "revoked");
    assert_eq!(world.said(4, 0, OPEN, LATER).await, "ok");
    assert_eq!(world.said(5, 0, OPEN, LATER).await, "ok");
    assert_eq!(world.said(6, 0, OPEN, LATER).await, "suspended", "its rules were narrowed since the backup");
    assert_eq!(world.said(8, 0, OPEN, LATER).await, "unknown", "it was issued after the backup");
    let changes = world.store.changes_after(Revision(head.0), 100).await.expect("reads").changes;
    assert_eq!(changes.first().map(|change| &change.what), Some(&Changed::Everything));
    let chain = world.store.verify_audit(|_, _| ()).await.expect("verifies");
    assert_eq!(chain.faults, []);
    world.store.close().await;
}

/// A cut is one entry of the journal and ends what the backup brings back, however many they are; what is issued after the restore lives.
async fn what_was_cut_since_is_cut_again(engine: Engine) {
    let mut world = World::new(engine).await;
    for number in 1..=3 {
        world.issue(number).await;
    }
    let path = backed_up(&world).await;
    let cut = |reason: &str| NewCut {
        scope: CutScope { organisation: organisation(), what: CutWhat::Everything },
        issued_before: None,
        reason: Some(reason.into()),
        comment: None,
        spared: None,
    };
    world.store.make_cut(cut("leaked"), actor()).await.expect("cuts");
    let report = restored(&world, &path, forced()).await.expect("restores");
    assert!((report.covered, report.replayed) == (true, 1), "{report:?}");
    world.store = world.place.open().await;
    for number in 1..=3 {
        assert_eq!(world.said(number, 0, OPEN, LATER).await, "revoked");
    }
    world.issue(4).await;
    assert_eq!(world.said(4, 0, OPEN, LATER).await, "ok");
    let kept = world.store.list_cuts(organisation(), &PageRequest::default()).await.expect("lists").items;
    assert_eq!(kept.iter().map(|cut| cut.reason.as_deref()).collect::<Vec<_>>(), [Some("leaked")]);
    // A backup that knows of the cut brings it along.
    let path = world.place.folder().join("later.jsonl");
    world.store.backup_at(&path, NOW, |_| ()).await.expect("backs up");
    let report = restored(&world, &path, forced()).await.expect("restores");
    assert_eq!((report.replayed, report.rows.get("cuts")), (0, Some(&1)));
    world.store = world.place.open().await;
    assert_eq!((world.said(1, 0, OPEN, LATER).await, world.said(4, 0, OPEN, LATER).await), ("revoked".to_owned(), "ok".to_owned()));
    world.store.close().await;
}

/// Who was signed in, and what apps had begun, belongs to the state that is replaced.
async fn what_had_just_begun_begins_again(engine: Engine) {
    let mut world = World::new(engine).await;
    world.issue(1).await;
    keys::begin_what_passes(&world.store).await;
    let path = backed_up(&world).await;
    assert_eq!(keys::what_passes(&world.store).await, [true; 4]);
    restored(&world, &path, forced()).await.expect("restores");
    world.store = world.place.open().await;
    assert_eq!(keys::what_passes(&world.store).await, [false; 4]);
    world.store.close().await;
}

/// The journal knows of newer rows than the backup holds, and a restore makes the older ones true again: none of them may look as
/// if somebody had put it back.
async fn what_was_changed_since_is_believed_again(engine: Engine) {
    let mut world = World::new(engine).await;
    world.issue(1).await;
    world.issue(2).await;
    world.bring(1, TokenState::Suspended).await;
    let path = backed_up(&world).await;
    let edit = TokenEdit { expires_at: Some(Some(LATER)), ..TokenEdit::default() };
    world.store.edit_token(organisation(), token(1), 2, edit, actor()).await.expect("edits");
    world.bring(2, TokenState::Suspended).await;
    world.bring(2, TokenState::Active).await;
    let api = world.store.catalogue().await.expect("reads").remove(0);
    world.store.edit_api(1, api.clone(), actor()).await.expect("edits");
    let report = restored(&world, &path, forced()).await.expect("restores");
    assert_eq!(report.apis_to_review, [api.id]);
    world.store = world.place.open().await;
    for _ in 0..2 {
        assert_eq!(world.said(1, 0, OPEN, LATER).await, "suspended");
        assert_eq!(world.said(2, 0, OPEN, LATER).await, "ok");
        assert_eq!(world.store.catalogue().await.expect("is believed"), std::slice::from_ref(&api));
        assert!(world.store.report_gaps().await, "a restore leaps on purpose");
        world.reopen().await;
    }
    world.bring(1, TokenState::Active).await;
    world.store.close().await;
}

/// A client's registration in the backup may allow more than the one of today: it sleeps until somebody has looked at it. One that was
/// removed comes back with nothing alive.
async fn clients_that_were_changed_since_sleep(engine: Engine) {
    let mut world = World::new(engine).await;
    let (changed, removed, same) = (world.register(1).await, world.register(2).await, world.register(3).await);
    let path = backed_up(&world).await;
    let edit = ClientEdit { registration: Some(Registration::default()), ..ClientEdit::default() };
    world.store.edit_client(organisation(), changed.id, 1, edit, actor()).await.expect("edits");
    world.store.remove_client(organisation(), removed.id, actor()).await.expect("removes");
    let report = restored(&world, &path, forced()).await.expect("restores");
    assert!(report.covered);
    world.store = world.place.open().await;
    let state = async |client: &Client| world.store.find_client(&client.client_id).await.expect("is believed").0.map(|found| found.state);
    assert_eq!(state(&changed).await, Some(ClientState::Suspended));
    assert_eq!(state(&removed).await, Some(ClientState::Suspended));
    assert_eq!(state(&same).await, Some(ClientState::Approved));
    let anchor = async |client: &Client| world.store.find_token(client.id.anchor()).await.expect("is believed").record.map(|row| row.state);
    assert_eq!(anchor(&changed).await, Some(TokenState::Suspended));
    assert_eq!(anchor(&removed).await, Some(TokenState::Revoked));
    assert_eq!(anchor(&same).await, Some(TokenState::Active));
    world.store.move_client(organisation(), changed.id, None, ClientMove::Resume, actor()).await.expect("resumes");
    world.store.close().await;
}

async fn without_the_journal_all_sleep(engine: Engine) {
    for (trust_backup, expected) in [(false, "suspended"), (true, "ok")] {
        let mut world = World::new(engine).await;
        world.issue(1).await;
        let path = backed_up(&world).await;
        world.store.close().await;
        fs::remove_dir_all(world.place.outside()).expect("the folder is lost");
        let report = restored(&world, &path, RestoreOptions { force: true, trust_backup }).await.expect("restores");
        assert!(!report.covered);
        world.store = world.place.open().await;
        assert_eq!(world.said(1, 0, OPEN, LATER).await, expected);
        world.store.close().await;
    }
}

async fn a_changed_backup_touches_nothing(engine: Engine) {
    let mut world = World::new(engine).await;
    world.issue(1).await;
    let path = backed_up(&world).await;
    world.bring(1, TokenState::Revoked).await;
    world.store.close().await;
    let whole = fs::read(&path).expect("reads");
    let broken = world.place.folder().join("broken.jsonl");
    let mut cases: Vec<Vec<u8>> = (0..whole.len())
        .step_by(whole.len() / 60)
        .map(|at| {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            changed
        })
        .collect();
    cases.extend([
        whole[..whole.len() / 2].to_vec(),
        whole[..whole.len() - 1].to_vec(),
        Vec::new(),
        [whole.clone(), b"{}\n".to_vec()].concat(),
    ]);
    for case in cases {
        fs::write(&broken, &case).expect("writes");
        let outcome = restore_at(world.place.options(), &broken, forced(), LATER, |_| ()).await;
        assert!(matches!(outcome, Err(StoreError::Damaged(_) | StoreError::Conflict(_))), "{outcome:?}");
    }
    world.store = world.place.open().await;
    assert_eq!(world.said(1, 0, OPEN, LATER).await, "revoked");
    let untouched = restored(&world, &path, RestoreOptions::default()).await;
    assert!(matches!(untouched, Err(StoreError::Conflict(_))), "a database that is not empty is left alone: {untouched:?}");
    world.store = world.place.open().await;
    assert_eq!(world.said(1, 0, OPEN, LATER).await, "revoked");
    world.store.close().await;
}

async fn other_keys_refuse_it(engine: Engine) {
    let world = World::new(engine).await;
    world.issue(1).await;
    let path = backed_up(&world).await;
    world.store.close().await;
    let other = jeton_core::master_key::KeyRing::of(jeton_core::master_key::MasterKey::from_random([9; 32]));
    let options = jeton_store::OpenOptions { ring: other.into(), ..world.place.options() };
    assert!(matches!(restore_at(options, &path, forced(), LATER, |_| ()).await, Err(StoreError::Damaged(_))));
}

/// From one engine to the other and back: nothing is lost on the way.
async fn engines_read_each_other(engine: Engine) {
    let other = if engine == Engine::Sqlite { Engine::Postgres } else { Engine::Sqlite };
    let world = World::new(engine).await;
    for number in 1..=3 {
        world.issue(number).await;
    }
    world.rotate(1, 1).await;
    world.bring(2, TokenState::Revoked).await;
    let last = LastUse {
        token: token(1),
        at: NOW,
        client_ip: Some("192.0.2.1".into()),
        user_agent: Some("a \"b\" \\ é\u{1}".into()),
        previous_secret_at: None,
        previous_secret_ip: None,
    };
    world.store.flush_usage(&UsageBatch { last: vec![last.clone()], ..UsageBatch::default() }).await.expect("writes");
    let path = backed_up(&world).await;
    world.store.close().await;

    let mut there = World { place: jeton_store::testing::Place::new(other), store: world.store.clone() };
    let how = RestoreOptions { force: false, trust_backup: true };
    restore_at(there.place.options(), &path, how, LATER, |_| ()).await.expect("restores");
    there.store = there.place.open().await;
    for (rotations, expected) in [(0, "ok"), (1, "ok")] {
        assert_eq!(there.said(1, rotations, OPEN, NOW).await, expected);
    }
    assert_eq!(there.said(2, 0, OPEN, NOW).await, "revoked");
    assert_eq!(there.store.last_use(token(1)).await.expect("reads"), Some(last));
    assert_eq!(there.store.verify_audit(|_, _| ()).await.expect("verifies").faults, []);
    let back = there.place.folder().join("back.jsonl");
    there.store.backup_at(&back, NOW, |_| ()).await.expect("backs up");
    there.store.close().await;
    let home = jeton_store::testing::Place::new(engine);
    restore_at(home.options(), &back, how, LATER, |_| ()).await.expect("restores");
    let store = home.open().await;
    assert_eq!(crate::fixture::said(&store, 3, 0, OPEN, NOW).await, "ok");
    assert_eq!(store.generation().expect("known").number, 3);
    store.close().await;
}

async fn an_old_backup_stays_old(engine: Engine) {
    let mut world = World::new(engine).await;
    world.issue(1).await;
    let path = backed_up(&world).await;
    world.bring(1, TokenState::Revoked).await;
    restored(&world, &path, forced()).await.expect("restores once");
    let again = restored(&world, &path, forced()).await.expect("restores twice");
    assert_eq!(again.generation, 3);
    world.store = world.place.open().await;
    assert_eq!(world.said(1, 0, OPEN, LATER).await, "revoked");
    world.store.close().await;
}

both!(
    what_had_just_begun_begins_again,
    nothing_dead_comes_back,
    what_was_cut_since_is_cut_again,
    what_was_changed_since_is_believed_again,
    clients_that_were_changed_since_sleep,
    without_the_journal_all_sleep,
    a_changed_backup_touches_nothing,
    other_keys_refuse_it,
    engines_read_each_other,
    an_old_backup_stays_old,
);
