//! Runs the fuzz targets without libFuzzer: every committed input, and seeded mutations of them.
//!
//! A failure prints the seed and the input; `JETON_SEED` runs that seed again, `JETON_FUZZ_ROUNDS` runs more mutations.

#[path = "../../../fuzz/src/lib.rs"]
#[cfg(test)]
#[expect(unreachable_pub, reason = "the targets are public where libFuzzer is given them")]
mod targets;

#[cfg(test)]
mod replay {
    use super::targets::{TARGETS, Target};
    use std::{
        collections::BTreeSet,
        fs,
        path::PathBuf,
        time::{Duration, Instant, SystemTime},
    };

    /// Longest time for one input, on a busy machine too: far from what a parser that loops would take.
    const LONGEST: Duration = Duration::from_secs(10);
    /// What grammars are sensitive to.
    const WORDS: [&[u8]; 32] = [
        b".",
        b"..",
        b"/",
        b"%",
        b"%2e",
        b"%2F",
        b"%25",
        b"\\",
        b";",
        b":*",
        b"*",
        b"**",
        b" ",
        b"\n",
        b"\0",
        b",",
        b"\"",
        b"{",
        b"}",
        b"[",
        b"]",
        b"::",
        b"/0",
        b"=",
        b"Bearer ",
        b"\xff",
        b"\xc3\xa9",
        b"eyJ",
        b"null",
        b"1e999",
        b"-1",
        b"\"a\":1,",
    ];

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
            if limit == 0 { 0 } else { (self.roll() % limit as u64) as usize }
        }
    }

    fn number(name: &str) -> Option<u64> {
        std::env::var(name).ok()?.parse().ok()
    }

    fn corpus(name: &str) -> Vec<Vec<u8>> {
        let folder: PathBuf = [env!("CARGO_MANIFEST_DIR"), "../../fuzz/corpus", name].iter().collect();
        let entries = fs::read_dir(&folder).unwrap_or_else(|fault| panic!("`{}`: {fault}", folder.display()));
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
        files.sort();
        assert!(files.len() >= 5, "`{name}` has next to no corpus");
        files.into_iter().map(|file| fs::read(file).expect("a corpus file")).collect()
    }

    /// One to four small changes, each of a kind that finds faults in parsers.
    fn mutate(dice: &mut Dice, corpus: &[Vec<u8>]) -> Vec<u8> {
        let mut input = corpus[dice.below(corpus.len())].clone();
        for _ in 0..=dice.below(4) {
            let at = dice.below(input.len() + 1);
            match dice.below(7) {
                0 if !input.is_empty() => {
                    let at = dice.below(input.len());
                    input[at] ^= 1 << dice.below(8);
                }
                1 if !input.is_empty() => {
                    let at = dice.below(input.len());
                    input[at] = dice.roll() as u8;
                }
                2 => drop(input.splice(at..at, WORDS[dice.below(WORDS.len())].iter().copied())),
                3 => {
                    let end = at + dice.below(input.len() - at + 1);
                    input.drain(at..end);
                }
                4 => {
                    let end = at + dice.below(input.len() - at + 1);
                    let again = input[at..end].repeat(1 + dice.below(3));
                    input.splice(at..at, again);
                }
                5 => {
                    let other = &corpus[dice.below(corpus.len())];
                    let tail = other[dice.below(other.len() + 1)..].to_vec();
                    input.truncate(at);
                    input.extend(tail);
                }
                _ => input.truncate(at),
            }
        }
        input
    }

    /// Says what was running when a target panics.
    struct Place<'a> {
        name: &'a str,
        seed: u64,
        input: &'a [u8],
    }

    impl Drop for Place<'_> {
        fn drop(&mut self) {
            if std::thread::panicking() {
                println!("target `{}`, JETON_SEED={}, input: \"{}\"", self.name, self.seed, self.input.escape_ascii());
            }
        }
    }

    fn run(name: &str, target: Target, seed: u64, input: &[u8]) {
        let _place = Place { name, seed, input };
        let began = Instant::now();
        target(input);
        assert!(began.elapsed() < LONGEST, "took {:?}", began.elapsed());
    }

    #[test]
    fn the_corpora_and_their_mutations_hold() {
        let clock = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970").as_nanos() as u64;
        let seed = number("JETON_SEED").unwrap_or(clock);
        let rounds = number("JETON_FUZZ_ROUNDS").unwrap_or(1500);
        println!("JETON_SEED={seed}");
        for (name, target) in TARGETS {
            let corpus = corpus(name);
            let mut dice = Dice(seed);
            for input in corpus.iter().map(Vec::as_slice).chain([&b""[..], &[b'a'; 100_000], &[b'['; 100_000], &[0xff; 20_000]]) {
                run(name, *target, seed, input);
            }
            for _ in 0..rounds {
                run(name, *target, seed, &mutate(&mut dice, &corpus));
            }
        }
    }

    #[test]
    fn every_target_has_a_corpus_and_a_way_in() {
        let names: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
        let folder: PathBuf = [env!("CARGO_MANIFEST_DIR"), "../../fuzz"].iter().collect();
        let listed = |below: &str| -> BTreeSet<String> {
            let entries = fs::read_dir(folder.join(below)).expect("a folder");
            entries.map(|entry| entry.expect("an entry").path().file_stem().expect("a name").to_string_lossy().into_owned()).collect()
        };
        assert_eq!(listed("corpus"), names);
        assert_eq!(listed("fuzz_targets"), names);
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).expect("the manifest");
        for name in &names {
            assert!(manifest.contains(&format!("path = \"fuzz_targets/{name}.rs\"")), "{name} stands in no [[bin]]");
        }
    }
}
