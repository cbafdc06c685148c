//! Somebody with the database's password: whatever is changed in it, no permit comes out that was not there, and what was
//! changed is reported by whoever reads it.

use crate::{
    both,
    fixture::{AUDIENCE, NOW, World, actor, organisation, said, token},
};
use jeton_core::{
    change::Revision,
    facts::{TokenRecord, TokenState},
    name::{Audience, Name},
    timestamp::{Span, Timestamp},
};
use jeton_store::{
    Engine, Store, StoreError,
    audit::Actor,
    key::{NewKey, StoredKey},
    testing::{execute, try_execute},
    token::{TokenEdit, Transition},
};
use std::{
    fs,
    path::Path,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

const NARROW: &str = "orders:read";
const WIDE: &str = "orders:write";

/// Questions to a gate: which token, after how many rotations, for which scope, when.
fn questions() -> Vec<(u8, u8, &'static str, Timestamp)> {
    let (soon, late) = (NOW.plus(Span::from_minutes(1)), NOW.plus(Span::from_days(40)));
    let mut all = Vec::new();
    for number in 1..=7 {
        all.extend([(number, 0, NARROW, soon), (number, 0, WIDE, soon), (number, 0, NARROW, late), (number, 1, NARROW, soon)]);
    }
    all
}

async fn answers(store: &Store) -> Vec<String> {
    let mut all = Vec::new();
    for (number, rotations, scope, now) in questions() {
        all.push(said(store, number, rotations, scope, now).await);
    }
    all
}

/// What gates of the API that all tokens are for would be told.
async fn told(store: &Store) -> Result<Vec<TokenRecord>, StoreError> {
    let page = store.read_tokens_for(organisation(), &[Audience::parse(AUDIENCE).expect("audience")].into(), None, 100).await?;
    store.checked(page).await
}

/// Tokens in every condition, and the rows of the time before in a table of their own.
async fn filled(engine: Engine) -> World {
    let world = World::new(engine).await;
    for number in 1..=5 {
        world.issue(number).await;
    }
    world.issue_child(6, Some(token(2)), Some(NOW.plus(Span::from_days(30)))).await;
    world.issue_child(7, Some(token(1)), Some(NOW.plus(Span::from_days(30)))).await;
    execute(&world.place.url, "CREATE TABLE old_tokens AS SELECT * FROM tokens").await;
    world.bring(2, TokenState::Revoked).await;
    world.bring(3, TokenState::Suspended).await;
    world.rotate(5, 1).await;
    let key = StoredKey {
        kid: "k1".into(),
        algorithm: "ES256".into(),
        public_jwk: "{}".into(),
        sealed_private: vec![1; 40],
        published_at: NOW,
        signs_from: NOW,
        removed_at: None,
    };
    world.store.insert_key(&actor(), NewKey { key, after: None, older_removed_at: NOW }).await.expect("inserts");
    for copy in ["tokens", "apis", "signing_keys", "changes", "audit_events", "heads"] {
        execute(&world.place.url, &format!("CREATE TABLE kept_{copy} AS SELECT * FROM {copy}")).await;
    }
    world
}

async fn put_back(url: &str) {
    for table in ["tokens", "apis", "signing_keys", "changes", "audit_events", "heads"] {
        execute(url, &format!("DELETE FROM {table}")).await;
        execute(url, &format!("INSERT INTO {table} SELECT * FROM kept_{table}")).await;
    }
}

/// Whether anything that reads the database complains.
async fn reported(store: &Store, before: &[String], after: &[String]) -> bool {
    let complaint = after.iter().any(|answer| answer.contains("tampered") || answer == "unavailable");
    complaint
        || before != after
        || store.catalogue().await.is_err()
        || store.signing_keys().await.is_err()
        || store.head().await.is_err()
        || store.changes_after(Revision(0), 1000).await.is_err()
        || !store.verify_audit(|_, _| ()).await.is_ok_and(|report| report.faults.is_empty())
}

fn no_new_permit(before: &[String], after: &[String], what: &str) {
    for ((question, before), after) in questions().iter().zip(before).zip(after) {
        assert!(after != "ok" || before == "ok", "{what}: {question:?} was `{before}` and is permitted now");
    }
}

fn aimed() -> Vec<Vec<String>> {
    let of = |number: u8| format!("id = '{}'", token(number));
    let one = |statement: String| vec![statement];
    vec![
        one(format!("UPDATE tokens SET state = 'active' WHERE {}", of(2))),
        one(format!("UPDATE tokens SET state = 'active' WHERE {}", of(3))),
        vec!["DELETE FROM tokens".into(), "INSERT INTO tokens SELECT * FROM old_tokens".into()],
        one(format!("UPDATE tokens SET digest = (SELECT digest FROM old_tokens WHERE {}) WHERE {}", of(2), of(1))),
        one(format!("UPDATE tokens SET mark = (SELECT mark FROM old_tokens WHERE {0}), state = 'active' WHERE {0}", of(2))),
        one(format!("UPDATE tokens SET expires_at = expires_at + 86400000000 * 365 WHERE {}", of(4))),
        one(format!("UPDATE tokens SET expires_at = NULL WHERE {}", of(4))),
        one(format!("UPDATE tokens SET policy = replace(policy, 'orders:read', 'orders:*') WHERE {}", of(1))),
        one(format!("UPDATE tokens SET name = name || '\",\"' WHERE {}", of(1))),
        one(format!("UPDATE tokens SET policy = replace(policy, '{}', '{}') WHERE {}", token(2), token(1), of(6))),
        one(format!("UPDATE tokens SET parent = NULL WHERE {}", of(6))),
        one(format!("UPDATE tokens SET previous_until = previous_until + 86400000000 * 365 WHERE {}", of(5))),
        one(format!("UPDATE tokens SET id = '{}' WHERE {}", token(9), of(2))),
        one("UPDATE apis SET body = replace(body, 'Example', 'Another')".into()),
        one("UPDATE signing_keys SET public_jwk = '{\"kty\":\"EC\"}'".into()),
        one("UPDATE signing_keys SET removed_at = NULL, sealed_private = mark".into()),
        one("DELETE FROM changes WHERE revision = (SELECT MAX(revision) - 1 FROM changes)".into()),
        one("UPDATE changes SET kind = 'signing_keys' WHERE revision = 5".into()),
        one("UPDATE audit_events SET actor = 'nobody' WHERE sequence = 3".into()),
        one("UPDATE heads SET revision = revision - 1".into()),
    ]
}

async fn aimed_edits_permit_nothing_new(engine: Engine) {
    let world = filled(engine).await;
    let before = answers(&world.store).await;
    assert!(before.iter().any(|answer| answer == "ok"));
    let all = told(&world.store).await.expect("read");
    assert_eq!(all.len(), 7);
    for record in &all {
        assert_eq!(world.store.find_token(record.id).await.expect("read").record.as_ref(), Some(record), "many are read as one is");
    }
    for statements in aimed() {
        for statement in &statements {
            assert!(execute(&world.place.url, statement).await > 0, "{statement} met nothing");
        }
        let after = answers(&world.store).await;
        no_new_permit(&before, &after, &format!("{statements:?}"));
        assert!(reported(&world.store, &before, &after).await, "{statements:?} was not reported");
        assert!(told(&world.store).await.map_or(true, |told| told == all), "{statements:?} is told to gates");
        put_back(&world.place.url).await;
    }
    assert_eq!(answers(&world.store).await, before);
    world.store.close().await;
}

/// An old row put back together with the log of its time looks right by itself; that a change is missing is still found.
async fn a_change_that_was_cut_out_is_found(engine: Engine) {
    let world = filled(engine).await;
    assert_eq!(world.store.verify_changes().await.expect("reads"), Vec::<Revision>::new());
    let newest = format!("DELETE FROM changes WHERE revision = (SELECT MAX(revision) FROM changes WHERE id = '{}')", token(2));
    assert_eq!(execute(&world.place.url, &newest).await, 1);
    assert_eq!(world.store.verify_changes().await.expect("reads").len(), 1);
    execute(&world.place.url, "DELETE FROM changes WHERE revision = (SELECT MAX(revision) FROM changes)").await;
    assert_eq!(world.store.verify_changes().await.expect("reads").len(), 2);
    world.store.close().await;
}

/// An old row put back, with all that came after it cut out of the log: every mark is right, and only the journal knows better.
fn put_back_with_its_time(number: u8) -> [String; 3] {
    let id = token(number);
    [
        format!("DELETE FROM changes WHERE id = '{id}' AND revision > (SELECT o.revision FROM old_tokens o WHERE o.id = '{id}')"),
        format!("DELETE FROM tokens WHERE id = '{id}'"),
        format!("INSERT INTO tokens SELECT * FROM old_tokens WHERE id = '{id}'"),
    ]
}

async fn an_old_row_with_its_log_is_refused(engine: Engine) {
    let mut world = filled(engine).await;
    let narrowed = TokenEdit { expires_at: Some(Some(NOW.plus(Span::from_minutes(1)))), ..TokenEdit::default() };
    world.store.edit_token(organisation(), token(4), 1, narrowed, actor()).await.expect("edits");
    let soon = NOW.plus(Span::from_minutes(2));
    for number in [2, 3, 4, 5] {
        assert_ne!(world.said(number, 0, NARROW, NOW.plus(Span::from_hours(2))).await, "ok");
        for statement in put_back_with_its_time(number) {
            assert!(execute(&world.place.url, &statement).await > 0, "{statement} met nothing");
        }
    }
    for opened in ["as it was", "again"] {
        for number in [2, 3, 4, 5] {
            assert_eq!(world.said(number, 0, NARROW, soon).await, "tampered tokens", "token {number}, opened {opened}");
            for to in [TokenState::Active, TokenState::Suspended, TokenState::Revoked] {
                let transition = Transition { to, reason: None, comment: None };
                let moved = world.store.transition_token(organisation(), token(number), transition, actor()).await;
                assert!(matches!(moved, Err(StoreError::Tampered { .. })), "token {number} to {to:?}: {moved:?}");
            }
            assert!(matches!(world.store.show_token(organisation(), token(number)).await, Err(StoreError::Tampered { .. })));
        }
        assert_eq!(world.said(6, 0, NARROW, soon).await, "tampered tokens", "it was derived from one of them");
        assert_eq!(world.said(1, 0, NARROW, soon).await, "ok", "nobody touched it");
        assert!(!world.store.report_gaps().await);
        world.reopen().await;
    }
    world.store.close().await;
}

async fn an_old_api_or_a_dead_key_is_refused(engine: Engine) {
    let mut world = filled(engine).await;
    let url = world.place.url.clone();
    let mut api = world.store.catalogue().await.expect("reads").remove(0);
    api.name = Name::parse("Demands more").expect("name");
    world.store.edit_api(1, api.clone(), actor()).await.expect("edits");
    let later = Actor::system(NOW.plus(Span::from_days(1)));
    let key = StoredKey {
        kid: "k2".into(),
        algorithm: "ES256".into(),
        public_jwk: "{}".into(),
        sealed_private: vec![1; 40],
        published_at: NOW,
        signs_from: NOW.plus(Span::from_hours(1)),
        removed_at: None,
    };
    let new = NewKey { key, after: Some("k1".into()), older_removed_at: NOW };
    world.store.insert_key(&actor(), new).await.expect("inserts");
    assert_eq!(world.store.remove_ended_keys(&later).await.expect("removes"), ["k1"]);
    assert!(world.store.catalogue().await.is_ok() && world.store.signing_keys().await.is_ok());
    for statement in [
        format!("DELETE FROM changes WHERE id = '{0}' AND revision > (SELECT k.revision FROM kept_apis k WHERE k.id = '{0}')", api.id),
        "DELETE FROM apis".to_owned(),
        "INSERT INTO apis SELECT * FROM kept_apis".to_owned(),
        "INSERT INTO signing_keys SELECT * FROM kept_signing_keys".to_owned(),
    ] {
        assert!(execute(&url, &statement).await > 0, "{statement} met nothing");
    }
    for _ in 0..2 {
        let (apis, keys) = (world.store.catalogue().await, world.store.signing_keys().await);
        assert!(matches!(apis, Err(StoreError::Tampered { table: "apis", .. })), "{apis:?}");
        assert!(matches!(keys, Err(StoreError::Tampered { table: "signing_keys", .. })), "{keys:?}");
        world.reopen().await;
    }
    world.store.close().await;
}

/// A small generator, so that a failing run can be played again from its seed.
struct Dice(u64);

impl Dice {
    fn new() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let seed = std::env::var("JETON_SEED").ok().and_then(|seed| seed.parse().ok());
        Self(seed.unwrap_or(now.as_nanos() as u64))
    }
    fn next(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % below.max(1) as u64) as usize
    }
}

/// Any column of any token replaced by that of another token, by what it was before, or by a little more.
async fn random_edits_permit_nothing_new(engine: Engine) {
    let world = filled(engine).await;
    let before = answers(&world.store).await;
    let mut dice = Dice::new();
    let seed = dice.0;
    let texts = ["state", "subject", "policy", "parent", "organisation", "audiences", "kind", "mark", "digest", "previous_digest", "id"];
    let numbers = ["expires_at", "previous_until", "not_before", "generation", "version", "revision", "changed_at"];
    let until = Instant::now() + Duration::from_secs(8);
    while Instant::now() < until {
        let (mine, other) = (token(dice.next(7) as u8 + 1), token(dice.next(7) as u8 + 1));
        let statement = if dice.next(3) == 0 {
            let column = numbers[dice.next(numbers.len())];
            format!("UPDATE tokens SET {column} = COALESCE({column}, 0) + {} WHERE id = '{mine}'", dice.next(1_000_000_000) + 1)
        } else {
            let column = texts[dice.next(texts.len())];
            let from = ["tokens", "old_tokens"][dice.next(2)];
            format!("UPDATE tokens SET {column} = (SELECT o.{column} FROM {from} o WHERE o.id = '{other}') WHERE id = '{mine}'")
        };
        // A statement that a rule of the table itself refuses (nothing where something must be, an id twice) is no edit.
        if try_execute(&world.place.url, &statement).await.is_ok() {
            no_new_permit(&before, &answers(&world.store).await, &format!("JETON_SEED={seed}: {statement}"));
        }
        execute(&world.place.url, "DELETE FROM tokens").await;
        execute(&world.place.url, "INSERT INTO tokens SELECT * FROM kept_tokens").await;
    }
    world.store.close().await;
}

/// Bytes of the file changed anywhere: the program may refuse to start, but never permits more.
#[tokio::test]
async fn flipped_bytes_permit_nothing_new() {
    let world = filled(Engine::Sqlite).await;
    let before = answers(&world.store).await;
    world.store.close().await;
    // All that was written, in the one file.
    execute(&world.place.url, "PRAGMA wal_checkpoint(TRUNCATE)").await;
    let whole = fs::read(world.place.folder().join("jeton.db")).expect("reads");
    let mut dice = Dice::new();
    let seed = dice.0;
    let until = Instant::now() + Duration::from_secs(15);
    let mut opened = 0;
    for round in 0.. {
        if Instant::now() > until {
            break;
        }
        let folder = world.place.folder().join(format!("copy-{round}"));
        copy_folder(&world.place.outside(), &folder.join("outside"));
        let mut bytes = whole.clone();
        for _ in 0..=dice.next(4) {
            let at = dice.next(bytes.len());
            bytes[at] ^= 1 << dice.next(8);
        }
        fs::write(folder.join("jeton.db"), &bytes).expect("writes");
        let url = format!("sqlite://{}", folder.join("jeton.db").display());
        let options = jeton_store::OpenOptions { url, outside: folder.join("outside"), ..world.place.options() };
        if let Ok(store) = Store::open(options).await {
            no_new_permit(&before, &answers(&store).await, &format!("JETON_SEED={seed}, round {round}"));
            store.close().await;
            opened += 1;
        }
        fs::remove_dir_all(folder).expect("removes");
    }
    assert!(opened > 0, "no changed file could be opened at all");
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("makes a folder");
    for entry in fs::read_dir(from).expect("lists").flatten() {
        fs::copy(entry.path(), to.join(entry.file_name())).expect("copies");
    }
}

both!(
    a_change_that_was_cut_out_is_found,
    aimed_edits_permit_nothing_new,
    an_old_api_or_a_dead_key_is_refused,
    an_old_row_with_its_log_is_refused,
    random_edits_permit_nothing_new,
);
