//! Reads JSON bodies: bounded, strict, naming the field that is wrong. Never guesses.
