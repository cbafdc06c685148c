//! libFuzzer's way into `brought`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| jeton_fuzz::brought::run(data));
