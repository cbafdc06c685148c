//! libFuzzer's way into `jwks`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| jeton_fuzz::jwks::run(data));
