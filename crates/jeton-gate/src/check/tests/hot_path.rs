//! What a check of a token in memory costs: no allocation, no look-up, few bytes.

use crate::{
    Question,
    fixture::{NoUses, World, credential, plain, policy, record},
    memory::Memory,
    settings::Settings,
};
use allocation_counter::measure;
use jeton_core::{change::Revision, timestamp::Timestamp};
use std::{sync::Arc, time::Instant};

fn quiet(memory_tokens: usize) -> World {
    let world = World::with_usage(Settings { memory_tokens, ..Settings::default() }, Arc::new(NoUses), Arc::default());
    world.follow();
    world
}

#[test]
fn a_check_of_a_known_token_allocates_nothing() {
    let world = quiet(4096);
    let mut child = record(2);
    child.policy = Arc::new({
        let mut rules = policy(0);
        rules.parent = Some(record(1).id);
        rules
    });
    assert_eq!(world.gate.remember(&[record(1), child], Revision(0)), 2);
    let (token, derived) = (plain(1), plain(2));
    for token in [&token, &derived] {
        let question = Question::new(Ok(credential(token)));
        assert!(world.gate.check_now(&question).expect("in memory").is_ok());
        let counted = measure(|| {
            for _ in 0..100 {
                assert!(world.gate.check_now(&question).is_some_and(|outcome| outcome.is_ok()));
            }
        });
        assert_eq!(counted.count_total, 0);
    }
}

#[test]
fn a_token_in_memory_takes_at_most_128_bytes() {
    const TOKENS: u64 = 100_000;
    let records: Vec<_> = (0..TOKENS).map(record).collect();
    let mut memory = None;
    let counted = measure(|| {
        let own = Memory::new(100_000, std::time::Duration::from_secs(5), Instant::now());
        for batch in records.chunks(10_000) {
            own.fill_many(batch, Revision(0), Timestamp::from_micros(0));
        }
        let scan = own.scan(100_000);
        scan.add(records.iter().map(|record| record.id));
        scan.finish();
        memory = Some(own);
    });
    let memory = memory.expect("made");
    let held = memory.held();
    assert!(held as u64 > TOKENS - TOKENS / 1000, "{held} of {TOKENS} were kept");
    let each = counted.bytes_current as f64 / held as f64;
    println!("{each:.1} bytes for each of {held} tokens, filter included");
    assert!(each <= 128.0, "{each}");
}
