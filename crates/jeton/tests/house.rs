//! The rules of the house as tests: which crate may know which, what every file looks like, what may come in from outside,
//! and whether the documents say what is true. Reads the sources; never runs the program.

#![expect(unreachable_pub, reason = "the modules of one test binary see each other whole")]

#[cfg(test)]
mod house {
    mod documents;
    mod sizes;
    mod sources;
    mod supply;
    mod tidy;
    mod walls;
}
