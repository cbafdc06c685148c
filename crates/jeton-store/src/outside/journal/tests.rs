//! The journal against crashes and meddling.

use super::*;
use jeton_core::{id::TokenId, master_key::KeyRing, master_key::MasterKey, master_key::Purpose, token_text::TokenDigest};
use std::fs;

fn marker() -> Arc<Marker> {
    Arc::new(Marker::new(&KeyRing::of(MasterKey::from_random([1; 32])), Purpose::Outside))
}
fn fresh() -> Coverage {
    Coverage { instance: "i".into(), complete_since: Revision(0), dropped: 0 }
}
fn revoked(number: u8) -> Entry {
    Entry::Revoked { token: TokenId::from_random([number; 16]), at: Timestamp::from_seconds(i64::from(number)) }
}
fn rotated() -> Entry {
    let until = Timestamp::from_seconds(9);
    let (current, previous) = (TokenDigest::of(b"new"), (TokenDigest::of(b"old"), until));
    Entry::Rotated { token: TokenId::from_random([7; 16]), at: until, generation: 2, current, hint: "abcd".into(), previous }
}
fn filled(folder: &Path, entries: &[Entry]) {
    let (mut journal, _) = Journal::open(folder, marker(), fresh()).expect("opens");
    for (at, entry) in entries.iter().enumerate() {
        let number = journal.append(&batch(entry.clone(), at as u64 + 1)).expect("appends");
        assert_eq!(number, journal.batches());
    }
}
fn batch(entry: Entry, revision: u64) -> Batch {
    Batch { revision: Revision(revision), entries: vec![entry], ..Batch::default() }
}
fn held(folder: &Path) -> Vec<Entry> {
    let (_, contents) = Journal::open(folder, marker(), fresh()).expect("opens");
    contents.into_standing().into_iter().flat_map(|(_, batch)| batch.entries).collect()
}

#[test]
fn what_was_appended_is_read_again() {
    let folder = tempfile::tempdir().expect("folder");
    let entries = [revoked(1), rotated(), revoked(2)];
    filled(folder.path(), &entries);
    assert_eq!(held(folder.path()), entries);
}

#[test]
fn a_torn_end_is_cut_away_at_every_length() {
    let folder = tempfile::tempdir().expect("folder");
    filled(folder.path(), &[revoked(1), revoked(2)]);
    let path = folder.path().join(NAME);
    let whole = fs::read(&path).expect("reads");
    let last = whole[..whole.len() - 1].iter().rposition(|byte| *byte == b'\n').expect("has lines") + 1;
    for length in last + 1..whole.len() {
        fs::write(&path, &whole[..length]).expect("writes");
        assert_eq!(held(folder.path()), [revoked(1)], "cut at {length}");
        assert_eq!(fs::read(&path).expect("reads"), whole[..last], "cut at {length}");
        filled(folder.path(), &[revoked(3)]);
        assert_eq!(held(folder.path()), [revoked(1), revoked(3)]);
    }
    let mut zeros = whole;
    zeros[last + 10..last + 40].fill(0);
    fs::write(&path, &zeros).expect("writes");
    assert_eq!(held(folder.path()), [revoked(1)]);
}

#[test]
fn any_other_damage_is_reported() {
    let folder = tempfile::tempdir().expect("folder");
    filled(folder.path(), &[revoked(1), revoked(2), revoked(3)]);
    let path = folder.path().join(NAME);
    let whole = fs::read(&path).expect("reads");
    for at in 0..whole.len() - 1 {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        if changed[at] == 0 || changed[at] == b'\n' {
            continue;
        }
        fs::write(&path, &changed).expect("writes");
        let opened = Journal::open(folder.path(), marker(), fresh());
        assert!(matches!(opened, Err(JournalFault::Damaged { .. })), "byte {at}");
    }
    let lines: Vec<&str> = std::str::from_utf8(&whole).expect("text").lines().collect();
    for lines in [vec![lines[0], lines[2], lines[1], lines[3]], vec![lines[0], lines[2], lines[3]], vec![lines[1], lines[2]]] {
        fs::write(&path, lines.join("\n") + "\n").expect("writes");
        assert!(Journal::open(folder.path(), marker(), fresh()).is_err());
    }
}

#[test]
fn compaction_drops_the_old_and_moves_the_coverage() {
    let folder = tempfile::tempdir().expect("folder");
    filled(folder.path(), &[revoked(1), revoked(2), revoked(3)]);
    let (mut journal, _) = Journal::open(folder.path(), marker(), fresh()).expect("opens");
    assert_eq!(journal.compact_at(Timestamp::from_seconds(3), Timestamp::default()).expect("compacts"), (2, Revision(2)));
    journal.append(&batch(revoked(4), 4)).expect("appends after");
    assert_eq!(journal.batches(), 4);
    let (journal, contents) = Journal::open(folder.path(), marker(), fresh()).expect("opens");
    assert_eq!(contents.coverage.complete_since, Revision(2));
    assert_eq!(journal.batches(), 4);
    assert_eq!(held(folder.path()), [revoked(3), revoked(4)]);
}

#[test]
fn what_is_void_does_not_stand_also_after_a_compaction() {
    let folder = tempfile::tempdir().expect("folder");
    filled(folder.path(), &[revoked(1), revoked(2), revoked(3)]);
    let (mut journal, _) = Journal::open(folder.path(), marker(), fresh()).expect("opens");
    journal.append(&Batch { voids: vec![3], ..Batch::default() }).expect("appends");
    assert_eq!(held(folder.path()), [revoked(1), revoked(2)]);
    assert_eq!(journal.compact_at(Timestamp::from_seconds(2), Timestamp::default()).expect("compacts").0, 1);
    assert_eq!(held(folder.path()), [revoked(2)]);
}

fn refreshed(family: u8, generation: i64) -> Entry {
    let at = Timestamp::from_seconds(generation);
    let (current, previous) = (TokenDigest::of(&generation.to_be_bytes()), (TokenDigest::of(b"before"), at));
    Entry::Rotated { token: TokenId::from_random([family; 16]), at, generation, current, hint: "abcd".into(), previous }
}

/// A journal in which so many batches of a hundred refreshes of each of two families stand, the second of which is revoked at last.
fn of_refreshes(folder: &Path, batches: i64) -> Journal {
    let (mut journal, _) = Journal::open(folder, marker(), fresh()).expect("opens");
    for batch in 0..batches {
        let rounds = batch * 100 + 1..=batch * 100 + 100;
        let entries = rounds.flat_map(|round| [refreshed(1, round), refreshed(2, round)]).collect();
        journal.append(&Batch { entries, ..Batch::default() }).expect("appends");
    }
    let end = Entry::Revoked { token: TokenId::from_random([2; 16]), at: Timestamp::from_seconds(batches * 100) };
    journal.append(&batch(end, 9)).expect("appends");
    journal
}

#[test]
fn a_journal_that_grew_by_refreshes_keeps_the_last_of_each_family() {
    let folder = tempfile::tempdir().expect("folder");
    let rounds = 12_000;
    let mut journal = of_refreshes(folder.path(), rounds / 100);
    let long = journal.length;
    assert!(long > limits::JOURNAL_THINNED_FROM);
    let settled = Timestamp::from_seconds(rounds + 1);
    assert_eq!(journal.compact_at(Timestamp::default(), settled).expect("thins"), (0, Revision::default()), "nothing is dropped");
    assert!(journal.length < long / 1000, "{} of {long} bytes", journal.length);
    assert_eq!(journal.batches(), 121, "batches keep their numbers");
    let length = journal.length;
    journal.compact_at(Timestamp::default(), settled).expect("not due");
    assert_eq!(journal.append(&batch(revoked(3), 10)).expect("goes on"), 122);
    assert!(journal.length > length);
    let (journal, contents) = Journal::open(folder.path(), marker(), fresh()).expect("opens");
    assert_eq!((journal.batches(), contents.total_batches()), (122, 122));
    let standing: Vec<_> =
        contents.into_standing().into_iter().flat_map(|(n, batch)| batch.entries.into_iter().map(move |e| (n, e))).collect();
    let end = Entry::Revoked { token: TokenId::from_random([2; 16]), at: Timestamp::from_seconds(rounds) };
    assert_eq!(standing, [(120, refreshed(1, rounds)), (121, end), (122, revoked(3))]);
}

#[test]
fn what_is_young_or_void_is_neither_left_out_nor_a_reason_to() {
    let of = |entries: Vec<Entry>, voids: Vec<u64>| Batch { entries, voids, ..Batch::default() };
    let batches = vec![
        of(vec![refreshed(1, 1)], vec![]),
        of(vec![refreshed(1, 2)], vec![]),
        of(vec![refreshed(1, 3)], vec![2]),
        of(vec![refreshed(1, 8)], vec![]),
    ];
    let settled = Timestamp::from_seconds(5);
    let kept = thin::thin(0, batches.clone(), settled);
    let left: Vec<u64> = kept.iter().map(|batch| batch.left_out).collect();
    assert_eq!(kept.iter().flat_map(|batch| &batch.entries).count(), 3, "the first is over, the second void, the last young");
    assert_eq!((left, read::numbers(0, &kept).last()), (vec![1, 0, 0], Some(4)));
    // Again nothing changes, and the last stays also where it is empty.
    assert_eq!(thin::thin(0, kept.clone(), settled), kept);
    let revoked = Entry::Revoked { token: TokenId::from_random([1; 16]), at: Timestamp::from_seconds(4) };
    let ended = vec![of(vec![revoked.clone()], vec![]), of(vec![refreshed(1, 4)], vec![]), of(vec![revoked], vec![])];
    let kept = thin::thin(7, ended, settled);
    assert_eq!((kept.len(), read::numbers(7, &kept).last()), (2, Some(10)));
}

#[test]
fn one_at_a_time_writes_and_the_next_goes_on_where_it_ended() {
    let folder = tempfile::tempdir().expect("folder");
    let (mut first, _) = Journal::open(folder.path(), marker(), fresh()).expect("opens");
    let (mut second, _) = Journal::open(folder.path(), marker(), fresh()).expect("opens");
    first.append(&batch(revoked(1), 1)).expect("appends");
    assert!(second.append(&batch(revoked(2), 2)).is_err(), "two at a time");
    assert!(first.is_owned() && !second.is_owned());
    first.append(&batch(revoked(3), 3)).expect("goes on");
    first.release();
    assert_eq!(second.append(&batch(revoked(4), 4)).expect("takes over"), 3);
    assert!(first.append(&batch(revoked(5), 5)).is_err(), "it gave the journal away");
    assert_eq!(held(folder.path()), [revoked(1), revoked(3), revoked(4)]);
}
