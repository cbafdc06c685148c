//! libFuzzer's way into `body`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| jeton_fuzz::body::run(data));
